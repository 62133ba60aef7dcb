import { type EdgeRule, selectEdges } from "./selecting";
import type { GraphData } from "./types";

/** How many edges a drawing shows, and how much of all score they carry. */
export interface EdgeChoice {
  readonly drawn: number;
  /** Edges that a rule was given; what it leaves of them is drawn. */
  readonly asked: number;
  /** Edges with both ends shown. */
  readonly available: number;
  /** Of the score of all edges, shown or not, 0..1. */
  readonly share: number;
  /** False when the reader asked for this number. */
  readonly isAutomatic: boolean;
}

/** Scores fall off steeply: this much is usually carried by a tenth of the edges. */
export const WANTED_SHARE = 0.65;
const LEAST = 40;
const MOST = 600;
/** Beyond this many lines for each node nobody can follow one. */
const MOST_PER_NODE = 3;

export type ChosenEdges = EdgeChoice & { readonly edges: Uint32Array };

/**
 * The first so many available edges (they come strongest first). Without a number from the
 * reader: the smallest prefix with the wanted share of score, within what the eye can part. Of so
 * many, a rule leaves those that lead somewhere (`selecting.ts`).
 */
export function chooseEdges(
  data: GraphData,
  mask: Uint8Array,
  asked: number | null,
  rule: EdgeRule = "strongest",
): ChosenEdges {
  const { source, target, score, count } = data.edges;
  const available: number[] = [];
  let total = 0;
  let shown = 0;
  for (let edge = 0; edge < count; edge++) {
    total += score[edge];
    if (!mask[source[edge]] || !mask[target[edge]]) continue;
    available.push(edge);
    shown += score[edge];
  }
  const budget = asked ?? automaticBudget(score, available, WANTED_SHARE * shown, nodesIn(mask));
  const edges = Uint32Array.from(selectEdges(data, available, budget, rule));
  const carried = edges.reduce((sum, edge) => sum + score[edge], 0);
  return {
    edges,
    drawn: edges.length,
    asked: Math.min(budget, available.length),
    available: available.length,
    share: total > 0 ? carried / total : 1,
    isAutomatic: asked === null,
  };
}

function automaticBudget(
  score: Float32Array,
  available: readonly number[],
  wanted: number,
  nodes: number,
): number {
  let carried = 0;
  let needed = 0;
  while (needed < available.length && carried < wanted) carried += score[available[needed++]];
  const most = Math.min(MOST, MOST_PER_NODE * nodes);
  return Math.max(LEAST, Math.min(needed, most));
}

const nodesIn = (mask: Uint8Array): number => mask.reduce((sum, bit) => sum + bit, 0);
