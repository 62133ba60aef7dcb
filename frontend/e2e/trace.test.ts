import { expect, inject, test } from "vitest";
import { examplePrompt, hasExamples, startBrowser, waitForGraph } from "./browser";

const open = startBrowser();

test("an example leads to its graph in three clicks", async () => {
  const page = await open("/");
  const prompt = await examplePrompt();
  if (await hasExamples()) await page.getByLabel("Examples").getByRole("button").first().click();
  else await page.getByLabel("Prompt", { exact: true }).fill(prompt);
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe(prompt);
  await page.getByRole("button", { name: /^Trace/ }).click();
  await page.waitForURL(/\/g\/[0-9a-f]{64}/);
  await waitForGraph(page);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(prompt);

  await page.goBack();
  await page.getByRole("heading", { name: "Recent graphs" }).waitFor();
  const row = page.locator("a[href^='/g/']").first();
  expect(await row.textContent()).toContain(prompt);
});

test("typing shows tokens, their count and the model's predictions", async () => {
  const page = await open("/");
  await page.getByLabel("Prompt", { exact: true }).fill("Once upon a time there was");
  const chips = page.getByLabel("Tokens of the prompt").locator("li");
  await chips.nth(3).waitFor();
  const number = await chips.count();
  await page.getByText(new RegExp(`^${number} of \\d+ tokens`)).waitFor();
  const candidates = page.getByRole("complementary").getByRole("button");
  await candidates.nth(7).waitFor();
  const shares = await candidates.allTextContents();
  expect(shares).toHaveLength(8);
  expect(shares[0]).toMatch(/%/);
});

test("a clicked candidate becomes what the graph explains", async () => {
  const page = await open("/");
  await page.getByLabel("Prompt", { exact: true }).fill(await examplePrompt());
  const candidate = page.getByRole("complementary").getByRole("button").nth(1);
  await candidate.click();
  expect(await candidate.getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.press("Control+Enter");
  await page.getByLabel("Prompt", { exact: true }).focus();
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/g\//);
  await waitForGraph(page);
  const targets = await page.evaluate(() => window.headwaterView?.data.summary.targets.length);
  expect(targets).toBe(1);
});

test("a long trace shows its phases and can be cancelled", async () => {
  const page = await open("/");
  await page.getByLabel("Prompt", { exact: true }).fill(await longPrompt());
  if (inject("model") === "stories") {
    await page.locator("summary").click();
    await page.getByLabel("Dictionaries").selectOption("stories.wide");
    await page.getByLabel(/Features at most/).fill("6000");
  }
  await page.getByRole("button", { name: /^Trace/ }).click();
  const progress = page.getByLabel("Progress of the trace");
  await progress.getByText(/\d+ of [\d,]+|loading|running/i).waitFor();
  await progress.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Cancelled. Nothing was stored.").waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();
  expect(await page.getByRole("button", { name: /^Trace/ }).isEnabled()).toBe(true);
});

async function longPrompt(): Promise<string> {
  const prompt = await examplePrompt();
  return Array.from({ length: Math.ceil(700 / prompt.length) }, () => prompt).join(" ");
}
