import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { examplePrompt, startBrowser, tracedGraph, waitForGraph } from "./browser";
import { makeData, type Running, serve, waitUntilReady } from "./server";

const open = startBrowser();
/** Starting a server and warming its model takes a while on a busy machine. */
const LONG = { timeout: 150_000 };
const FAILED = /Failed to load resource|ERR_CONNECTION_REFUSED|net::/;

test("an empty prompt says what to do and cannot be traced", async () => {
  const page = await open("/");
  await page.getByText("Type a prompt, or pick an example.").waitFor();
  expect(await page.getByRole("button", { name: /^Trace/ }).isDisabled()).toBe(true);
});

test("a prompt that is too long says by how much", async () => {
  const page = await open("/");
  await page.getByLabel("Prompt", { exact: true }).fill("word ".repeat(2000));
  await page.getByText(/more than the model can read/).waitFor();
  expect(await page.getByRole("button", { name: /^Trace/ }).isDisabled()).toBe(true);
});

test("what the server refuses is shown in its own words", async () => {
  const page = await open("/", { allowed: FAILED });
  await page.getByLabel("Prompt", { exact: true }).fill("a\u0000b");
  const alert = page.getByRole("alert").first();
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/Request/);
  expect(await page.getByRole("button", { name: /^Trace/ }).isDisabled()).toBe(true);
});

test("an unknown graph and an unknown page say so and lead home", async () => {
  const page = await open("/g/0000", { allowed: FAILED });
  await page.getByText("No such graph").waitFor();
  await page.getByRole("link", { name: "Trace a prompt" }).click();
  await page.getByRole("heading", { name: "What made the model say that?" }).waitFor();
  await page.goto(`${inject("address")}/nowhere`);
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
});

test("a part of the page that cannot be fetched asks for a reload and keeps the graph", async () => {
  const graph = await tracedGraph(await examplePrompt());
  const page = await open(`/g/${graph}`, {
    allowed: /Failed to load resource|dynamically imported|Unable to preload|above error/i,
  });
  await page.route(/NodeTable|HelpSheet/, (route) => route.fulfill({ status: 404 }));
  await waitForGraph(page);
  await page.keyboard.press("v");
  await page.getByText(/Headwater was updated while this page was open/).waitFor();
  await page.keyboard.press("v");
  await page.keyboard.press("?");
  await page.getByText(/Headwater was updated while this page was open/).waitFor();
  expect(await page.evaluate(() => window.headwaterView?.view.stats().nodesShown)).toBeGreaterThan(
    0,
  );
});

describe("on a server of its own", () => {
  let data: string;
  let running: Running;
  beforeAll(async () => {
    data = makeData();
    running = await serve(data);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test(
    "a warming model is announced, a server that stops and returns is survived",
    LONG,
    async () => {
      const page = await open("/", { address: running.address, allowed: FAILED });
      await page.getByText(/warming up/).waitFor({ timeout: 5000 });
      await waitUntilReady(running.address);
      await page.getByText(/warming up/).waitFor({ state: "detached" });
      await page.getByLabel("Prompt", { exact: true }).fill(await examplePrompt());
      await page.getByRole("complementary").getByRole("button").nth(3).waitFor();

      await running.stop();
      await page.getByRole("button", { name: /^Trace/ }).click();
      const alert = page.getByRole("alert").filter({ hasText: "did not answer" }).first();
      await alert.waitFor();
      const port = Number(new URL(running.address).port);
      running = await serve(data, port);
      await waitUntilReady(running.address);
      await alert.getByRole("button", { name: "Retry" }).click();
      await page.waitForURL(/\/g\//);
      await waitForGraph(page);
    },
  );

  test(
    "a link to a graph under way shows its progress, and outlives the worker's death",
    LONG,
    async () => {
      await waitUntilReady(running.address);
      const graph = await startSlowTrace(running.address);
      const page = await open(`/g/${graph}`, { address: running.address, allowed: FAILED });
      await page.getByLabel("Progress of the trace").waitFor();
      const { worker } = (await (await fetch(`${running.address}/api/v1/models`)).json()) as {
        worker: { pid: number };
      };
      process.kill(worker.pid, "SIGKILL");
      await page.waitForFunction(() => window.headwaterView, undefined, { timeout: 50_000 });
      await waitForGraph(page);
    },
  );
});

/** A trace that takes seconds; its graph's id. */
async function startSlowTrace(address: string): Promise<string> {
  const isStories = inject("model") === "stories";
  const prompt = await examplePrompt();
  const answer = await fetch(`${address}/api/v1/graphs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: inject("model"),
      prompt: Array.from({ length: Math.ceil(300 / prompt.length) }, () => prompt).join(" "),
      ...(isStories ? { dictionaries: "stories.wide", method: { max_features: 3000 } } : {}),
    }),
  });
  return ((await answer.json()) as { id: string }).id;
}
