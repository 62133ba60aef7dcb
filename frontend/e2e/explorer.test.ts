import { beforeAll, expect, test } from "vitest";
import {
  clickFeature,
  examplePrompt,
  featurePoint,
  startBrowser,
  tracedGraph,
  waitForGraph,
} from "./browser";

const open = startBrowser();
let graph: string;
beforeAll(async () => {
  graph = await tracedGraph(await examplePrompt());
});

const camera = () => window.headwaterView?.view.camera;

test("the wheel moves, Ctrl with the wheel zooms, 0 fits everything again", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const start = await page.evaluate(camera);
  await page.mouse.move(500, 450);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -400);
  await page.keyboard.up("Control");
  await page.waitForURL(/[?&]c=/);
  const near = await page.evaluate(camera);
  expect(near?.zoom).toBeGreaterThan(start?.zoom ?? 0);
  await page.mouse.down();
  await page.mouse.move(420, 400, { steps: 4 });
  await page.mouse.up();
  const moved = await page.evaluate(camera);
  expect(moved?.cx).not.toBeCloseTo(near?.cx ?? 0, 2);
  await page.keyboard.press("0");
  await page.waitForFunction(
    () => Math.abs((window.headwaterView?.view.camera.zoom ?? 0) - 1) < 0.01,
  );
});

test("a click selects a feature and opens what it is, its inputs and its dashboard", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  await clickFeature(page);
  const panel = page.getByRole("tabpanel");
  await panel.getByRole("heading", { name: /^Feature \d/ }).waitFor();
  for (const part of ["Inputs", "The feature elsewhere"])
    await panel.getByRole("heading", { name: part, exact: true }).waitFor();
  const input = panel.getByRole("region", { name: "Inputs" }).getByRole("button").first();
  await input.hover();
  await input.click();
  await page.waitForURL((url) => url.searchParams.has("n"));
});

test("keys alone walk, pin, follow, ablate, undo and step back", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const selected = () => new URL(page.url()).searchParams.get("n");
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/[?&]n=/);
  const target = selected();
  await page.keyboard.press("Alt+ArrowDown");
  await page.waitForURL((url) => url.searchParams.get("n") !== target);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.waitForURL(/[?&]p=/);
  await page.keyboard.press("Control+z");
  await page.waitForURL((url) => !url.searchParams.has("p"));
  await page.keyboard.press("Control+Shift+z");
  await page.waitForURL(/[?&]p=/);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("n"));
});

test("Ctrl with a click pins, and the pins are listed", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const { x, y, id } = await featurePoint(page, 1);
  await page.keyboard.down("Control");
  await page.mouse.click(x, y);
  await page.keyboard.up("Control");
  await page.waitForURL((url) => url.searchParams.get("p") === id);
  await page.getByRole("tab", { name: /Pins/ }).click();
  await page.getByRole("button", { name: `Unpin ${id}` }).click();
  await page.getByRole("button", { name: "Undo", exact: true }).last().click();
  await page.getByRole("button", { name: `Unpin ${id}` }).waitFor();
});

test("thresholds prune again on the server and what is hidden stays counted", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const counts = () => page.evaluate(() => window.headwaterView?.data.view);
  const before = await counts();
  await page.getByRole("slider", { name: "Nodes" }).focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(
    (shown) => (window.headwaterView?.data.view.nodes_shown ?? 0) < (shown ?? 0),
    before?.nodes_shown,
  );
  await page.waitForFunction(() => window.headwaterView?.data.view.node_threshold === 0.6);
  const after = await counts();
  const hidden = Object.values(after?.hidden ?? {}).reduce((sum, one) => sum + one, 0);
  expect((after?.nodes_shown ?? 0) + hidden).toBe(after?.nodes_total);

  await page
    .getByRole("button", { name: /hidden/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Show all with any influence" }).click();
  await page.waitForFunction(() => window.headwaterView?.data.view.node_threshold === 1);
  const all = await counts();
  const rest = Object.values(all?.hidden ?? {}).reduce((sum, one) => sum + one, 0);
  expect(all?.nodes_shown).toBeGreaterThan(before?.nodes_shown ?? 0);
  expect((all?.nodes_shown ?? 0) + rest).toBe(all?.nodes_total);
});

test("a node is found by its number, and the table holds the same nodes", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const { id } = await featurePoint(page, 2);
  await page.keyboard.press("/");
  await page.getByRole("combobox").fill(id);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("n") === id);
  await page.keyboard.press("v");
  const table = page.getByRole("table");
  await table.waitFor();
  const rows = await table.getAttribute("aria-rowcount");
  expect(Number(rows) - 1).toBe(await page.evaluate(() => window.headwaterView?.data.nodes.count));
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("v"));
});

test("a feature can be traced on from, and Back returns to the view left", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  const id = await clickFeature(page);
  await page.getByRole("button", { name: "Trace from here" }).click();
  await page.waitForURL((url) => url.pathname !== `/g/${graph}`);
  await waitForGraph(page);
  await page.goBack();
  await page.waitForURL((url) => url.pathname === `/g/${graph}`);
  expect(new URL(page.url()).searchParams.get("n")).toBe(id);
});

test("the graph can be taken away as JSON, arrays, picture and drawing", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  for (const [item, ending] of [
    [/Neuronpedia JSON/, ".json"],
    [/npz/, ".npz"],
    [/PNG/, ".png"],
    [/SVG/, ".svg"],
  ] as const) {
    await page.getByRole("button", { name: "Export" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: item }).click();
    expect((await download).suggestedFilename()).toContain(ending);
  }
});
