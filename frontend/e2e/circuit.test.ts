import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { violations } from "./axe";
import { startBrowser, waitForGraph } from "./browser";
import { agreementTask, foundCircuit } from "./circuitsOverHttp";

const open = startBrowser();
const LONG = { timeout: 180_000 };

let heads: string;
let features: string;
beforeAll(async () => {
  const task = await agreementTask("seen-circuit");
  heads = await foundCircuit(task, { method: "eap-ig-inputs", steps: 3 });
  features = await foundCircuit(task, { method: "sfc", effects: "attribution", max_nodes: 60 });
}, 240_000);

/** Where the strongest node of a kind is drawn, in pixels of the page, and its name. */
const nodePoint = (page: Page, kind: number) =>
  page.evaluate((wanted) => {
    const hook = window.headwaterView;
    const box = document.querySelector("[data-canvas]")?.getBoundingClientRect();
    if (!hook || !box) throw new Error("no canvas");
    const { nodes, circuit } = hook.data;
    const [row] = [...nodes.kind.keys()]
      .filter((at) => nodes.kind[at] === wanted)
      .sort((a, b) => (nodes.influence[b] ?? 0) - (nodes.influence[a] ?? 0));
    const point = row === undefined ? null : hook.view.screenOf(row);
    if (row === undefined || !point) throw new Error("no such node on screen");
    return { x: box.x + point.x, y: box.y + point.y, name: circuit?.name[row] ?? "" };
  }, kind);

const [FEATURE, HEAD] = [2, 7];

async function clickNode(page: Page, kind: number): Promise<string> {
  const { x, y, name } = await nodePoint(page, kind);
  await page.mouse.move(x, y);
  await page.mouse.click(x, y);
  await page.waitForURL((url) => url.searchParams.get("n") === name);
  return name;
}

const visibility = (page: Page) =>
  page.evaluate(() => window.headwaterView?.view.stats().visibility);

async function download(page: Page, name: RegExp): Promise<string> {
  const arriving = page.waitForEvent("download");
  await page.getByRole("menuitem", { name }).click();
  const path = await (await arriving).path();
  return readFileSync(path, "utf8");
}

test("a circuit opens with its task, method and the model's accuracy", LONG, async () => {
  const page = await open(`/c/${heads}`);
  await waitForGraph(page);
  await page.getByRole("heading", { name: "seen-circuit", level: 1 }).waitFor();
  await page.getByText("EAP-IG (inputs)").waitFor();
  await page.getByRole("button", { name: /% right/ }).click();
  await page.getByRole("dialog", { name: "The model on this task" }).waitFor();
  expect(await page.title()).toContain("seen-circuit");
});

test("sliders work in the page alone, and what is hidden stays counted", LONG, async () => {
  const page = await open(`/c/${features}`);
  await waitForGraph(page);
  const before = await visibility(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/\/circuits\//.test(request.url())) asked.push(request.url());
  });
  await page.getByRole("slider", { name: "Nodes" }).focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowLeft");
  await page.waitForURL((url) => url.searchParams.has("m"));
  const after = await visibility(page);
  expect(after?.shown).toBeLessThan(before?.shown ?? 0);
  const hidden = Object.values(after?.hidden ?? {}).reduce((sum, one) => sum + one, 0);
  expect((after?.shown ?? 0) + hidden).toBe(after?.total);
  expect(asked).toEqual([]);

  await page.getByLabel("Sign of the effect").selectOption("negative");
  await page.waitForURL((url) => url.searchParams.get("s") === "negative");
  await page
    .getByRole("button", { name: /hidden/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Show all kinds and signs" }).click();
  await page.waitForURL((url) => !url.searchParams.has("s"));
  const edges = () => page.evaluate(() => window.headwaterView?.view.stats().edgesDrawn);
  const drawn = await edges();
  await page.keyboard.press("Escape");
  await page.getByRole("slider", { name: "Edges" }).focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => url.searchParams.has("b"));
  expect(await edges()).toBeGreaterThan(drawn ?? 0);
});

test(
  "edges that lead nowhere go, and the nodes with them; the address keeps the rule",
  LONG,
  async () => {
    const page = await open(`/c/${heads}?b=12`);
    await waitForGraph(page);
    const before = await visibility(page);
    await page.getByLabel("Which edges").selectOption("greedy");
    await page.waitForURL((url) => url.searchParams.get("er") === "greedy");
    const after = await visibility(page);
    expect(after?.hidden.unconnected).toBeGreaterThan(0);
    expect(after?.shown).toBeLessThan(before?.shown ?? 0);
    expect(after?.edges?.asked).toBe(12);
    await page.getByText("on no drawn way to the output").first().waitFor();
    const names = await page.evaluate(() => {
      const hook = window.headwaterView;
      const mask = hook?.view.stats().visibility?.mask ?? [];
      return hook?.data.circuit?.name.filter((_, row) => mask[row]).sort();
    });
    expect(names).toContain("input");
    await page.reload();
    await waitForGraph(page);
    expect((await visibility(page))?.shown).toBe(after?.shown);

    const id = new URL(page.url()).pathname.split("/").pop();
    const asked = `/api/v1/circuits/${id}?select=greedy&edges=12&nodes=200`;
    const served = await page.evaluate(async (path) => (await fetch(path)).json(), asked);
    expect(served.nodes.map((node: { name: string }) => node.name).sort()).toEqual(names);
  },
);

test("a head says what it does, on which examples, and what it reads", LONG, async () => {
  const page = await open(`/c/${heads}`);
  await waitForGraph(page);
  await clickNode(page, HEAD);
  const panel = page.getByRole("tabpanel");
  await panel.getByRole("heading", { name: /^Head \d/ }).waitFor();
  await panel.getByText(/the behaviour: patching it/).waitFor();
  for (const part of ["By example", "What it reads", "Inputs"])
    await panel.getByRole("heading", { name: part, exact: true }).waitFor();
  const example = panel.getByRole("region", { name: "By example" }).getByRole("listitem").first();
  await example.getByRole("button").click();
  await example.getByText(/^Example \d+ · (singular|plural)/).waitFor();
  await example.locator("mark").first().waitFor();
  const address = page.url();
  await page.reload();
  await panel.getByRole("heading", { name: /^Head \d/ }).waitFor();
  expect(page.url()).toBe(address);
});

test("a feature brings its effect and its dashboard", LONG, async () => {
  const page = await open(`/c/${features}`);
  await waitForGraph(page);
  const name = await clickNode(page, FEATURE);
  const panel = page.getByRole("tabpanel");
  await panel.getByRole("heading", { name: /^Feature \d+ of L\d/ }).waitFor();
  await panel.getByText(name, { exact: true }).waitFor();
  await panel.getByRole("heading", { name: "The feature elsewhere" }).waitFor();
});

test("keys find, pin, show the table and colour edges by what they feed", LONG, async () => {
  const page = await open(`/c/${heads}`);
  await waitForGraph(page);
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: /^Find a node/ }).fill("m0");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("n") === "m0");
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Space");
  await page.waitForURL((url) => url.searchParams.get("p") === "m0");
  await page.keyboard.press("q");
  await page.waitForURL((url) => url.searchParams.get("ec") === "slot");
  await page
    .getByRole("group", { name: "Kinds of nodes" })
    .getByText("k", { exact: true })
    .waitFor();
  await page.keyboard.press("v");
  const rows = await page.getByRole("table").getAttribute("aria-rowcount");
  expect(Number(rows) - 1).toBe((await visibility(page))?.shown);
  await page.getByRole("button", { name: "Effect", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await page.getByRole("button", { name: /^Evaluate/ }).waitFor();
});

test("everything can be taken along, with a methods paragraph", LONG, async () => {
  const page = await open(`/c/${heads}`);
  await waitForGraph(page);
  const menu = () => page.getByRole("button", { name: "Download" }).click();
  await menu();
  // Booleans, since a failed comparison would print the file.
  const scores = await download(page, /^EAP-IG JSON/);
  expect(scores.includes('"input->a0.h0<q>"')).toBe(true);
  await menu();
  expect((await download(page, /^GraphML/)).includes("<graphml")).toBe(true);
  await menu();
  expect((await download(page, /^Edges \(CSV\)/)).includes("logits")).toBe(true);
  await menu();
  expect((await download(page, /^Drawing \(SVG\)/)).includes("<svg")).toBe(true);
  await menu();
  const whole = JSON.parse(await download(page, /^Headwater JSON/)) as { format: string };
  expect(whole.format).toBe("headwater.circuit");
  await page.getByRole("button", { name: "How this circuit was made" }).click();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain("seen-circuit");
  expect(copied.length).toBeGreaterThan(200);
});

test("one button evaluates: progress, curves beside baselines, scores, files", LONG, async () => {
  const page = await open(`/c/${heads}?tab=evaluation`);
  await page.getByText("Not evaluated yet.").waitFor();
  await page.getByText("Settings", { exact: true }).click();
  await page.getByLabel("Redraws of examples").fill("4");
  await page.getByLabel("Sizes").fill("nonsense");
  await page.getByText("Sizes are numbers parted by spaces.").waitFor();
  // The benchmark's ten sizes: areas under the curves are defined for them alone.
  await page.getByLabel("Sizes").fill("");
  await page.getByRole("button", { name: "Evaluate", exact: true }).click();
  await page.locator(".js-plotly-plot").first().waitFor({ timeout: 150_000 });
  const scores = page.getByRole("region", { name: "Areas under the curves" });
  for (const name of ["This circuit", "Random scores", "Activation difference", "Gradient only"])
    await scores.getByRole("rowheader", { name }).waitFor();
  await page.getByText(/^Counterfactual ablation of everything outside/).waitFor();
  await page
    .getByText(/two random sets of that size/)
    .first()
    .waitFor();
  for (const measure of ["Soft", "Hard", "KL"])
    await page.locator("label", { hasText: new RegExp(`^${measure}$`) }).click();
  expect(await violations(page)).toEqual([]);
  const menu = () => page.getByRole("button", { name: "Export the figure" }).click();
  await menu();
  const table = await download(page, /^Table \(CSV\)/);
  expect(table).toContain('"ablation":"counterfactual"');
  expect(table.split("\n").filter((line) => line.startsWith("circuit,")).length).toBeGreaterThan(2);
  await menu();
  const drawing = await download(page, /^Drawing \(SVG\)/);
  expect(drawing.includes("Counterfactual ablation")).toBe(true);
  await menu();
  expect((await download(page, /^Picture \(PNG\)/)).includes("PNG")).toBe(true);
  await page.reload();
  await page.getByRole("button", { name: "Evaluate again" }).waitFor();
});

test("on a phone the task and the method can be read", LONG, async () => {
  const title = "Agreement across a relative clause";
  const told = await foundCircuit(await agreementTask(title), { method: "eap" });
  const page = await open(`/c/${told}`, { width: 390, height: 844, isTouch: true });
  await waitForGraph(page);
  const heading = page.getByRole("heading", { name: title, level: 1 });
  expect(await heading.evaluate((h1) => h1.scrollWidth <= h1.clientWidth)).toBe(true);
  const method = page.getByTitle("Method", { exact: true });
  expect(await method.isVisible()).toBe(true);
  expect(await method.textContent()).toContain("EAP");
});

test("a circuit that is not there says so", async () => {
  const page = await open("/c/00", { allowed: /Failed to load resource/ });
  await page.getByRole("alert").waitFor();
  await page.getByRole("heading", { name: "Circuit not opened" }).waitFor();
  expect(await violations(page)).toEqual([]);
});

describe.each([
  ["light", 1440],
  ["dark", 1440],
  ["light", 390],
  ["dark", 390],
] as const)("in the %s theme at %i pixels", (scheme, width) => {
  test("every part passes axe, and nothing scrolls sideways", LONG, async () => {
    const options = { scheme, width, height: width < 500 ? 844 : 900, isTouch: width < 500 };
    for (const [circuit, kind] of [
      [heads, HEAD],
      [features, FEATURE],
    ] as const) {
      const page = await open(`/c/${circuit}`, options);
      await waitForGraph(page);
      expect(await violations(page), "circuit").toEqual([]);
      await clickNode(page, kind);
      await page.getByRole("heading", { name: "By example" }).waitFor();
      await page.waitForLoadState("networkidle");
      expect(await violations(page), "node").toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await page.getByRole("button", { name: "How this circuit was made" }).click();
      await page.getByRole("dialog").waitFor();
      expect(await violations(page), "provenance").toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Nodes as a table" }).click();
      await page.getByRole("table").first().waitFor();
      expect(await violations(page), "table").toEqual([]);
      await page.close();
    }
  });
});
