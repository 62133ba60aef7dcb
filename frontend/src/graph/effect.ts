import type { GraphData } from "./types";
import { Kind } from "./types";

/**
 * Effect of every node on one target along all shown paths, in units of the target's value;
 * positive raises it. `T[s] = w(s→t) + Σ_f w(s→f) / activation(f) · T[f]`: scaling s by (1 + ε)
 * moves the target by ε·T[s] while attention, norms and active sets stay as they are, so −T[s]
 * predicts what ablating s does. Exact on the unpruned graph; pruned edges are missing here.
 * Paths through errors and constants end there, since nothing feeds them. Cost O(edges).
 */
export function totalEffect(data: GraphData, target: number): Float32Array {
  const { kind, activation } = data.nodes;
  const effect = new Float32Array(data.nodes.count);
  for (const row of downFrom(data, target)) {
    const through =
      row === target
        ? 1
        : kind[row] === Kind.feature && activation[row] !== 0
          ? effect[row] / activation[row]
          : 0;
    if (through === 0) continue;
    const { start, edge } = data.inputs;
    for (let at = start[row]; at < start[row + 1]; at++) {
      const e = edge[at];
      effect[data.edges.source[e]] += data.edges.weight[e] * through;
    }
  }
  return effect;
}

/** Everything the target depends on, each row after all rows that it feeds (reverse causal order). */
function downFrom(data: GraphData, target: number): number[] {
  const { start, edge } = data.inputs;
  const state = new Uint8Array(data.nodes.count);
  const order: number[] = [];
  const stack = [target];
  while (stack.length > 0) {
    const row = stack[stack.length - 1];
    if (state[row] === 0) {
      state[row] = 1;
      for (let at = start[row]; at < start[row + 1]; at++) {
        const source = data.edges.source[edge[at]];
        if (state[source] === 0) stack.push(source);
      }
    } else {
      stack.pop();
      if (state[row] === 1) {
        state[row] = 2;
        order.push(row);
      }
    }
  }
  return order.reverse();
}
