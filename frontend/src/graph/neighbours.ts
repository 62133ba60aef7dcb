import type { GraphData } from "./types";

export interface Neighbour {
  readonly row: number;
  readonly edge: number;
  /** Direct effect source → target, in units of the target's value. */
  readonly weight: number;
  /** Signed share of all input that the edge's target receives. */
  readonly share: number;
  readonly score: number;
}

export type NeighbourOrder = "weight" | "share" | "score";

/** Who drives this node: its inputs, strongest first. */
export function strongestInputs(
  data: GraphData,
  row: number,
  limit = Infinity,
  order: NeighbourOrder = "weight",
): Neighbour[] {
  const { start, edge } = data.inputs;
  return strongest(
    data,
    edge.subarray(start[row], start[row + 1]),
    data.edges.source,
    limit,
    order,
  );
}

/** What this node drives: its outputs, strongest first. */
export function strongestOutputs(
  data: GraphData,
  row: number,
  limit = Infinity,
  order: NeighbourOrder = "share",
): Neighbour[] {
  const { start, edge } = data.outputs;
  return strongest(
    data,
    edge.subarray(start[row], start[row + 1]),
    data.edges.target,
    limit,
    order,
  );
}

/**
 * How much of a node's input the view shows, 0..1: Σ|share| of its drawn inputs. The rest was
 * pruned. 0 when the node was never a target of attribution.
 */
export function inputCoverage(data: GraphData, row: number): number {
  const { start, edge } = data.inputs;
  let sum = 0;
  for (let at = start[row]; at < start[row + 1]; at++) sum += Math.abs(data.edges.share[edge[at]]);
  return Math.min(1, sum);
}

function strongest(
  data: GraphData,
  edges: Uint32Array,
  end: Uint32Array,
  limit: number,
  order: NeighbourOrder,
): Neighbour[] {
  const by = data.edges[order];
  return [...edges]
    .sort((a, b) => Math.abs(by[b]) - Math.abs(by[a]) || a - b)
    .slice(0, limit)
    .map((edge) => ({
      row: end[edge],
      edge,
      weight: data.edges.weight[edge],
      share: data.edges.share[edge],
      score: data.edges.score[edge],
    }));
}
