import { beforeAll, expect, test } from "vitest";
import { clickFeature, examplePrompt, startBrowser, tracedGraph, waitForGraph } from "./browser";

const open = startBrowser();
let graph: string;
beforeAll(async () => {
  graph = await tracedGraph(await examplePrompt());
});

test("ablating a feature shows the next token before and after, predicted and measured", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  await clickFeature(page);
  await page.keyboard.press("a");
  const panel = page.getByRole("tabpanel");
  await panel
    .getByText(/KL [\d.]/)
    .first()
    .waitFor();
  await panel.locator(".js-plotly-plot .bars path").first().waitFor({ state: "attached" });
  const rows = panel.getByRole("table").getByRole("row");
  expect(await rows.count()).toBeGreaterThan(8);
  const cells = await rows.nth(1).getByRole("cell").allTextContents();
  expect(cells[1]).toMatch(/^[+−]/);
  expect(cells[2]).toMatch(/^[+−]/);
  await panel.getByRole("region", { name: "Features that moved" }).waitFor();
});

test("scaling by slider measures again, and undo takes the drag back as one step", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  await clickFeature(page);
  await page.keyboard.press("a");
  const panel = page.getByRole("tabpanel");
  await panel
    .getByText(/KL [\d.]/)
    .first()
    .waitFor();
  await panel.locator("label", { hasText: /^Scale$/ }).click();
  await page.waitForURL((url) => url.searchParams.get("a")?.endsWith("x2") ?? false);
  const answered = page.waitForResponse((response) => response.url().includes("/interventions"));
  await page.waitForTimeout(500);
  await page.getByRole("slider", { name: "Factor" }).focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => url.searchParams.get("a")?.endsWith("x3") ?? false);
  expect((await answered).status()).toBe(200);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.get("a")?.endsWith("x2") ?? false);
});

test("several features are changed together, everywhere, with attention frozen", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  await clickFeature(page, 0);
  await page.keyboard.press("a");
  await clickFeature(page, 1);
  await page.keyboard.press("a");
  const panel = page.getByRole("tabpanel");
  await panel.locator("label", { hasText: "everywhere" }).first().click();
  const sent = page.waitForRequest(
    (request) =>
      request.url().includes("/interventions") &&
      (request.postData() ?? "").includes('"freeze_attention":true'),
  );
  await panel.getByLabel(/Freeze attention/).check();
  const body = JSON.parse((await sent).postData() ?? "{}") as {
    interventions: { positions: unknown }[];
  };
  expect(body.interventions).toHaveLength(2);
  expect(body.interventions[0]?.positions).toBe("all");
  await panel
    .getByText(/KL [\d.]/)
    .first()
    .waitFor();
});
