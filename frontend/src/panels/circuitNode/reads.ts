import type { GraphData } from "../../graph/types";

export interface SlotSum {
  /** 1 query, 2 key, 3 value. */
  readonly slot: number;
  readonly edges: number;
  readonly sum: number;
  /** Σ|weight|. */
  readonly size: number;
}

/** Loaded edges into each input of a head, added up. */
export function readsOf(data: GraphData, row: number): SlotSum[] {
  const { weight, slot } = data.edges;
  const { start, edge } = data.inputs;
  const from = start[row] ?? 0;
  const edges = [...edge.subarray(from, start[row + 1] ?? from)];
  return [1, 2, 3].map((wanted) => {
    const own = edges.filter((at) => slot?.[at] === wanted);
    return {
      slot: wanted,
      edges: own.length,
      sum: own.reduce((sum, at) => sum + (weight[at] ?? 0), 0),
      size: own.reduce((sum, at) => sum + Math.abs(weight[at] ?? 0), 0),
    };
  });
}
