import { expect, it } from "vitest";
import { duration, rateOf, type Sample, secondsLeft, withSample } from "./pace";

const seen = (...counts: [at: number, done: number][]): readonly Sample[] =>
  counts.reduce<readonly Sample[]>((all, [at, done]) => withSample(all, { at, done }), []);

it("tells the rate from what was counted, and the rest of the phase from the rate", () => {
  const samples = seen([0, 0], [2_000, 64], [4_000, 128]);
  expect(rateOf(samples)).toBe(32);
  expect(secondsLeft(samples, 320, 4_000)).toBe(6);
  expect(secondsLeft(samples, 320, 7_000)).toBe(3);
  expect(secondsLeft(samples, 320, 60_000)).toBe(0);
});

it("says nothing before it has seen enough", () => {
  expect(rateOf(seen([0, 0]))).toBeNull();
  expect(rateOf(seen([0, 0], [400, 32]))).toBeNull();
  expect(secondsLeft(seen([0, 0], [5_000, 32]), 0, 5_000)).toBeNull();
});

it("begins anew when the next phase does, and forgets the distant past", () => {
  expect(seen([0, 0], [2_000, 64], [3_000, 0])).toEqual([{ at: 3_000, done: 0 }]);
  expect(seen([0, 0], [100_000, 10], [110_000, 20])[0]).toEqual({ at: 100_000, done: 10 });
});

it("rounds as an estimate should", () => {
  expect([0.2, 12.4, 100, 3_600, 4_810].map(duration)).toEqual([
    "less than 1 s",
    "12 s",
    "2 min",
    "1 h",
    "1 h 20 min",
  ]);
});
