import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { violations } from "./axe";
import { clickFeature, examplePrompt, startBrowser, tracedGraph, waitForGraph } from "./browser";

const open = startBrowser();
let graph: string;
beforeAll(async () => {
  graph = await tracedGraph(await examplePrompt());
});

type Visit = (page: Page) => Promise<unknown>;

/** One after the other on one page, as a reader would come by them. */
const EXPLORER: readonly [name: string, visit: Visit][] = [
  ["graph", waitForGraph],
  [
    "node",
    async (page) => {
      await clickFeature(page);
      await page.getByRole("heading", { name: "The feature elsewhere" }).waitFor();
      await page.waitForLoadState("networkidle");
    },
  ],
  [
    "explanation",
    async (page) => {
      await page.getByRole("button", { name: /^Replacement/ }).click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  [
    "ablation",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("a");
      await page
        .getByText(/KL [\d.]/)
        .first()
        .waitFor();
      await page.locator(".js-plotly-plot").first().waitFor();
    },
  ],
  [
    "pins",
    async (page) => {
      await page.locator("[data-canvas]").focus();
      await page.keyboard.press("Space");
      await page.getByRole("tab", { name: /Pins/ }).click();
    },
  ],
  [
    "table",
    async (page) => {
      await page.keyboard.press("v");
      await page.getByRole("table").first().waitFor();
    },
  ],
  [
    "find",
    async (page) => {
      await page.keyboard.press("/");
      await page.getByRole("option").first().waitFor();
    },
  ],
  [
    "help",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.getByRole("combobox").waitFor({ state: "detached" });
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  ],
];

describe.each(["light", "dark"] as const)("axe finds nothing wrong in the %s theme", (scheme) => {
  test("with a new trace", async () => {
    const page = await open("/", { scheme });
    await page.getByLabel("Prompt", { exact: true }).fill("Once upon a time");
    await page.getByRole("complementary").getByRole("button").nth(3).waitFor();
    await page.locator("summary").click();
    expect(await violations(page)).toEqual([]);
  });

  test("with the explorer, its panels and its sheets", async () => {
    const page = await open(`/g/${graph}`, { scheme });
    const found: Record<string, string[]> = {};
    for (const [name, visit] of EXPLORER) {
      await visit(page);
      found[name] = await violations(page);
    }
    expect(found).toEqual(Object.fromEntries(EXPLORER.map(([name]) => [name, []])));
  });

  test("with a graph that is not there", async () => {
    const page = await open("/g/00", { scheme, allowed: /Failed to load resource/ });
    await page.getByRole("alert").waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe("at 390 pixels", () => {
  test.each(["/", "graph"])("nothing is cut off or scrolls sideways: %s", async (which) => {
    const page = await open(which === "/" ? "/" : `/g/${graph}`, {
      width: 390,
      height: 844,
      isTouch: true,
    });
    if (which !== "/") {
      await waitForGraph(page);
      await clickFeature(page);
      await page.getByRole("tab", { name: "Ablate" }).click();
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
    expect(await violations(page)).toEqual([]);
  });
});

test("on a phone the scores, the legend and the keys are a tap away", async () => {
  const page = await open(`/g/${graph}`, { width: 390, height: 844, isTouch: true });
  await waitForGraph(page);
  for (const [button, title] of [
    [/^Scores 0\.\d+/, "How far to trust this graph"],
    ["Legend", "What the marks mean"],
    ["Keys and commands", "Keys and commands"],
  ] as const) {
    await page.getByRole("button", { name: button }).tap();
    const dialog = page.getByRole("dialog", { name: title });
    await dialog.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
});

test("text is never smaller than 12 pixels", async () => {
  const page = await open(`/g/${graph}`);
  await waitForGraph(page);
  await clickFeature(page);
  await page.waitForLoadState("networkidle");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
      )
      .filter((element) => Number.parseFloat(getComputedStyle(element).fontSize) < 12)
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  expect(small).toEqual([]);
});
