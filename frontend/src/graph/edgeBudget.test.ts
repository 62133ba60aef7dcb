import { describe, expect, test } from "vitest";
import { chooseEdges, WANTED_SHARE } from "./edgeBudget";
import { syntheticGraph } from "./fixtures/synthetic";
import { tinyGraph } from "./fixtures/tiny";

const data = syntheticGraph({ tokens: 20, layers: 8, nodes: 900, edges: 8000 });
const everything = new Uint8Array(900).fill(1);

describe("edges that were asked for", () => {
  test("the more are drawn, the more score they carry", () => {
    const choices = [0, 1, 10, 100, 1000, 8000, 1e6].map((n) => chooseEdges(data, everything, n));
    for (let i = 1; i < choices.length; i++) {
      expect(choices[i].drawn).toBe(Math.min(8000, [0, 1, 10, 100, 1000, 8000, 1e6][i]));
      expect(choices[i].share).toBeGreaterThanOrEqual(choices[i - 1].share);
    }
    expect(choices[0].share).toBe(0);
    expect(choices[6].share).toBeCloseTo(1);
    expect(choices.every(({ isAutomatic }) => !isAutomatic)).toBe(true);
  });

  test("each added edge adds less than the one before", () => {
    const share = (n: number) => chooseEdges(data, everything, n).share;
    expect(share(200) - share(100)).toBeLessThanOrEqual(share(100) - share(0));
  });
});

describe("without a number", () => {
  const choice = chooseEdges(data, everything, null);

  test("the fewest edges that carry the wanted share are drawn", () => {
    expect(choice.isAutomatic).toBe(true);
    expect(choice.share).toBeGreaterThanOrEqual(WANTED_SHARE);
    expect(chooseEdges(data, everything, choice.drawn - 1).share).toBeLessThan(WANTED_SHARE);
  });

  test("a flat graph does not become a haze, a small one is not starved", () => {
    const flat = { ...data, edges: { ...data.edges, score: new Float32Array(8000).fill(1) } };
    expect(chooseEdges(flat, everything, null).drawn).toBeLessThanOrEqual(900);
    const tiny = tinyGraph();
    const all = chooseEdges(tiny, new Uint8Array(tiny.nodes.count).fill(1), null);
    expect(all.drawn).toBe(tiny.edges.count);
    expect(all.share).toBeCloseTo(1);
  });

  test("edges of hidden nodes are not counted as drawn, but as score", () => {
    const half = everything.map((_, row) => (row % 2 === 0 ? 1 : 0));
    const some = chooseEdges(data, half, null);
    expect(some.available).toBeLessThan(8000);
    expect(
      [...some.edges].every((e) => half[data.edges.source[e]] && half[data.edges.target[e]]),
    ).toBe(true);
    expect(some.share).toBeLessThan(choice.share);
  });
});
