import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { violations } from "./axe";
import { startBrowser } from "./browser";

const open = startBrowser();
const LONG = { timeout: 180_000 };

const example = (noun: string, isPlural: boolean, opening: string) => ({
  clean_prefix: `${opening} the ${noun}${isPlural ? "s" : ""}`,
  patch_prefix: `${opening} the ${noun}${isPlural ? "" : "s"}`,
  clean_answer: isPlural ? " are" : " is",
  patch_answer: isPlural ? " is" : " are",
});

async function storedTask(name: string, openings: readonly string[]): Promise<string> {
  const examples = openings.flatMap((opening) =>
    ["girl", "boy", "dog", "bird", "friend"].flatMap((noun) => [
      example(noun, false, opening),
      example(noun, true, opening),
    ]),
  );
  const answer = await fetch(`${inject("address")}/api/v1/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, title: name, examples }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

let task: string;
let mixed: string;
beforeAll(async () => {
  task = await storedTask("one-length", ["I think"]);
  mixed = await storedTask("many-lengths", ["I think", "In the morning", "We know"]);
});

const form = (chosen: string, rest = "") =>
  `/circuits/new?model=${inject("model")}&task=${chosen}${rest}`;
const CIRCUIT = /\/c\/[0-9a-f]{64}/;
const opened = (page: Page) =>
  page.getByRole("button", { name: "Download" }).waitFor({ timeout: 120_000 });
const find = (page: Page) => page.getByRole("button", { name: "Find circuit" }).click();

test("one button leads from a task to its circuit", LONG, async () => {
  const page = await open("/tasks");
  await page.getByRole("link", { name: "Find circuit for one-length" }).click();
  await page.getByText(/can use 10 of 10 examples/).waitFor();
  await page
    .locator("label", { hasText: /^EAP(Edge|$)/ })
    .first()
    .click();
  await find(page);
  await opened(page);
  expect(page.url()).toMatch(CIRCUIT);
});

test(
  "the address carries the draft, and the same draft opens the stored circuit",
  LONG,
  async () => {
    const page = await open(form(task));
    await page.locator("label", { hasText: /^EAP-IG \(inputs\)/ }).click();
    await page.getByLabel("Steps").fill("3");
    await page.getByLabel("At most").fill("6");
    // Both: an address read between them is another draft, and so another circuit.
    await page.waitForURL(
      ({ searchParams: told }) => told.get("s.steps") === "3" && told.get("n") === "6",
    );
    const address = page.url().replace(inject("address"), "");
    const again = await open(address);
    expect(await again.getByLabel("Steps").inputValue()).toBe("3");
    expect(await again.getByLabel("At most").inputValue()).toBe("6");
    expect(await again.getByRole("radio", { name: /EAP-IG \(inputs\)/ }).isChecked()).toBe(true);
    await find(again);
    await opened(again);
    await find(page);
    await opened(page);
    await expect.poll(() => new URL(page.url()).pathname).toBe(new URL(again.url()).pathname);
  },
);

test("what a task's positions cannot be is disabled, with the reason", async () => {
  const page = await open(form(mixed));
  await page.getByText(/Needs examples of one length; these have \d+ to \d+ tokens/).waitFor();
  expect(await page.getByRole("radio", { name: /Each by itself/ }).isDisabled()).toBe(true);
  expect(await page.getByRole("radio", { name: /By span/ }).isDisabled()).toBe(true);
  expect(await page.getByRole("radio", { name: /Summed/ }).isChecked()).toBe(true);
});

test("a setting outside its limits says so and holds the button", async () => {
  const page = await open(form(task, "&method=eap-ig-inputs"));
  await page.getByLabel("Steps").fill("501");
  await page.getByText("Steps: At most 500.").waitFor();
  expect(await page.getByRole("button", { name: "Find circuit" }).isDisabled()).toBe(true);
});

test("long work shows counts, survives a reload, is cancelled, and resumes", LONG, async () => {
  // Five hundred steps: minutes of work, none of which this test waits for.
  const page = await open(form(mixed, "&method=sfc&s.steps=500"));
  await page.getByText(/can use 30 of 30/).waitFor();
  await find(page);
  await page.waitForURL(CIRCUIT);
  const progress = page.getByLabel("Progress of the circuit");
  await progress.getByText(/: \d+ of \d+ examples|: \d+ of \d+/).waitFor({ timeout: 60_000 });
  await progress.getByText(/so far/).waitFor();
  expect(await violations(page)).toEqual([]);

  await page.reload();
  await progress.getByText(/: \d+ of \d+/).waitFor({ timeout: 60_000 });
  await progress.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled.").waitFor({ timeout: 120_000 });
  await page.getByText(/kept; resuming goes on from there/).waitFor();

  await page.goto(`${inject("address")}/circuits`);
  await page.getByRole("heading", { name: "Not finished" }).waitFor();
  await page
    .getByRole("link", { name: /many-lengths/ })
    .first()
    .click();
  await page.waitForURL(CIRCUIT);
  const elsewhere = await open(page.url().replace(inject("address"), ""));
  await elsewhere.getByRole("button", { name: "Resume" }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await progress.getByText(/: \d+ of \d+/).waitFor({ timeout: 60_000 });
  await progress.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("link", { name: "Change the settings" }).click({ timeout: 120_000 });
  expect(await page.getByLabel("Steps").inputValue()).toBe("500");
});

test("two circuits are chosen and compared", LONG, async () => {
  for (const method of ["eap", "gradient"]) {
    const page = await open(form(task, `&method=${method}`));
    await page.getByText(/can use 10 of 10/).waitFor();
    await find(page);
    await opened(page);
  }
  const page = await open("/circuits");
  await page.getByRole("checkbox").nth(1).waitFor();
  expect(await page.getByRole("link", { name: "Compare", exact: true }).count()).toBe(0);
  await page.getByRole("checkbox").nth(0).check();
  await page.getByRole("checkbox").nth(1).check();
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await page.waitForURL(/\/compare\?a=[0-9a-f]{64}&b=[0-9a-f]{64}/);
});

describe.each([
  ["light", 1440],
  ["dark", 390],
] as const)("in the %s theme at %i pixels", (scheme, width) => {
  test("form and list pass axe, and nothing scrolls sideways", async () => {
    const options = { scheme, width, height: 844, isTouch: width < 500 };
    const page = await open(form(mixed), options);
    await page.getByText(/can use 30 of 30/).waitFor();
    await page.getByText("Baselines, to compare with").click();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const list = await open("/circuits", options);
    await list.getByRole("heading", { name: "Circuits", level: 1 }).waitFor();
    await list.waitForLoadState("networkidle");
    expect(await violations(list)).toEqual([]);
    expect(await list.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});

test("a behaviour that the model does not have is told before and after", LONG, async () => {
  const examples = ["girls", "boys", "dogs"].map((noun) => ({
    ...example(noun, false, "I think"),
    clean_prefix: `I think the ${noun}`,
    patch_prefix: `I think the ${noun.slice(0, -1)}`,
    clean_answer: " Lily",
    patch_answer: " and",
  }));
  const answer = await fetch(`${inject("address")}/api/v1/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "never", title: "never", examples }),
  });
  const { id } = (await answer.json()) as { id: string };
  const page = await open(form(id, "&method=eap"));
  const warning = page.getByRole("alert").filter({ hasText: "no better than chance" });
  await warning.waitFor();
  expect(await warning.textContent()).toMatch(/on 0\.0 % of 3 examples only/);
  await find(page);
  await opened(page);
  await page.getByRole("button", { name: /0\.0 % right/ }).click();
  await page.getByText("a behaviour that the model does not show").waitFor();
});
