import { expect, it } from "vitest";
import { EMPTY_DRAFT, missing, requestOf, withChosen } from "./draft";

const MARY = { id: 10, text: " Mary" };
const JOHN = { id: 11, text: " John" };
const TYPED = { ...EMPTY_DRAFT, prompt: "gave a drink to" };

it("explains the likeliest tokens unless told otherwise", () => {
  expect(requestOf(TYPED, "brook")).toEqual({ model: "brook", prompt: "gave a drink to" });
});

it("explains a clicked candidate, and no longer when it is clicked again", () => {
  const chosen = { ...TYPED, ...withChosen(TYPED, MARY) };
  expect(requestOf(chosen, "brook").targets).toEqual({ kind: "tokens", tokens: [10] });
  const freed = { ...chosen, ...withChosen(chosen, MARY) };
  expect(requestOf(freed, "brook").targets).toBeUndefined();
});

it("fills A, then B, of a difference", () => {
  const start = { ...TYPED, targetKind: "logit_difference" as const };
  const a = { ...start, ...withChosen(start, MARY) };
  expect(missing(a)).toContain("two tokens");
  const both = { ...a, ...withChosen(a, JOHN) };
  expect(missing(both)).toBeNull();
  expect(requestOf(both, "brook").targets).toEqual({
    kind: "logit_difference",
    plus: 10,
    minus: 11,
  });
});

it("says what is missing", () => {
  expect(missing({ ...TYPED, prompt: "  " })).toContain("Type a prompt");
  expect(missing({ ...TYPED, targetKind: "tokens" })).toContain("at least one token");
});
