import { describe, expect, test } from "vitest";
import { GraphFormatError } from "./decode";
import { decodeCircuit } from "./decodeCircuit";
import { applyFilter, HIDDEN_REASONS, strongestFirst } from "./filter";
import { featureCircuit, tinyCircuit, tinyCircuitBytes } from "./fixtures/circuits";
import { tinyBytes } from "./fixtures/tiny";
import { endX, layoutGraph } from "./layout";
import {
  boxName,
  describeNode,
  longName,
  metricName,
  placeName,
  shortName,
  sublayerName,
  targetsHeading,
} from "./names";
import { strongestInputs } from "./neighbours";
import { nodeId, rowOf } from "./nodeId";
import type { GraphData } from "./types";
import { Kind, SLOTS } from "./types";

const rowsIn = (data: GraphData) => [...Array(data.nodes.count).keys()];

describe("a circuit written by the server", () => {
  const data = tinyCircuit();
  const row = (name: string) => rowOf(data, name) ?? -1;

  test("has its nodes under the server's names, without those of no effect", () => {
    expect(rowsIn(data).map((at) => nodeId(data, at))).toEqual([
      "logits@1",
      "input@0",
      "a0.h1@0",
      "a1.h0@1",
      "input@1",
      "m0@1",
      "a0.h0@0",
      "m1@1",
    ]);
    expect(data.circuit?.effect[row("a1.h0@1")]).toBe(-1.5);
    expect(data.circuit?.spread[row("a1.h0@1")]).toBe(2);
    expect(data.nodes.influence[row("input@0")]).toBeCloseTo(0.4);
  });

  test("stands on sublayers across spans, its metric above them", () => {
    expect(data.lines).toEqual(["Emb", "L0 attn", "L0 MLP", "L1 attn", "L1 MLP"]);
    expect(data.tokens).toEqual(["subject", "verb"]);
    expect(data.line[row("m0@1")]).toBe(2);
    expect(data.targets).toEqual([row("logits@1")]);
    expect(data.layerCount).toBe(4);
  });

  test("has its edges strongest first, with the input that they feed", () => {
    expect([...data.edges.weight]).toEqual([2.5, -1.5, 1.25, -1, 0.75, -0.5, 0.25, 0.125]);
    const into = strongestInputs(data, row("a1.h0@1"));
    expect(into.map(({ edge }) => SLOTS[data.edges.slot?.[edge] ?? 0])).toEqual([
      "v",
      "q",
      "k",
      "k",
    ]);
    expect(into[0]?.share).toBeCloseTo(1.25 / 2.875);
  });

  test("counts what was not sent", () => {
    expect(data.view).toMatchObject({ nodes_total: 9, nodes_shown: 8, edges_total: 9 });
    expect(data.circuit?.view.hidden).toEqual({ head: 1 });
    const { shown, hidden, total } = applyFilter(data, {});
    expect([shown, hidden.pruned, total]).toEqual([8, 1, 9]);
  });

  test("is named in words", () => {
    expect(longName(data, row("a0.h1@0"))).toBe("Head 0.1");
    expect(longName(data, row("m1@1"))).toBe("MLP of layer 1");
    expect(longName(data, row("input@0"))).toBe("Input embeddings");
    expect(shortName(data, row("a0.h1@0"))).toBe("h1");
    expect(boxName(data, row("m0@1"))).toBe("MLP");
    expect(sublayerName(data, row("a1.h0@1"))).toBe("L1 attention");
    expect(placeName(data, row("m0@1"))).toBe("verb");
    expect(describeNode(data, row("a1.h0@1"))).toBe("at verb · effect −1.50 · 15 % of all effects");
    expect(targetsHeading(data)).toBe("Logit difference: 3.00 clean, −2.00 patched");
  });

  test("refuses bytes that are cut, or that hold a graph of one prompt", () => {
    const whole = tinyCircuitBytes();
    for (const length of [0, 40, 900, whole.byteLength - 900]) {
      expect(() => decodeCircuit(whole.slice(0, length))).toThrow(GraphFormatError);
    }
    expect(() => decodeCircuit(tinyBytes())).toThrow("circuit's header lacks");
  });
});

test("metrics have names for people", () => {
  expect(metricName({ metric: "kl" })).toBe("KL divergence");
  expect(metricName({ metric: "probability_difference" })).toBe("Probability difference");
  expect(metricName({ metric: { kind: "feature", layer: 1 } })).toBe("Activation of a feature");
});

describe("the strongest nodes", () => {
  const data = featureCircuit({ layers: 4, nodes: 200, bins: ["all"] });

  test("are a prefix by |effect|; the metric is not counted and always stays", () => {
    const order = strongestFirst(data);
    expect(order).toHaveLength(199);
    const { mask, shown, hidden } = applyFilter(data, { strongest: 20 });
    expect(shown).toBe(21);
    expect(mask[data.targets[0]]).toBe(1);
    expect(hidden.influence).toBe(179);
    const weakest = Math.abs(data.circuit?.effect[order[19]] ?? 0);
    for (const row of rowsIn(data)) {
      if (mask[row] || data.targets.includes(row)) continue;
      expect(Math.abs(data.circuit?.effect[row] ?? 0)).toBeLessThanOrEqual(weakest);
    }
  });

  test("can be asked for by sign and kind; every node is counted once", () => {
    const filter = { strongest: 50, sign: "negative", hiddenKinds: ["error"] } as const;
    const { mask, shown, hidden, total } = applyFilter(data, filter, data.circuit?.effect);
    for (const row of rowsIn(data)) {
      if (!mask[row] || data.targets.includes(row)) continue;
      expect(data.circuit?.effect[row]).toBeLessThan(0);
      expect(data.nodes.kind[row]).toBe(Kind.feature);
    }
    expect(shown + HIDDEN_REASONS.reduce((sum, why) => sum + hidden[why], 0)).toBe(total);
    expect(total).toBe(250);
  });

  test("zero of them leaves the metric and what is pinned", () => {
    expect(applyFilter(data, { strongest: 0 }).shown).toBe(1);
    expect(applyFilter(data, { strongest: 0, keepRows: new Set([5]) }).shown).toBe(2);
  });
});

describe.each([
  ["summed", ["all"]],
  ["over spans", ["start", "subject", "verb", "rest"]],
  ["over positions", Array.from({ length: 24 }, (_, at) => String(at))],
] as const)("features %s", (_, bins) => {
  const data = featureCircuit({ layers: 6, nodes: 600, bins });
  const layout = layoutGraph(data, 1.5, 1000);

  test("stand in their bin's column and their sublayer's row", () => {
    const misplaced = rowsIn(data).filter((row) => {
      if (data.targets.includes(row)) return false;
      const [x, y] = [layout.x[row], layout.y[row]];
      const [column, line] = [data.nodes.position[row], data.line[row]];
      return (
        x <= layout.columns[column] ||
        x >= layout.columns[column + 1] ||
        y >= layout.rows[line] ||
        y <= layout.rows[line + 1]
      );
    });
    expect(misplaced).toEqual([]);
    expect(layout.rowLabels.slice(0, 3)).toEqual(["L0 attn", "L0 MLP", "L0 resid"]);
    expect(layout.rowLabels.at(-1)).toBe("Out");
  });

  test("do not touch one another", () => {
    const rows = rowsIn(data).filter((row) => !data.targets.includes(row));
    const touching = rows.filter((a) =>
      rows.some((b) => {
        const apart = Math.hypot(layout.x[a] - layout.x[b], layout.y[a] - layout.y[b]);
        return b > a && apart <= layout.radius[a] + layout.radius[b];
      }),
    );
    expect(touching).toEqual([]);
  });

  test("use the width of the window", () => {
    expect(layout.width / layout.height).toBeGreaterThan(1);
  });
});

describe("heads and MLPs", () => {
  const data = tinyCircuit();
  const layout = layoutGraph(data, 1.5, 1000);
  const row = (name: string) => rowOf(data, name) ?? -1;

  test("are boxes in the order of their numbers", () => {
    const [first, second] = [row("a0.h0@0"), row("a0.h1@0")];
    expect(layout.x[first]).toBeLessThan(layout.x[second]);
    expect(layout.halfBox[first]).toBeGreaterThan(0);
    expect(layout.x[second] - layout.x[first]).toBeGreaterThan(2 * layout.halfBox[first]);
  });

  test("take queries on their left, keys in the middle, values on their right", () => {
    const head = row("a1.h0@1");
    const ends = [1, 2, 3].map((slot) => endX(layout, head, 0, slot));
    expect(ends[0]).toBeLessThan(ends[1]);
    expect(ends[1]).toBe(layout.x[head]);
    expect(ends[2]).toBeGreaterThan(ends[1]);
    expect(Math.abs(ends[2] - layout.x[head])).toBeLessThan(layout.halfBox[head]);
  });
});
