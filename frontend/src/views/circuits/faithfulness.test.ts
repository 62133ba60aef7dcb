import { expect, it } from "vitest";
import type { EvaluationAnswer } from "../../api/circuitQueries";
import { faithfulnessOf } from "./faithfulness";

function evaluation(
  level: string,
  points: [size: number, fraction: number, value: number | null][],
) {
  return {
    against: null,
    result: {
      level,
      settings: { ablation: "mean" },
      n_examples: 12,
      curves: [
        { name: "random", ranking: "absolute", points: [] },
        {
          name: "circuit",
          ranking: "absolute",
          points: points.map(([size, fraction, faithfulness]) => ({
            size,
            fraction,
            faithfulness,
          })),
        },
      ],
    },
  } as unknown as EvaluationAnswer;
}

it("takes the size nearest to a hundred nodes, with its settings", () => {
  const note = faithfulnessOf([
    evaluation("features", [
      [10, 0.01, 0.2],
      [120, 0.1, 0.81],
      [1000, 0.5, 0.99],
    ]),
  ]);
  expect(note).toMatchObject({ value: "0.81", name: "at 120 nodes" });
  expect(note?.settings).toContain("mean ablation, 12 examples");
});

it("takes a tenth of the edges of heads and MLPs", () => {
  const note = faithfulnessOf([
    evaluation("components", [
      [5, 0.05, 0.4],
      [10, 0.1, 0.9],
    ]),
  ]);
  expect(note).toMatchObject({ value: "0.90", name: "at 10 edges" });
});

it("says nothing when there is nothing, or only against another task", () => {
  expect(faithfulnessOf([])).toBeNull();
  expect(faithfulnessOf([evaluation("features", [[100, 0.1, null]])])).toBeNull();
  expect(
    faithfulnessOf([{ ...evaluation("features", [[100, 0.1, 1]]), against: "other" }]),
  ).toBeNull();
});
