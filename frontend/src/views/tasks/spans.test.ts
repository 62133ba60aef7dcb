import { describe, expect, it } from "vitest";
import { boundsOf, firstSpans, fitBounds, moveBound, spanAt, spansOf, splitBounds } from "./spans";

const NAMES = ["subject", "verb", "rest"];
const BOUNDS = [1, 3, 4, 8];

describe("spans as boundaries", () => {
  it("reads back what was written", () => {
    const spans = spansOf(BOUNDS, NAMES);
    expect(spans).toEqual({ subject: [1, 3], verb: [3, 4], rest: [4, 8] });
    expect(boundsOf(spans, NAMES)).toEqual(BOUNDS);
  });

  it("covers every token but the start token exactly once", () => {
    expect([0, 1, 2, 3, 4, 7, 8].map((position) => spanAt(BOUNDS, position))).toEqual([
      -1, 0, 0, 1, 2, 2, -1,
    ]);
  });

  it("moves a boundary as far as the next one, leaving no span empty", () => {
    expect(moveBound(BOUNDS, 1, 2)).toEqual([1, 2, 4, 8]);
    expect(moveBound(BOUNDS, 1, 9)).toEqual(BOUNDS);
    expect(moveBound(BOUNDS, 2, 99)).toEqual([1, 3, 7, 8]);
    expect(moveBound(BOUNDS, 2, -5)).toEqual(BOUNDS);
  });

  it("keeps the two ends where they are", () => {
    expect(moveBound(BOUNDS, 0, 2)).toBe(BOUNDS);
    expect(moveBound(BOUNDS, 3, 7)).toBe(BOUNDS);
  });

  it("splits inside the span, wherever one points", () => {
    expect(splitBounds(BOUNDS, 2, 6)).toEqual([1, 3, 4, 6, 8]);
    expect(splitBounds(BOUNDS, 2, 99)).toEqual([1, 3, 4, 7, 8]);
    expect(splitBounds(BOUNDS, 0, 0)).toEqual([1, 2, 3, 4, 8]);
  });

  it("follows a prompt that grows or shrinks, keeping order", () => {
    expect(fitBounds(BOUNDS, 10)).toEqual([1, 3, 4, 10]);
    expect(fitBounds(BOUNDS, 4)).toEqual([1, 2, 3, 4]);
    expect(fitBounds(BOUNDS, 8)).toBe(BOUNDS);
  });

  const differs = (text: string) => [...text].map((mark) => mark === "x");

  it("starts from what differs between the prompts", () => {
    expect(firstSpans([differs("...x.."), differs("..xx.x...")])).toEqual({
      names: ["before", "changed", "after"],
      bounds: [
        [1, 3, 4, 6],
        [1, 2, 6, 9],
      ],
    });
  });

  it("leaves out for all what one example has not", () => {
    expect(firstSpans([differs("...x"), differs("..x..")])).toEqual({
      names: ["before", "changed"],
      bounds: [
        [1, 3, 4],
        [1, 2, 5],
      ],
    });
    expect(firstSpans([differs(".xx")])).toEqual({ names: ["changed"], bounds: [[1, 3]] });
  });

  it("gives an example without a difference spans that fit it", () => {
    const { bounds } = firstSpans([differs("..x.."), differs("......")]);
    expect(bounds[1]).toEqual([1, 2, 3, 6]);
  });
});
