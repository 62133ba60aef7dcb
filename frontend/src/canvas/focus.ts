import type { GraphData } from "../graph/types";

export type EdgeMode = "both" | "inputs" | "outputs" | "none";

/** What is lit: everything else is dimmed. */
export interface Focus {
  readonly hovered: number | null;
  readonly selected: number | null;
  readonly pins: ReadonlySet<number>;
  readonly path: readonly number[] | null;
  /** Rows that an intervention changed, strongest first. */
  readonly marked: readonly number[] | null;
  readonly edgeMode: EdgeMode;
}

export const NO_FOCUS: Focus = {
  hovered: null,
  selected: null,
  pins: new Set(),
  path: null,
  marked: null,
  edgeMode: "both",
};

/** The node whose edges are drawn. */
export const focusRow = (focus: Focus): number | null => focus.hovered ?? focus.selected;

export interface FocusEdges {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** All edges of a node with both ends shown, weakest first so that strong ones lie on top. */
export function edgesOf(
  data: GraphData,
  mask: Uint8Array,
  row: number,
  mode: EdgeMode,
): FocusEdges {
  const { inputs, outputs, edges } = data;
  const pick = (adjacency: typeof inputs, end: Uint32Array) =>
    [...adjacency.edge.subarray(adjacency.start[row], adjacency.start[row + 1])]
      .filter((edge) => mask[end[edge]])
      .sort((a, b) => Math.abs(edges.share[a]) - Math.abs(edges.share[b]));
  return {
    inputs: mode === "both" || mode === "inputs" ? pick(inputs, edges.source) : [],
    outputs: mode === "both" || mode === "outputs" ? pick(outputs, edges.target) : [],
  };
}

/** Edges between consecutive rows of a path. */
export function edgesAlong(data: GraphData, path: readonly number[]): number[] {
  const along: number[] = [];
  for (let i = 0; i + 1 < path.length; i++) {
    const { start, edge } = data.outputs;
    for (let at = start[path[i]]; at < start[path[i] + 1]; at++) {
      if (data.edges.target[edge[at]] === path[i + 1]) along.push(edge[at]);
    }
  }
  return along;
}
