// Runs Vitest projects and ends with the plain line the CI counter reads.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const projects = { unit: ["unit", "dom"], e2e: ["e2e"] }[process.argv[2] ?? "unit"];
const folder = mkdtempSync(join(tmpdir(), "headwater-vitest-"));
const report = join(folder, "report.json");
const run = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    ...projects.flatMap((name) => ["--project", name]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(3),
  ],
  { stdio: "inherit" },
);

let passed = 0;
let failed = 1;
let skipped = 0;
try {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  passed = counts.numPassedTests;
  failed = counts.numFailedTests;
  skipped = counts.numPendingTests + counts.numTodoTests;
  // A file that cannot load has no tests of its own, yet it is a failure.
  if (failed === 0 && run.status !== 0) failed = Math.max(1, counts.numFailedTestSuites);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 ? 1 : 0);
