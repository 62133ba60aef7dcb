import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { violations } from "./axe";
import { startBrowser } from "./browser";

const open = startBrowser();
const REFUSED = /Failed to load resource/;

const example = (noun: string, isPlural: boolean) => ({
  clean_prefix: `I think the ${noun}${isPlural ? "s" : ""}`,
  patch_prefix: `I think the ${noun}${isPlural ? "" : "s"}`,
  clean_answer: isPlural ? " are" : " is",
  patch_answer: isPlural ? " is" : " are",
  case: isPlural ? "plural" : "singular",
});
const EXAMPLES = ["girl", "boy", "dog", "bird"].flatMap((noun) => [
  example(noun, false),
  example(noun, true),
]);
const lines = (examples: readonly object[]) =>
  examples.map((one) => JSON.stringify(one)).join("\n");

interface Stored {
  readonly id: string;
  readonly version: number;
}

async function ask(method: string, path: string, body: object): Promise<Stored> {
  const answer = await fetch(`${inject("address")}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Stored;
}

let number = 0;
function storedTask(examples: readonly object[] = EXAMPLES): Promise<Stored> {
  number += 1;
  return ask("POST", "/tasks", { name: `task-${number}`, title: `Task ${number}`, examples });
}

const openTask = async (task: Stored, options = {}) => {
  const page = await open(`/tasks/${task.id}?model=${inject("model")}`, options);
  await page.getByLabel("Clean prompt").waitFor();
  return page;
};
const rows = (page: Page) => page.getByRole("listbox", { name: "Examples" }).getByRole("option");

test("a task's accuracy stands first, is measured once and then remembered", async () => {
  const task = await storedTask();
  const page = await open("/tasks");
  const row = page.getByRole("listitem").filter({ hasText: `Task ${number}` });
  await row.getByText("accuracy").waitFor();
  expect((await row.textContent())?.trim()).toMatch(/^\d+(\.\d)? %accuracy/);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes(`${task.id}/accuracy`)) asked += 1;
  });
  await page.reload();
  await row.getByText("accuracy").waitFor();
  expect(asked).toBe(0);
});

test("pasted lines are checked before they are stored, problem by problem", async () => {
  const page = await open("/tasks");
  await page.getByRole("button", { name: "Import a task" }).click();
  const dialog = page.getByRole("dialog");
  const long = { ...EXAMPLES[0], clean_answer: " extraordinarily unlikely words" };
  await dialog.getByLabel("Paste a task").fill(lines([...EXAMPLES, long]));
  await dialog.getByText(/8 of 9 examples can be used/).waitFor();
  expect(await dialog.getByLabel("Problems line by line").textContent()).toContain("line 9");
  expect(await violations(page)).toEqual([]);
  await dialog.getByLabel("Name").fill("not a name");
  expect(await dialog.getByRole("button", { name: "Save task" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Name").fill("pasted");
  await dialog.getByRole("button", { name: "Save task" }).click();
  await page.waitForURL(/\/tasks\/\w+/);
  await rows(page).nth(8).waitFor();
});

test("a dropped or chosen file says what is wrong with it, and its lines", async () => {
  const page = await open("/tasks");
  await page.getByRole("button", { name: "Import a task" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[type=file]").setInputFiles({
    name: "My broken file.jsonl",
    mimeType: "application/jsonl",
    buffer: Buffer.from(`${lines(EXAMPLES)}\n{"clean_prefix": `),
  });
  const problems = dialog.getByLabel("Problems line by line");
  await problems.waitFor();
  expect(await problems.textContent()).toMatch(/line 9.*not JSON/);
  expect(await dialog.getByLabel("Name").inputValue()).toBe("my-broken-file");
  expect(await dialog.getByRole("button", { name: "Save task" }).isDisabled()).toBe(true);
});

test("two files make one task, each a side", async () => {
  const page = await open("/tasks");
  await page.getByRole("button", { name: "Import a task" }).click();
  const dialog = page.getByRole("dialog");
  const side = (plural: boolean) => ({
    name: plural ? "patch.json" : "clean.json",
    mimeType: "application/json",
    buffer: Buffer.from(
      JSON.stringify(
        EXAMPLES.map((one, i) =>
          (i % 2 === 1) === plural
            ? [one.clean_prefix, one.clean_answer]
            : [one.patch_prefix, one.patch_answer],
        ),
      ),
    ),
  });
  await dialog.locator("input[type=file]").setInputFiles([side(false), side(true)]);
  await dialog.getByText("Patch side:").waitFor();
  await dialog.getByText(/8 of 8 examples can be used/).waitFor();
  await dialog.getByText("against").first().waitFor();
});

test("an example is edited token by token, and every step can be taken back", async () => {
  const page = await openTask(await storedTask());
  await page.getByLabel("Clean prompt").fill("I think the old girl");
  await page.getByText("the prompts must have equally many").waitFor();
  await page.getByText("problem", { exact: true }).waitFor();
  await page.getByLabel("Patch prompt").fill("I think the old girls");
  await page.getByText(/tokens, one position differs|positions differ/).waitFor();
  await page.getByText("problem", { exact: true }).waitFor({ state: "detached" });
  await page.getByLabel("Clean answer").fill(" extraordinarily");
  await page.getByText(/tokens: an answer must be one/).waitFor();
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  expect(await page.getByLabel("Clean prompt").inputValue()).toBe("I think the girl");
  expect(await page.getByRole("button", { name: "Save", exact: true }).isDisabled()).toBe(true);
  await page.keyboard.press("Control+Shift+z");
  expect(await page.getByLabel("Clean prompt").inputValue()).toBe("I think the old girl");
});

test("rows are added, doubled and deleted from the keyboard", async () => {
  const page = await openTask(await storedTask());
  await page.getByRole("listbox", { name: "Examples" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("heading", { name: "Example 8" }).waitFor();
  await page.getByRole("button", { name: "Duplicate" }).click();
  await page.getByRole("heading", { name: "Example 9" }).waitFor();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("heading", { name: "Example 10" }).waitFor();
  // One that is not written yet does not keep the others from being checked.
  await page.getByText(/^9 examples usable/).waitFor();
  await page.getByRole("listbox", { name: "Examples" }).focus();
  await page.keyboard.press("Delete");
  await page.getByRole("heading", { name: "Example 9" }).waitFor();
  await page.getByLabel("Messages").getByRole("button", { name: "Undo" }).click();
  expect(await rows(page).count()).toBe(10);
});

test("spans are marked for all examples, moved, split, named and stored", async () => {
  const task = await storedTask();
  const page = await openTask(task);
  await page.getByRole("button", { name: "Mark spans" }).click();
  await page.getByLabel("Name of span 1").waitFor();
  const border = page.getByRole("slider", { name: /^Border between/ }).first();
  const before = Number(await border.getAttribute("aria-valuenow"));
  await border.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  // The border stands in another column now, and still has the focus.
  expect(await border.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(Number(await border.getAttribute("aria-valuenow"))).toBe(before - 2);
  const from = await border.boundingBox();
  const to = await page.locator(`[data-position="${before - 1}"]`).boundingBox();
  if (!from || !to) throw new Error("nothing to drag");
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width - 2, to.y + to.height / 2, { steps: 6 });
  await page.mouse.up();
  expect(Number(await border.getAttribute("aria-valuenow"))).toBe(before);
  await page.getByRole("button", { name: "Split" }).first().click();
  await page.getByLabel("Name of span 2").fill("middle");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  const spans = async () => {
    const answer = await fetch(`${inject("address")}/api/v1/tasks/${task.id}?limit=1`);
    const { examples } = (await answer.json()) as { examples: { spans: object }[] };
    return Object.keys(examples[0]?.spans ?? {});
  };
  // An earlier save of this page may still say "Saved." when this one is under way.
  await expect.poll(spans, { timeout: 10_000 }).toContain("middle");
});

test("leaving with unsaved changes asks first", async () => {
  const page = await openTask(await storedTask());
  await page.getByLabel("Case", { exact: true }).last().fill("other");
  await page.getByRole("link", { name: "Circuits" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.getByRole("button", { name: "Stay here" }).click();
  expect(page.url()).toContain("/tasks/");
  await page.getByRole("link", { name: "Circuits" }).click();
  await dialog.getByRole("button", { name: "Leave, lose changes" }).click();
  await page.waitForURL(/\/circuits$/);
});

test("somebody else's save is never overwritten by accident", async () => {
  const task = await storedTask();
  const page = await openTask(task, { allowed: REFUSED });
  await ask("PUT", `/tasks/${task.id}`, { title: "Theirs", version: task.version });
  await page.getByLabel("Title").fill("Mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Overwrite theirs" }).waitFor();
  await page.getByRole("button", { name: "Save mine as a copy" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(task.id));
  await page.getByLabel("Title").waitFor();
  expect(await page.getByLabel("Title").inputValue()).toBe("Mine");
});

test("examples that the model gets wrong are shown alone, and download as JSON Lines", async () => {
  // The last example asks for the opposite of what anybody would say.
  const odd = { ...EXAMPLES[0], clean_answer: " are", patch_answer: " is", case: "odd" };
  const page = await openTask(await storedTask([...EXAMPLES, odd]));
  await page.getByText("Measured on all 9 usable examples.").waitFor();
  await page.locator("label", { hasText: "Model is wrong" }).click();
  await page.waitForFunction(() => document.querySelectorAll("[data-example]").length < 9);
  expect(await rows(page).allTextContents()).toEqual(
    expect.arrayContaining([expect.stringContaining("odd")]),
  );
  await page.getByRole("button", { name: "Download" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: /JSON Lines/ }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  const kept = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(kept).toEqual([...EXAMPLES, odd]);
});

test("thousands of examples scroll with a handful of rows", async () => {
  const many = Array.from({ length: 2_500 }, (_, i) => ({
    ...EXAMPLES[i % EXAMPLES.length],
    case: `case ${i % 7}`,
  }));
  const page = await openTask(await storedTask(many));
  await page.getByRole("listbox", { name: "Examples" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("heading", { name: "Example 2500" }).waitFor();
  expect(await rows(page).count()).toBeLessThan(60);
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(3_000);
});

describe.each([
  ["light", 1440],
  ["dark", 390],
] as const)("in the %s theme at %i pixels", (scheme, width) => {
  test("lists and editor pass axe, and nothing scrolls sideways", async () => {
    const options = { scheme, width, height: 844, isTouch: width < 500 };
    const task = await storedTask();
    const page = await openTask(task, options);
    await page.getByText(/^Measured on/).waitFor();
    await page.getByRole("button", { name: "Mark spans" }).click();
    await page.getByLabel("Name of span 1").waitFor();
    await page.getByText(/examples usable/).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const list = await open("/tasks", options);
    await list.getByText("accuracy").first().waitFor();
    expect(await violations(list)).toEqual([]);
    expect(await list.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
