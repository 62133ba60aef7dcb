/** The real server with its real worker, on a data folder of its own, for the whole run. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const ROOT = new URL("../../", import.meta.url).pathname;
const HEADWATER = process.env.HEADWATER_BIN ?? join(ROOT, ".venv/bin/headwater");
const START_WITHIN_MS = 120_000;

export interface Running {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

declare module "vitest" {
  interface ProvidedContext {
    address: string;
    model: string;
  }
}

/** The bundled model if it is there, else a small stranger's model with random transcoders. */
export const MODEL = existsSync(join(ROOT, "backend/headwater/bundled/brook/headwater.json"))
  ? "brook"
  : "stories";

export function makeData(): string {
  const data = mkdtempSync(join(tmpdir(), "headwater-e2e-"));
  if (MODEL === "stories") registerStories(data);
  return data;
}

function registerStories(data: string): void {
  const script =
    "import sys, pathlib; sys.path.insert(0, 'tests/backend/api'); import conftest; conftest.register(pathlib.Path(sys.argv[1]))";
  execFileSync(join(ROOT, ".venv/bin/python"), ["-c", script, data], { cwd: ROOT });
}

export async function serve(data: string, port = 0): Promise<Running> {
  const child = spawn(HEADWATER, ["serve", "--data", data, "--port", String(port)], {
    env: { ...process.env, HEADWATER_DEFAULT_MODEL: MODEL, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const address = await addressOf(child);
  return { address, stop: () => end(child) };
}

/** The server prints where it is once it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`no server: ${output}`)), START_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (!match) return;
      clearTimeout(timer);
      resolve(match[0]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`the server left with ${code}: ${output}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
  });
}

export async function waitUntilReady(address: string): Promise<void> {
  const deadline = Date.now() + START_WITHIN_MS;
  while (!(await fetch(`${address}/api/v1/ready`).catch(() => null))?.ok) {
    if (Date.now() > deadline) throw new Error("the worker did not get ready");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export default async function setup(project: TestProject) {
  if (!existsSync(join(ROOT, "frontend/dist/index.html")))
    throw new Error("Build the page first: npm run build");
  const data = makeData();
  const running = await serve(data);
  await waitUntilReady(running.address);
  project.provide("address", running.address);
  project.provide("model", MODEL);
  return async () => {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  };
}
