import { expect, it } from "vitest";
import { positionsFault } from "./positionsFault";

const EQUAL = { equal_lengths: true, lengths: [6], span_names: null, n_ok: 10 };
const MIXED = { equal_lengths: false, lengths: [4, 6, 9], span_names: null, n_ok: 10 };

it("says why positions cannot be told apart", () => {
  expect(positionsFault("separate", EQUAL)).toBeNull();
  expect(positionsFault("separate", MIXED)).toBe(
    "Needs examples of one length; these have 4 to 9 tokens.",
  );
  expect(positionsFault("separate", { ...MIXED, span_names: ["a"] })).toContain("Spans work");
});

it("wants spans before it sums by them, and always allows one sum", () => {
  expect(positionsFault("spans", EQUAL)).toContain("no spans");
  expect(positionsFault("spans", { ...MIXED, span_names: ["a"] })).toBeNull();
  expect(positionsFault("sum", MIXED)).toBeNull();
  expect(positionsFault("spans", undefined)).toBeNull();
});
