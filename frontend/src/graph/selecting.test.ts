import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeCircuit } from "./decodeCircuit";
import { chooseEdges } from "./edgeBudget";
import { applyFilter, HIDDEN_REASONS } from "./filter";
import { EDGE_RULES, selectEdges } from "./selecting";
import type { GraphData } from "./types";

/** What `make_selections.py` had the server select: edges in the order of its view. */
const SELECTED: Record<string, Record<string, Record<string, number[]>>> = JSON.parse(
  readFileSync(new URL("./fixtures/selections.json", import.meta.url), "utf8"),
);

function circuit(name: string): GraphData {
  const file = readFileSync(new URL(`./fixtures/selections-${name}.hwcircuit`, import.meta.url));
  return decodeCircuit(
    file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer,
  );
}

const all = (count: number) => [...Array(count).keys()];

describe.each(["sum", "positions", "features"])("of the circuit %s", (name) => {
  const data = circuit(name);

  test.each(EDGE_RULES)("%s edges are those that the server selects", (rule) => {
    for (const [size, edges] of Object.entries(SELECTED[name][rule])) {
      expect(selectEdges(data, all(data.edges.count), Number(size), rule), size).toEqual(edges);
    }
  });

  test("nodes without a way to the output are hidden and counted", () => {
    const filter = { connected: { rule: "greedy", edges: 30 } } as const;
    const { mask, shown, hidden, total, edges } = applyFilter(data, filter);

    expect([...(edges?.edges ?? [])]).toEqual(SELECTED[name].greedy[30]);
    expect(edges?.asked).toBe(30);
    const ends = [...(edges?.edges ?? [])].flatMap((edge) => [
      data.edges.source[edge],
      data.edges.target[edge],
    ]);
    const kept = new Set([...data.targets, ...ends]);
    expect(all(data.nodes.count).filter((row) => mask[row])).toEqual(
      [...kept].sort((a, b) => a - b),
    );
    expect(shown).toBe(kept.size);
    expect(shown + HIDDEN_REASONS.reduce((sum, why) => sum + hidden[why], 0)).toBe(total);
    expect(total).toBe(data.view.nodes_total);
  });

  test("a selected node stays although nothing leads there", () => {
    const filter = { connected: { rule: "connected", edges: 0 } } as const;
    const row = all(data.nodes.count).find((at) => !data.targets.includes(at)) ?? 0;

    expect(applyFilter(data, filter).mask[row]).toBe(0);
    expect(applyFilter(data, { ...filter, keepRows: new Set([row]) }).mask[row]).toBe(1);
  });

  test("the share is of all edges, the number of what was asked for", () => {
    const everything = new Uint8Array(data.nodes.count).fill(1);
    const choice = chooseEdges(data, everything, 30, "connected");

    expect(choice).toMatchObject({ asked: 30, drawn: SELECTED[name].connected[30].length });
    expect(choice.share).toBeLessThanOrEqual(chooseEdges(data, everything, 30).share);
  });
});

test("no edges, or none that may be taken, select nothing", () => {
  const data = circuit("sum");

  for (const rule of EDGE_RULES) {
    expect(selectEdges(data, [], 10, rule)).toEqual([]);
    expect(selectEdges(data, all(data.edges.count), 0, rule)).toEqual([]);
  }
});
