import { expect, it } from "vitest";
import { amend, type History, redo, startHistory, step, undo } from "./history";

it("takes back and gives back any number of steps", () => {
  // A fixed stream of "random" numbers, so a failure can be repeated.
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const first = { rows: [0] };
  let history: History<{ rows: number[] }> = startHistory(first);
  for (let i = 0; i < 200; i += 1)
    history = step(history, { rows: [...history.present.rows, random()] }, `step ${i}`);
  const last = history.present;
  for (let i = 0; i < 200; i += 1) history = undo(history);
  expect(history.present).toBe(first);
  for (let i = 0; i < 200; i += 1) history = redo(history);
  expect(history.present).toBe(last);
  expect(redo(history)).toBe(history);
});

it("makes one step of typing, another after a pause or in another field", () => {
  let history = startHistory("");
  history = step(history, "a", "Edit", "clean", 0);
  history = step(history, "ab", "Edit", "clean", 300);
  expect(history.past).toHaveLength(1);
  history = step(history, "ab!", "Edit", "patch", 400);
  history = step(history, "ab!?", "Edit", "patch", 9_000);
  expect(history.past).toHaveLength(3);
  expect(undo(undo(undo(history))).present).toBe("");
});

it("never joins typing to what was taken back", () => {
  let history = startHistory("");
  history = step(history, "a", "Edit", "clean", 0);
  history = undo(history);
  history = step(history, "b", "Edit", "clean", 100);
  expect(history.past).toHaveLength(1);
  expect(history.future).toHaveLength(0);
});

it("counts what changes nothing, or comes late, as no step", () => {
  const start = startHistory("same");
  expect(step(start, "same", "Edit")).toBe(start);
  expect(amend(start, "other").past).toHaveLength(0);
});
