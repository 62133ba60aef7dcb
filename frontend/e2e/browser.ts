/** One Chromium per file, one fresh profile per test, and a watch on what must never happen. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import type { GraphView } from "../src/canvas/GraphView";
import type { GraphData } from "../src/graph/types";

declare global {
  interface Window {
    headwaterView?: { view: GraphView; data: GraphData };
  }
}

interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly isTouch?: boolean;
  readonly address?: string;
  /** Console errors that the test provokes, e.g. a 404 that the browser reports by itself. */
  readonly allowed?: RegExp;
}

const LIMIT_MS = 20_000;

/** Call at the top of a file; gives a function that opens a path of the app in a fresh profile. */
export function startBrowser() {
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  let faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.HEADWATER_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    const found = faults;
    contexts = [];
    faults = [];
    expect(found, "console errors and requests to other hosts").toEqual([]);
  });

  return async function open(path: string, options: OpenOptions = {}): Promise<Page> {
    const { width = 1440, height = 900, scheme = "light", isTouch = false, allowed } = options;
    const address = options.address ?? inject("address");
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      hasTouch: isTouch,
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !allowed?.test(message.text()))
        faults.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url()))
        faults.push(`request to another host: ${request.url()}`);
    });
    await page.goto(address + path);
    return page;
  };
}

async function examples(): Promise<readonly { prompt: string }[]> {
  const answer = await fetch(`${inject("address")}/api/v1/models`);
  const { models } = (await answer.json()) as {
    models: { name: string; examples: { prompt: string }[] }[];
  };
  return models.find(({ name }) => name === inject("model"))?.examples ?? [];
}

export const hasExamples = async (): Promise<boolean> => (await examples()).length > 0;

/** A prompt that the model under test has something to say about. */
export async function examplePrompt(): Promise<string> {
  const [first] = await examples();
  return first?.prompt ?? "When Mary and John went to the store, John gave a drink to";
}

/** The id of a stored graph, traced over HTTP when it is not there yet. */
export async function tracedGraph(prompt: string): Promise<string> {
  const address = inject("address");
  const answer = await fetch(`${address}/api/v1/graphs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: inject("model"), prompt }),
  });
  const { id, job } = (await answer.json()) as { id: string; job: { id: string } | null };
  for (let tries = 0; job && tries < 300; tries++) {
    const { state } = (await (await fetch(`${address}/api/v1/jobs/${job.id}`)).json()) as {
      state: string;
    };
    if (state === "done") return id;
    if (state === "failed") throw new Error("the trace failed");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return id;
}

export const waitForGraph = (page: Page) =>
  page.waitForFunction(() => window.headwaterView?.view.stats().nodesShown);

/** Where the strongest feature (or one of a rank) is drawn, in pixels of the page. */
export function featurePoint(page: Page, rank = 0): Promise<{ x: number; y: number; id: string }> {
  return page.evaluate((wanted) => {
    const hook = window.headwaterView;
    const box = document.querySelector("[data-canvas]")?.getBoundingClientRect();
    if (!hook || !box) throw new Error("no canvas");
    const { kind, influence, layer, index, position } = hook.data.nodes;
    const rows = [...kind.keys()]
      .filter((row) => kind[row] === 2)
      .sort((a, b) => (influence[b] ?? 0) - (influence[a] ?? 0));
    const row = rows[wanted];
    const point = row === undefined ? null : hook.view.screenOf(row);
    if (row === undefined || !point) throw new Error("no such feature on screen");
    return {
      x: box.x + point.x,
      y: box.y + point.y,
      id: `f${layer[row]}.${index[row]}.${position[row]}`,
    };
  }, rank);
}

export async function clickFeature(page: Page, rank = 0): Promise<string> {
  const { x, y, id } = await featurePoint(page, rank);
  await page.mouse.move(x, y);
  await page.mouse.click(x, y);
  await page.waitForURL((url) => url.searchParams.get("n") === id);
  return id;
}
