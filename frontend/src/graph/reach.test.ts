import { expect, test } from "vitest";
import { LARGE_REACH, reachOf } from "./reach";

test("a graph of a short prompt is shown whole, one of hundreds of tokens is not", () => {
  expect(reachOf(840_000)).toBe(1);
  expect(reachOf(388_525_635)).toBe(LARGE_REACH);
});

test("a graph of unknown size is asked for with care", () => {
  expect(reachOf(null)).toBe(LARGE_REACH);
});
