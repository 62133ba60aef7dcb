import { expect, it } from "vitest";
import { accuracyText } from "./accuracyText";

it("says 100 % of all and of nothing less", () => {
  expect([1, 0.9999, 0.996, 0.92, 0, null].map(accuracyText)).toEqual([
    "100 %",
    "99.9 %",
    "99.6 %",
    "92 %",
    "0.0 %",
    "–",
  ]);
});
