import { expect, it } from "vitest";
import { freeCounts, splitCounts } from "./split";

it("counts as the server does, halves to even", () => {
  expect(freeCounts(100, 0.3)).toEqual({ train: 70, evaluation: 30 });
  expect(freeCounts(5, 0.5)).toEqual({ train: 3, evaluation: 2 });
  expect(freeCounts(7, 0.5)).toEqual({ train: 3, evaluation: 4 });
});

it("leaves at least one example on each side", () => {
  expect(freeCounts(10, 0.01)).toEqual({ train: 9, evaluation: 1 });
  expect(freeCounts(3, 0.9)).toEqual({ train: 1, evaluation: 2 });
});

it("sets nothing aside when there is nothing to", () => {
  expect(freeCounts(1, 0.3)).toEqual({ train: 1, evaluation: 0 });
});

it("puts marked examples where they say, and shares out the rest", () => {
  const marks = ["train", "evaluation", "evaluation", null, null, null, null] as const;
  expect(splitCounts(marks, 0.5)).toEqual({ train: 3, evaluation: 4 });
});
