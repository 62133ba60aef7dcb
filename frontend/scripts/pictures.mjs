// Takes the pictures of the README from the real app: `make pictures`.
// Starts a server on an empty data folder, traces one prompt, finds and evaluates one circuit, and photographs both.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PROMPT = "The queen hurt";
// Both features off at " queen": the answer turns from " herself" to " himself".
const VIEW = "n=f3.2780.2&a=3.2780.2o_0.202.2o&tab=ablation";
const SHOTS = [
  ["explorer-light", "light", 1440, 900],
  ["explorer-dark", "dark", 1440, 900],
  ["explorer-phone", "light", 390, 844],
  ["circuit-light", "light", 1440, 900],
  ["circuit-dark", "dark", 1440, 900],
];
const CIRCUIT = {
  model: "brook",
  task: "brook:indirect_object",
  method: { method: "eap-ig-inputs" },
};

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const data = mkdtempSync(join(tmpdir(), "headwater-pictures-"));
const address = `http://127.0.0.1:${port}`;
const command = ["serve", "--port", String(port), "--data", data];
const server = spawn(join(root, ".venv/bin/headwater"), command, {
  stdio: ["ignore", "ignore", "inherit"],
});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask(path, body) {
  const sent = body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return (await fetch(`${address}/api/v1/${path}`, sent)).json();
}

async function done(path, body) {
  for (let tries = 0; tries < 1500; tries += 1) {
    const answer = await ask(path, body).catch(() => null);
    if (answer?.status === "done") return answer.id;
    await pause(200);
  }
  throw new Error(`${path} did not finish within five minutes`);
}

try {
  const graph = await done("graphs", { model: "brook", prompt: PROMPT });
  const circuit = await done("circuits", CIRCUIT);
  await done(`circuits/${circuit}/evaluations`, { settings: {} });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  for (const [name, colorScheme, width, height] of SHOTS) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    if (name.startsWith("circuit")) {
      await page.goto(`${address}/c/${circuit}?tab=evaluation`);
      await page.getByText("Areas under the curves").waitFor();
    } else {
      await page.goto(`${address}/g/${graph}?${VIEW}`);
      await page.getByText("Next token, before and after").waitFor();
    }
    await pause(3000); // the names of features and plotly's lines come last
    await page.screenshot({ path: join(root, "docs/pictures", `${name}.png`) });
    await page.close();
  }
  await browser.close();
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(data, { recursive: true, force: true });
}
