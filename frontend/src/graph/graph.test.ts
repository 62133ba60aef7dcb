import { describe, expect, test } from "vitest";
import { totalEffect } from "./effect";
import { applyFilter, HIDDEN_REASONS } from "./filter";
import { syntheticGraph } from "./fixtures/synthetic";
import { tinyGraph } from "./fixtures/tiny";
import {
  boxName,
  describeNode,
  longName,
  probabilityText,
  shortName,
  targetsHeading,
} from "./names";
import { inputCoverage, strongestInputs, strongestOutputs } from "./neighbours";
import { nodeId, rowOf, rowsOf } from "./nodeId";
import { strongestPath } from "./paths";
import type { GraphFilter } from "./types";
import { KINDS } from "./types";

const tiny = tinyGraph();
const large = syntheticGraph({ tokens: 20, layers: 8, nodes: 900, edges: 8000, seed: 3 });

describe("node ids", () => {
  test("are the server's", () => {
    const ids = [...Array(tiny.nodes.count).keys()].map((row) => nodeId(tiny, row));
    expect(ids).toEqual([
      "e0",
      "e1",
      "e2",
      "f0.5.1",
      "f0.7.2",
      "r0.2",
      "b0.2",
      "f1.17.2",
      "l100.2",
      "l200.2",
    ]);
  });

  test("lead back to their rows", () => {
    for (let row = 0; row < tiny.nodes.count; row++) {
      expect(rowOf(tiny, nodeId(tiny, row))).toBe(row);
    }
  });

  test("that are not in this view are reported, not dropped", () => {
    expect(rowsOf(tiny, ["e1", "f9.9.9", "nonsense"])).toEqual({
      rows: [1],
      missing: ["f9.9.9", "nonsense"],
    });
  });
});

describe("neighbours", () => {
  test("inputs come strongest first, with their share", () => {
    const inputs = strongestInputs(tiny, 7);
    expect(inputs.map((n) => [n.row, n.weight])).toEqual([
      [3, 3],
      [5, 1.5],
      [4, -1],
      [6, 0.5],
    ]);
    expect(inputs[0].share).toBeCloseTo(3 / 5.5);
  });

  test("outputs come by how much of their target's input they are", () => {
    expect(strongestOutputs(tiny, 7).map((n) => n.row)).toEqual([8, 9]);
    expect(strongestOutputs(tiny, 8)).toEqual([]);
  });

  test("an unpruned node's inputs are all covered", () => {
    expect(inputCoverage(tiny, 3)).toBeCloseTo(1);
    expect(inputCoverage(tiny, 0)).toBe(0);
  });
});

describe("total effect", () => {
  test("adds up along all paths, as worked out by hand", () => {
    const expected = [0.375, 0.9375, -0.0625, 1.5, -0.75, 0.75, 0.5, 2, 0, 0];
    totalEffect(tiny, 8).forEach((effect, row) => {
      expect(effect).toBeCloseTo(expected[row]);
    });
  });

  test("of everything that nothing feeds adds up to the target's value", () => {
    const effect = totalEffect(tiny, 8);
    const leaves = [0, 1, 2, 5, 6].reduce((sum, row) => sum + effect[row], 0);
    expect(leaves).toBeCloseTo(2.5);
    expect(tiny.nodes.value[8]).toBeCloseTo(2.5);
  });

  test("on a feature ignores what lies after it", () => {
    const effect = totalEffect(tiny, 7);
    expect(effect[8]).toBe(0);
    expect(effect[3]).toBe(3);
  });
});

describe("paths", () => {
  test("the strongest one multiplies to the most", () => {
    const path = strongestPath(tiny, 1, 8);
    expect(path?.rows).toEqual([1, 3, 7, 8]);
    expect(path?.strength).toBeCloseTo(0.75 * (3 / 5.5) * (2 / 2.75));
    expect(path?.sign).toBe(1);
  });

  test("either end may come first", () => {
    expect(strongestPath(tiny, 8, 1)?.rows).toEqual([1, 3, 7, 8]);
  });

  test("carries the sign of its edges", () => {
    expect(strongestPath(tiny, 2, 7)?.sign).toBe(-1);
  });

  test("goes around hidden nodes, or does not exist", () => {
    const mask = new Uint8Array(10).fill(1);
    mask[3] = 0;
    expect(strongestPath(tiny, 1, 7, mask)?.rows).toEqual([1, 4, 7]);
    expect(strongestPath(tiny, 0, 7, mask)).toBeNull();
    expect(strongestPath(tiny, 8, 9)).toBeNull();
  });

  test("runs along edges that exist", () => {
    const path = strongestPath(large, 3, large.targets[0]);
    path?.edges.forEach((edge, i) => {
      expect(large.edges.source[edge]).toBe(path.rows[i]);
      expect(large.edges.target[edge]).toBe(path.rows[i + 1]);
    });
  });
});

describe("filters", () => {
  const filters: GraphFilter[] = [
    {},
    { hiddenKinds: ["error", "bias"] },
    { layers: [2, 5] },
    { positions: [3, 19], minInfluence: 0.001 },
    { maxCumulative: 0.6 },
    { sign: "negative" },
    { hiddenRows: new Set([1, 2, 3]), keepRows: new Set([2]) },
    { hiddenKinds: [...KINDS] },
  ];

  test.each(filters)("shown and hidden add up to everything: %j", (filter) => {
    const { mask, shown, hidden, total } = applyFilter(
      large,
      filter,
      totalEffect(large, large.targets[0]),
    );
    expect(total).toBe(large.view.nodes_total);
    expect(shown + HIDDEN_REASONS.reduce((sum, reason) => sum + hidden[reason], 0)).toBe(total);
    expect(mask.reduce((sum, bit) => sum + bit, 0)).toBe(shown);
  });

  test("what must stay is never hidden", () => {
    const { mask } = applyFilter(large, { hiddenKinds: [...KINDS], keepRows: new Set([7]) });
    expect(mask[7]).toBe(1);
  });

  test("tokens and outputs survive the influence threshold", () => {
    const { mask } = applyFilter(large, { maxCumulative: 0 });
    expect(large.targets.every((row) => mask[row])).toBe(true);
    expect(mask[0]).toBe(1);
  });
});

test("names say what and where", () => {
  expect(shortName(tiny, 1)).toBe("␣Mary");
  expect(longName(tiny, 7)).toBe("Feature 1 · 17");
  expect(longName(tiny, 8)).toBe("Output ␣John");
  expect(describeNode(tiny, 8)).toContain("at 2 ⏎");
  expect(describeNode(tiny, 8)).toContain("60 %");
});

describe("the heading of what is explained", () => {
  const withTargets = (targets: number[], kind: string) => ({
    ...tiny,
    targets,
    summary: { ...tiny.summary, method: { targets: { kind } } },
  });

  test("names the position of a next token", () => {
    expect(targetsHeading(tiny)).toBe("Next token after ⏎");
    expect(probabilityText(tiny, tiny.targets[0])).toBe("60 %");
  });

  test("a difference has no probability and keeps both tokens apart", () => {
    const label = tiny.nodes.label.slice();
    label[8] = " Mary −  John";
    const data = { ...withTargets([8], "logit_difference"), nodes: { ...tiny.nodes, label } };
    expect(targetsHeading(data)).toContain("Difference of logits after");
    expect(probabilityText(data, 8)).toBe("");
    expect(boxName(data, 8)).toBe("␣Mary − ␣John");
    expect(describeNode(data, 8)).not.toContain("probability");
  });

  test("a feature is named with its layer", () => {
    const data = withTargets([7], "feature");
    expect(targetsHeading(data)).toContain("Feature explained, at");
    expect(boxName(data, 7)).toBe("L1 · 17");
    expect(targetsHeading(withTargets([], "feature"))).toBe("");
  });
});
