import { type ChosenEdges, chooseEdges } from "./edgeBudget";
import type { GraphData, GraphFilter, HiddenReason, Visibility } from "./types";
import { KINDS, Kind } from "./types";

export const HIDDEN_REASONS = [
  "pruned",
  "hand",
  "kind",
  "layer",
  "position",
  "influence",
  "sign",
  "unconnected",
] as const satisfies readonly HiddenReason[];

/**
 * Which rows a filter shows and, for each one that it hides, why. Nothing is hidden without
 * being counted: shown + hidden (server pruning included) = nodes in the whole graph.
 */
export function applyFilter(
  data: GraphData,
  filter: GraphFilter,
  effect?: Float32Array,
): Visibility {
  const { count } = data.nodes;
  const mask = new Uint8Array(count);
  const hidden: Record<HiddenReason, number> = {
    pruned: Math.max(0, data.view.nodes_total - count),
    hand: 0,
    kind: 0,
    layer: 0,
    position: 0,
    influence: 0,
    sign: 0,
    unconnected: 0,
  };
  const weakest = filter.strongest === undefined ? null : rankBelow(data, filter.strongest);
  let shown = 0;
  for (let row = 0; row < count; row++) {
    const reason = whyHidden(data, filter, effect, weakest, row);
    if (reason) hidden[reason]++;
    else {
      mask[row] = 1;
      shown++;
    }
  }
  const edges = filter.connected && connectedOnly(data, filter, mask);
  if (edges) {
    const left = mask.reduce((sum, bit) => sum + bit, 0);
    hidden.unconnected = shown - left;
    shown = left;
  }
  const total = shown + HIDDEN_REASONS.reduce((n, reason) => n + hidden[reason], 0);
  return { mask, shown, hidden, total, ...(edges ? { edges } : {}) };
}

/** The edges that the rule selects between the rows of `mask`, which keeps their ends alone. */
function connectedOnly(data: GraphData, filter: GraphFilter, mask: Uint8Array): ChosenEdges {
  const chosen = chooseEdges(data, mask, filter.connected?.edges ?? null, filter.connected?.rule);
  const kept = new Set([...data.targets, ...(filter.keepRows ?? [])]);
  for (const edge of chosen.edges) {
    kept.add(data.edges.source[edge]);
    kept.add(data.edges.target[edge]);
  }
  for (let row = 0; row < mask.length; row++) if (!kept.has(row)) mask[row] = 0;
  return chosen;
}

function whyHidden(
  data: GraphData,
  filter: GraphFilter,
  effect: Float32Array | undefined,
  isWeak: Uint8Array | null,
  row: number,
): HiddenReason | null {
  const { kind, layer, position, influence, cumulative } = data.nodes;
  if (filter.keepRows?.has(row)) return null;
  if (filter.hiddenRows?.has(row)) return "hand";
  if (filter.hiddenKinds?.includes(KINDS[kind[row]])) return "kind";
  if (outside(filter.layers, layer[row])) return "layer";
  if (outside(filter.positions, position[row])) return "position";
  if (isWeak?.[row]) return "influence";
  if (filter.minInfluence !== undefined && influence[row] < filter.minInfluence) return "influence";
  if (filter.maxCumulative !== undefined && cumulative[row] > filter.maxCumulative) {
    // Targets and tokens stay, as pruning on the server keeps them.
    if (kind[row] !== KINDS.indexOf("logit") && kind[row] !== KINDS.indexOf("embedding")) {
      return "influence";
    }
  }
  if (filter.sign && effect && !data.targets.includes(row)) {
    if (filter.sign === "positive" ? effect[row] < 0 : effect[row] > 0) return "sign";
  }
  return null;
}

const ranks = new WeakMap<GraphData, Uint32Array>();

/** Rows from the most to the least influential, without tokens and targets, which always stay. */
export function strongestFirst(data: GraphData): Uint32Array {
  let order = ranks.get(data);
  if (!order) {
    const { kind, influence } = data.nodes;
    const stays = new Set<number>(data.targets);
    order = Uint32Array.from(kind.keys())
      .filter((row) => kind[row] !== Kind.embedding && !stays.has(row))
      .sort((a, b) => influence[b] - influence[a] || a - b);
    ranks.set(data, order);
  }
  return order;
}

function rankBelow(data: GraphData, strongest: number): Uint8Array {
  const weak = new Uint8Array(data.nodes.count);
  for (const row of strongestFirst(data).subarray(strongest)) weak[row] = 1;
  return weak;
}

const outside = (range: readonly [number, number] | undefined, value: number): boolean =>
  range !== undefined && (value < range[0] || value > range[1]);
