import { beforeAll, describe, expect, inject, test } from "vitest";
import { violations } from "./axe";
import { startBrowser } from "./browser";
import { agreementTask, foundCircuit } from "./circuitsOverHttp";

const open = startBrowser();
const LONG = { timeout: 180_000 };

let a: string;
let b: string;
beforeAll(async () => {
  a = await foundCircuit(await agreementTask("compared-a"), { method: "eap" });
  b = await foundCircuit(await agreementTask("compared-b", 4), { method: "gradient" });
}, 240_000);

interface Comparison {
  readonly nodes: { n_shared: number; n_a: number; jaccard: number; chance: number };
}

test("two circuits are chosen, and what they share stands beside chance", LONG, async () => {
  const page = await open(`/compare?a=${a}`);
  await page.getByText(/^Pick two circuits/).waitFor();
  const pickB = page.getByLabel("B Circuit");
  await page.locator(`option[value="${b}"]`).first().waitFor({ state: "attached" });
  await pickB.selectOption(b);
  await page.waitForURL((url) => url.searchParams.get("b") === b);
  const answer = await fetch(`${inject("address")}/api/v1/circuits/compare`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ a, b, nodes: 20, edges: 100 }),
  });
  const { nodes } = (await answer.json()) as Comparison;
  const region = page.getByRole("region", { name: "Nodes", exact: true });
  await region.getByText(nodes.jaccard.toFixed(2)).first().waitFor();
  const text = await region.innerText();
  expect(text).toContain(`Shared\n${nodes.n_shared}`);
  expect(text).toContain(`Only A\n${nodes.n_a - nodes.n_shared}`);
  expect(text.toLowerCase()).toContain(`by chance\n${nodes.chance.toFixed(2)}`);
  await page.getByText(/A comes from EAP, B from Gradient only/).waitFor();
  await page.locator(".js-plotly-plot").waitFor();

  await page.getByRole("button", { name: "Swap A and B" }).click();
  await page.waitForURL((url) => url.searchParams.get("a") === b);
});

test("a node of the table is found in both drawings, and more can be compared", LONG, async () => {
  const page = await open(`/compare?a=${a}&b=${b}`);
  const table = page.getByRole("region", { name: "Differences as a table" });
  const first = table.getByRole("rowheader").first().getByRole("button");
  const name = (await first.innerText()).trim();
  await first.click();
  expect(await first.getAttribute("aria-pressed")).toBe("true");
  await page
    .getByText(/effect [+−]|is not among the nodes/)
    .first()
    .waitFor();
  const before = await table.getByRole("row").count();
  await table.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  expect(name).not.toBe("");
  const kinds = page.getByRole("group", { name: "Differences of" });
  await kinds.getByText("Edges").click();
  await table.getByText(/->/).first().waitFor();
  await kinds.getByText("Nodes").click();
  await page.getByLabel("Strongest nodes").fill("40");
  await page.getByLabel("Strongest nodes").press("Enter");
  await page.waitForURL((url) => url.searchParams.get("n") === "40");
  await page.waitForFunction(
    (rows) => document.querySelectorAll("[aria-label='Differences as a table'] tr").length > rows,
    before,
  );
});

test("each circuit is run on each task", LONG, async () => {
  const page = await open(`/compare?a=${a}&b=${b}`);
  await page.getByRole("button", { name: "Run all that is missing" }).click();
  const matrix = page.getByRole("region", { name: "Cross-ablation matrix" });
  await page.waitForFunction(
    () => document.querySelectorAll("[aria-label='Cross-ablation matrix'] td strong").length === 4,
    undefined,
    { timeout: 150_000 },
  );
  expect(await matrix.locator("td", { hasText: "random scores" }).count()).toBe(4);
  await page.getByRole("slider", { name: "Size" }).focus();
  await page.keyboard.press("End");
  await matrix.getByText("1.00", { exact: true }).first().waitFor();
});

describe.each([
  ["light", 1440],
  ["dark", 390],
] as const)("in the %s theme at %i pixels", (scheme, width) => {
  test("the comparison passes axe, and nothing scrolls sideways", LONG, async () => {
    const options = { scheme, width, height: 844, isTouch: width < 500 };
    const page = await open(`/compare?a=${a}&b=${b}`, options);
    await page.locator(".js-plotly-plot").waitFor();
    await page.getByText("Names").first().click();
    await page.waitForLoadState("networkidle");
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
