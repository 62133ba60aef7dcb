import type { Page } from "playwright-core";
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

/** Everything a reader would notice about the view. */
async function seen(page: Page) {
  await waitForGraph(page);
  await page
    .getByText(/KL [\d.]/)
    .first()
    .waitFor();
  return page.evaluate(() => {
    const { view, data } = window.headwaterView ?? {};
    const round = (value: number | undefined) => Math.round((value ?? 0) * 100) / 100;
    const input = (name: string) =>
      [...document.querySelectorAll("label")].find((label) => label.textContent === name)
        ?.nextElementSibling;
    return {
      camera: [view?.camera.cx, view?.camera.cy, view?.camera.zoom].map(round),
      shown: data?.view.nodes_shown,
      threshold: (input("Nodes") as HTMLInputElement).value,
      tab: document.querySelector("[role=tab][aria-selected=true]")?.textContent,
      plan: [
        ...document.querySelectorAll("[role=tabpanel] li input:checked, [role=tabpanel] li button"),
      ].map((element) => (element as HTMLInputElement).value || element.textContent),
      kl: [...document.querySelectorAll("span")].find((span) => span.textContent?.startsWith("KL"))
        ?.textContent,
      selected: document.querySelector("[data-canvas]")?.getAttribute("data-selected"),
    };
  });
}

test("a link opens the same view elsewhere, and after a reload", async () => {
  const page = await open(`/g/${graph}?t=0.7`);
  await waitForGraph(page);
  const { x, y } = await featurePoint(page, 1);
  await page.keyboard.down("Shift");
  await page.mouse.click(x, y);
  await page.keyboard.up("Shift");
  await page.waitForURL(/[?&]p=/);
  await clickFeature(page, 3);
  await page.keyboard.press("a");
  await page.mouse.move(500, 450);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await page.waitForURL(/[?&]c=/);
  await page.waitForTimeout(600);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Link copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const mine = await seen(page);
  expect(link.length).toBeLessThan(400);

  const url = new URL(link);
  const theirs = await open(url.pathname + url.search);
  expect(await seen(theirs)).toEqual(mine);

  await theirs.reload();
  expect(await seen(theirs)).toEqual(mine);
  expect(mine.threshold).toBe("0.7");
  expect(mine.plan).toContain("ablate");
});

test("Back leaves the graph at once, however much was looked at", async () => {
  const page = await open("/");
  await page.locator(`a[href='/g/${graph}']`).click();
  await waitForGraph(page);
  await clickFeature(page, 0);
  await clickFeature(page, 1);
  await page.goBack();
  await page.getByRole("heading", { name: "What made the model say that?" }).waitFor();
});
