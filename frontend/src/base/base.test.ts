import { expect, test } from "vitest";
import { assertExists } from "./assert";
import { contrast, mix, parseHex, toHex } from "./colour";
import { bounds, contains, fromIntervals, overlaps, toIntervals } from "./geometry";
import { MinHeap } from "./heap";
import { percent, plain, signed, visibleToken } from "./text";

test("a heap gives back the smallest first", () => {
  const heap = new MinHeap();
  const keys = Array.from({ length: 200 }, (_, i) => (i * 7919) % 211);
  keys.forEach((key, item) => {
    heap.push(item, key);
  });
  const out = keys.map(() => heap.pop()?.key);
  expect(out).toEqual([...keys].sort((a, b) => a - b));
  expect(heap.pop()).toBeNull();
});

test("places between edges are found and given back, beyond the ends too", () => {
  const rising = Float64Array.from([0, 10, 30, 31]);
  const falling = Float64Array.from([100, 60, 0]);
  expect(toIntervals(rising, 20)).toBe(1.5);
  expect(toIntervals(falling, 80)).toBe(0.5);
  expect(toIntervals(falling, 30)).toBe(1.5);
  for (const edges of [rising, falling]) {
    for (const value of [-20, 0, 5, 30.5, 31, 60, 100, 140]) {
      expect(fromIntervals(edges, toIntervals(edges, value))).toBeCloseTo(value);
    }
  }
});

test("rectangles", () => {
  const a = { x: 0, y: 0, width: 10, height: 10 };
  expect(overlaps(a, { x: 9, y: 9, width: 5, height: 5 })).toBe(true);
  expect(overlaps(a, { x: 10, y: 0, width: 5, height: 5 })).toBe(false);
  expect(contains(a, { x: 1, y: 1, width: 9, height: 9 })).toBe(true);
  expect(contains(a, { x: 1, y: 1, width: 10, height: 9 })).toBe(false);
  expect(bounds([])).toBeNull();
  expect(
    bounds([
      { x: 3, y: 4 },
      { x: 1, y: 9 },
    ]),
  ).toEqual({ x: 1, y: 4, width: 2, height: 5 });
});

test("colours survive the way there and back", () => {
  expect(toHex(parseHex("#2f6fd6"))).toBe("#2f6fd6");
  expect(parseHex("#fff")).toEqual([255, 255, 255]);
  expect(mix("#2f6fd6", "#d9761a", 0)).toBe("#2f6fd6");
  expect(mix("#2f6fd6", "#d9761a", 1)).toBe("#d9761a");
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
});

test("two different tokens never look alike", () => {
  const tokens = ["a", " a", "a ", "\ta", "\na", "\ra", ""];
  expect(new Set(tokens.map(visibleToken)).size).toBe(tokens.length);
});

test("numbers are short and keep their sign", () => {
  expect(percent(0.1234)).toBe("12 %");
  expect(percent(0.0123)).toBe("1.2 %");
  expect(percent(0.0001)).toBe("<0.1 %");
  expect(percent(0)).toBe("0.0 %");
  expect(signed(1.234)).toBe("+1.23");
  expect(signed(-0.5)).toBe("−0.500");
  expect(plain(123456)).toBe("1.2e+5");
  expect(plain(Number.NaN)).toBe("–");
});

test("a missing value names itself", () => {
  expect(assertExists(0)).toBe(0);
  expect(() => assertExists(null, "the graph")).toThrow("the graph is missing");
});
