import { expect, it } from "vitest";
import type { ExampleEffect } from "../../api/circuitViewQueries";
import { tinyCircuit } from "../../graph/fixtures/circuits";
import { rowOf } from "../../graph/nodeId";
import { extremes, quartiles, strip } from "./effects";
import { readsOf } from "./reads";

const examples = (...effects: number[]): ExampleEffect[] =>
  effects.map((effect, example) => ({
    example,
    effect,
    case: "",
    clean_tokens: [],
    patch_tokens: null,
  }));

it("interpolates quartiles between neighbours", () => {
  expect(quartiles([4, 1, 3, 2])).toEqual({ q1: 1.75, median: 2.5, q3: 3.25 });
  expect(quartiles([7])).toEqual({ q1: 7, median: 7, q3: 7 });
});

it("lists the examples that carry the mean and those against it, the largest first", () => {
  const { strongest, against } = extremes(examples(1, -3, 2, -1, 0), 0.5);
  expect(strongest.map(({ effect }) => effect)).toEqual([2, 1]);
  expect(against.map(({ effect }) => effect)).toEqual([-3, -1]);
  expect(extremes(examples(1, -3), -1).strongest[0]?.effect).toBe(-3);
});

it("lays dots beside each other, so that equal effects can be counted", () => {
  const dots = strip(examples(1, 1, 1, 1, 9), (effect) => effect * 10, 6, 4);
  expect(dots).toHaveLength(5);
  expect(new Set(dots.map(({ at, lane }) => `${at},${lane}`)).size).toBe(5);
  expect(dots.at(-1)).toMatchObject({ at: 90, lane: 0 });
});

it("adds up what a head reads through each of its inputs", () => {
  const data = tinyCircuit();
  const reads = readsOf(data, rowOf(data, "a1.h0@1") ?? -1);
  expect(reads.map(({ sum }) => sum)).toEqual([-1, -0.375, 1.25]);
  expect(reads.map(({ size }) => size)).toEqual([1, 0.625, 1.25]);
});
