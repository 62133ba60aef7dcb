import { expect, it } from "vitest";
import type { Comparison, EvaluationResult } from "../../api/circuitViewQueries";
import type { PlotColours } from "../../panels/evaluation/curves";
import { DEFAULTS } from "../../panels/evaluation/EvaluationForm";
import { readCompareSearch, sizeIn } from "../../state/compareSearch";
import { isSameQuestion, pointAt, sharesOf } from "./cross";
import { haveOneUnit, scatterFigure, settingsDiffer, sidesOf, sortedEffects } from "./scatter";

const overlap = {
  n_a: 2,
  n_b: 2,
  n_shared: 1,
  universe: 10,
  jaccard: 1 / 3,
  chance: 0.1,
  shared: ["a0.h0"],
  only_a: ["m1"],
  only_b: ["m10"],
};
const METHOD = { method: "eap", metric: "logit_difference" };
const COMPARISON = {
  a: { method: METHOD },
  b: { method: METHOD },
  nodes: overlap,
  edges: overlap,
  effects: [
    { name: "a0.h0", a: 1, b: -2 },
    { name: "m1", a: -3, b: 0.5 },
    { name: "m10", a: 0, b: 0.25 },
  ],
} as unknown as Comparison;

it("knows in which circuit a node is", () => {
  const side = sidesOf(COMPARISON.nodes);
  expect(["a0.h0", "m1", "m10", "m3"].map(side)).toEqual(["shared", "a", "b", "neither"]);
});

it("sorts by size of effect or difference, names by their numbers", () => {
  const side = sidesOf(COMPARISON.nodes);
  const order = (by: Parameters<typeof sortedEffects>[2], isDown: boolean) =>
    sortedEffects(COMPARISON.effects, side, by, isDown).map(({ name }) => name);
  expect(order("difference", true)).toEqual(["m1", "a0.h0", "m10"]);
  expect(order("b", false)).toEqual(["m10", "m1", "a0.h0"]);
  expect(order("name", false)).toEqual(["a0.h0", "m1", "m10"]);
});

it("plots every node once, on equal axes", () => {
  const colours = { baselines: [] } as unknown as PlotColours;
  const [data, layout] = scatterFigure(COMPARISON, "m1", colours);
  const points = (data as { customdata: string[] }[]).flatMap(({ customdata }) => customdata);
  expect([...points].sort()).toEqual(["a0.h0", "m1", "m10"]);
  const axes = layout as Record<"xaxis" | "yaxis", { range: number[] }>;
  expect(axes.xaxis.range).toEqual(axes.yaxis.range);
  expect(axes.xaxis.range[1]).toBeGreaterThan(3);
});

it("gives scores that are no effects an axis of their own", () => {
  const gradient = { method: { ...METHOD, method: "gradient" } };
  const mixed = { ...COMPARISON, b: gradient } as unknown as Comparison;
  expect(haveOneUnit(COMPARISON)).toBe(true);
  expect(haveOneUnit(mixed)).toBe(false);
  const [, layout] = scatterFigure(mixed, null, { baselines: [] } as unknown as PlotColours);
  const axes = layout as Record<"xaxis" | "yaxis", { range: number[] }>;
  expect(axes.xaxis.range[1]).toBeCloseTo(3 * 1.08);
  expect(axes.yaxis.range[1]).toBeCloseTo(2 * 1.08);
});

it("names the settings in which two methods differ", () => {
  const settings = { method: "eap-ig-inputs", steps: 5, metric: "kl" };
  expect(settingsDiffer(settings, { ...settings, method: "eap", steps: 9 })).toEqual(["steps"]);
  expect(settingsDiffer(settings, { ...settings, edges_per_node: 2 })).toEqual(["edges per node"]);
});

it("reads sizes from the address, whatever stands there", () => {
  expect(sizeIn("30", 100)).toBe(30);
  for (const text of [undefined, "", "0", "-4", "2.5", "1e9", "many"]) {
    expect(sizeIn(text, 100)).toBe(100);
  }
  expect(readCompareSearch({ a: "x", n: 4, other: "y" })).toEqual({ a: "x" });
});

it("puts evaluations in one matrix when the question is the same", () => {
  expect(isSameQuestion(DEFAULTS, { ...DEFAULTS, baselines: [], n_resamples: 0 })).toBe(true);
  expect(isSameQuestion(DEFAULTS, { ...DEFAULTS, ablation: "zero" })).toBe(false);
  expect(isSameQuestion(DEFAULTS, { ...DEFAULTS, sizes: [0.5] })).toBe(false);
});

it("finds the point of a curve whose size is nearest by ratio", () => {
  const points = [0.001, 0.01, 0.1].map((fraction) => ({ fraction }));
  const result = {
    curves: [{ name: "circuit", ranking: "absolute", points }],
  } as unknown as EvaluationResult;
  expect(sharesOf(result)).toEqual([0.001, 0.01, 0.1]);
  expect(pointAt(result, "circuit", 0.02)?.fraction).toBe(0.01);
  expect(pointAt(result, "random", 0.02)).toBeNull();
  expect(sharesOf(null)).toEqual([]);
});
