import type { GraphData } from "./types";
import { Kind } from "./types";

/**
 * The names of nodes in addresses and for people, the same on the server: `e9` embedding,
 * `p9` position, `f3.17.9` feature 17 of layer 3 at position 9, `r3.9` error, `b3.9` bias,
 * `s3.9` start, `l1234.9` logit; nodes of a circuit have the server's own names (`a0.h3`,
 * `resid3/120@subject`). Unlike rows they survive pruning.
 */
export function nodeId(data: GraphData, row: number): string {
  if (data.circuit) return data.circuit.name[row];
  const { kind, layer, position, index } = data.nodes;
  const at = position[row];
  switch (kind[row]) {
    case Kind.embedding:
      return `e${at}`;
    case Kind.position:
      return `p${at}`;
    case Kind.feature:
      return `f${layer[row]}.${index[row]}.${at}`;
    case Kind.error:
      return `r${layer[row]}.${at}`;
    case Kind.bias:
      return `b${layer[row]}.${at}`;
    case Kind.start:
      return `s${layer[row]}.${at}`;
    default:
      return `l${index[row]}.${at}`;
  }
}

const indexes = new WeakMap<GraphData, Map<string, number>>();

/** The row of a node id; null when the id is malformed or its node is not in this view. */
export function rowOf(data: GraphData, id: string): number | null {
  let index = indexes.get(data);
  if (!index) {
    index = new Map();
    for (let row = 0; row < data.nodes.count; row++) index.set(nodeId(data, row), row);
    indexes.set(data, index);
  }
  return index.get(id) ?? null;
}

/** Rows of the ids that are in this view, and the ids that are not. */
export function rowsOf(
  data: GraphData,
  ids: Iterable<string>,
): { rows: number[]; missing: string[] } {
  const rows: number[] = [];
  const missing: string[] = [];
  for (const id of ids) {
    const row = rowOf(data, id);
    if (row === null) missing.push(id);
    else rows.push(row);
  }
  return { rows, missing };
}
