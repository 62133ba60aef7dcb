/**
 * Which edges make a circuit of a given size; `headwater/graph/selecting.py` in the browser, on
 * what is loaded. An edge leads from a vertex to a vertex. A vertex is a node or, where edges
 * inside heads carry values between positions, one input of a head.
 */
import type { GraphData } from "./types";
import { Kind, SLOTS } from "./types";

/** `connected` and `greedy` edges lie on a way to the metric, from the input of heads and MLPs. */
export const EDGE_RULES = ["strongest", "connected", "greedy"] as const;
export type EdgeRule = (typeof EDGE_RULES)[number];

interface Wiring {
  readonly vertices: number;
  /** Of every edge. */
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Vertices where a way begins, and where it ends. */
  readonly roots: readonly number[];
  readonly goals: readonly number[];
}

/** Of `available` edges, strongest first, those that `count` of them leave; in the same order. */
export function selectEdges(
  data: GraphData,
  available: readonly number[],
  count: number,
  rule: EdgeRule,
): number[] {
  if (rule === "strongest") return available.slice(0, count);
  const wiring = wiringOf(data);
  const taken = rule === "greedy" ? greedy(available, count, wiring) : available.slice(0, count);
  return withoutDeadEnds(taken, wiring);
}

const wirings = new WeakMap<GraphData, Wiring>();

function wiringOf(data: GraphData): Wiring {
  let wiring = wirings.get(data);
  if (!wiring) {
    wiring = makeWiring(data);
    wirings.set(data, wiring);
  }
  return wiring;
}

function makeWiring({ nodes, edges, circuit, targets }: GraphData): Wiring {
  const width = SLOTS.length;
  const source = Int32Array.from(edges.source, (row) => row * width);
  const target = Int32Array.from(edges.target, (row) => row * width);
  const inside = Array.from(source, (_, edge) => isInsideHead(nodes, edges, edge));
  if (inside.includes(true)) {
    for (let edge = 0; edge < edges.count; edge++) {
      const slot = edges.slot?.[edge] ?? 0;
      if (inside[edge]) {
        // A query is read where the head writes, keys and values where it looks.
        const at = slot === SLOTS.indexOf("q") ? edges.target[edge] : edges.source[edge];
        source[edge] = at * width + slot;
      } else if (nodes.kind[edges.target[edge]] === Kind.head) target[edge] += slot;
    }
  }
  const vertices = nodes.count * width;
  // A feature's effect was measured, whatever feeds it.
  const roots =
    circuit?.summary.level === "components"
      ? [...nodes.kind.keys()].filter((row) => nodes.kind[row] === Kind.embedding)
      : null;
  return {
    vertices,
    source,
    target,
    roots: roots?.map((row) => row * width) ?? [...Array(vertices).keys()],
    goals: targets.map((row) => row * width),
  };
}

/** From a head to itself, at another position or the same. */
function isInsideHead(
  { kind, layer, index }: GraphData["nodes"],
  { source, target }: GraphData["edges"],
  edge: number,
): boolean {
  const [a, b] = [source[edge], target[edge]];
  const areHeads = kind[a] === Kind.head && kind[b] === Kind.head;
  return areHeads && layer[a] === layer[b] && index[a] === index[b];
}

/** `count` times the strongest edge into a vertex that is reached already, from the goals down. */
function greedy(available: readonly number[], count: number, wiring: Wiring): number[] {
  const into = new Map<number, number[]>();
  for (const [rank, edge] of available.entries()) {
    const ranks = into.get(wiring.target[edge]);
    if (ranks) ranks.push(rank);
    else into.set(wiring.target[edge], [rank]);
  }
  const reached = new Set(wiring.goals);
  const waiting = new Heap();
  for (const goal of reached) for (const rank of into.get(goal) ?? []) waiting.push(rank);
  const taken: number[] = [];
  while (taken.length < count) {
    const rank = waiting.pop();
    if (rank === undefined) break;
    taken.push(rank);
    const vertex = wiring.source[available[rank]];
    if (reached.has(vertex)) continue;
    reached.add(vertex);
    for (const next of into.get(vertex) ?? []) waiting.push(next);
  }
  return taken.sort((a, b) => a - b).map((rank) => available[rank]);
}

function withoutDeadEnds(edges: readonly number[], wiring: Wiring): number[] {
  const { source, target, vertices } = wiring;
  const entered = reachable(wiring.roots, edges, source, target, vertices);
  const leadsOn = reachable(wiring.goals, edges, target, source, vertices);
  return edges.filter((edge) => entered[source[edge]] && leadsOn[target[edge]]);
}

/** 1 for every vertex that a way from `starts` over `edges` leads to. */
function reachable(
  starts: readonly number[],
  edges: readonly number[],
  from: Int32Array,
  to: Int32Array,
  vertices: number,
): Uint8Array {
  const outOf = new Map<number, number[]>();
  for (const edge of edges) {
    const ends = outOf.get(from[edge]);
    if (ends) ends.push(to[edge]);
    else outOf.set(from[edge], [to[edge]]);
  }
  const reached = new Uint8Array(vertices);
  for (const start of starts) reached[start] = 1;
  const front = [...starts];
  for (let vertex = front.pop(); vertex !== undefined; vertex = front.pop()) {
    for (const next of outOf.get(vertex) ?? []) {
      if (reached[next]) continue;
      reached[next] = 1;
      front.push(next);
    }
  }
  return reached;
}

/** The smallest number first. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above] <= item) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below + 1 < items.length && items[below + 1] < items[below]) below++;
      if (below >= items.length || items[below] >= last) break;
      items[at] = items[below];
      at = below;
    }
    items[at] = last;
    return first;
  }
}
