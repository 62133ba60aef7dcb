import { expect, it } from "vitest";
import { ROW_PX, rowsAround, scrollToShow } from "./windowing";

it("draws a handful of rows however many there are", () => {
  for (const top of [0, 1_000, 40_000 * ROW_PX]) {
    const { first, last } = rowsAround(top, 600, 100_000);
    expect(last - first).toBeLessThan(40);
    expect(first * ROW_PX).toBeLessThanOrEqual(top);
    expect(last * ROW_PX).toBeGreaterThanOrEqual(top + 600);
  }
});

it("stays inside a list that has become shorter than what was scrolled", () => {
  expect(rowsAround(9_000, 600, 3)).toEqual({ first: 3, last: 3 });
  expect(rowsAround(0, 600, 0)).toEqual({ first: 0, last: 0 });
});

it("scrolls no more than it takes to see a row", () => {
  expect(scrollToShow(0, 500, 300)).toBe(0);
  expect(scrollToShow(3, 100, 300)).toBe(100);
  expect(scrollToShow(10, 0, 300)).toBe(11 * ROW_PX - 300);
});
