import { MinHeap } from "../base/heap";
import type { GraphData } from "./types";

export interface GraphPath {
  /** From source to target, both included. */
  readonly rows: readonly number[];
  readonly edges: readonly number[];
  /** Product of |share| along the path, 0..1: how much of the target's input takes this way. */
  readonly strength: number;
  /** +1 when the source raises the target along this path, −1 when it lowers it. */
  readonly sign: 1 | -1;
}

/**
 * The path whose |share|s multiply to the most, from the earlier of two nodes to the later;
 * null when neither reaches the other. Dijkstra on −log|share|, which is never negative because
 * an edge is at most all of its target's input. `mask` leaves out hidden rows.
 */
export function strongestPath(
  data: GraphData,
  a: number,
  b: number,
  mask?: Uint8Array,
): GraphPath | null {
  return search(data, a, b, mask) ?? search(data, b, a, mask);
}

function search(
  data: GraphData,
  from: number,
  to: number,
  mask: Uint8Array | undefined,
): GraphPath | null {
  const cost = new Float64Array(data.nodes.count).fill(Infinity);
  const via = new Int32Array(data.nodes.count).fill(-1);
  const heap = new MinHeap();
  cost[from] = 0;
  heap.push(from, 0);
  for (let top = heap.pop(); top; top = heap.pop()) {
    if (top.item === to) return trace(data, via, from, to);
    if (top.key > cost[top.item]) continue;
    const { start, edge } = data.outputs;
    for (let at = start[top.item]; at < start[top.item + 1]; at++) {
      const target = data.edges.target[edge[at]];
      const share = Math.min(1, Math.abs(data.edges.share[edge[at]]));
      if (!(share > 0) || (mask && !mask[target])) continue;
      const next = top.key - Math.log(share);
      if (next < cost[target]) {
        cost[target] = next;
        via[target] = edge[at];
        heap.push(target, next);
      }
    }
  }
  return null;
}

function trace(data: GraphData, via: Int32Array, from: number, to: number): GraphPath {
  const rows = [to];
  const edges: number[] = [];
  let strength = 1;
  for (let row = to; row !== from; row = data.edges.source[via[row]]) {
    edges.push(via[row]);
    rows.push(data.edges.source[via[row]]);
    strength *= data.edges.share[via[row]];
  }
  return {
    rows: rows.reverse(),
    edges: edges.reverse(),
    strength: Math.abs(strength),
    sign: strength < 0 ? -1 : 1,
  };
}
