import { clamp } from "../base/geometry";
import type { ChosenEdges, EdgeChoice } from "../graph/edgeBudget";
import { chooseEdges } from "../graph/edgeBudget";
import type { Layout } from "../graph/layout";
import { endX } from "../graph/layout";
import type { GraphData } from "../graph/types";
import { Kind, SLOTS } from "../graph/types";
import { LEVELS, STRENGTH_FROM, STRENGTHS, strengthWidth } from "./style";

const CONSTANTS = 0.15;

/** Edges of one sign, slot and strength: one style, one batch. */
export interface EdgeBundle {
  readonly positive: boolean;
  /** Which input of a head (`SLOTS`); 0 when the target has but one. */
  readonly slot: number;
  /** 0 is the strongest. */
  readonly strength: number;
  /** World coordinates x0 y0 x1 y1 of source and target. */
  readonly segments: Float32Array;
}

/** What is drawn when nothing is in focus. World coordinates: it outlives pan and zoom. */
export interface Scene {
  readonly data: GraphData;
  readonly layout: Layout;
  readonly mask: Uint8Array;
  /** Effect of each row in steps −LEVELS … LEVELS: its colour. */
  readonly level: Int8Array;
  /** Weakest first, so that the strong ones lie on top. */
  readonly bundles: readonly EdgeBundle[];
  readonly inkWorld: number;
  readonly edges: EdgeChoice;
  readonly edgeColour: EdgeColour;
}

/** What the colour of an edge says: its sign, or which input of a head it feeds. */
export type EdgeColour = "sign" | "slot";

export interface SceneInputs {
  readonly data: GraphData;
  readonly layout: Layout;
  readonly mask: Uint8Array;
  readonly level: Int8Array;
  /** Null: as many as can be read. */
  readonly edgeBudget: number | null;
  /** Edges that the filter selected already. */
  readonly selected?: ChosenEdges;
  readonly edgeColour?: EdgeColour;
}

export function makeScene(inputs: SceneInputs): Scene {
  const { data, layout, mask, level, edgeBudget, edgeColour = "sign" } = inputs;
  const { source, target, score, weight, slot } = data.edges;
  const { edges: chosen, ...edges } = inputs.selected ?? chooseEdges(data, mask, edgeBudget);
  const strongest = chosen.length > 0 ? score[chosen[0]] : 0;
  const prominence = prominenceOf(data);
  const slots = slot ? SLOTS.length : 1;
  const groups: number[][] = Array.from({ length: 2 * STRENGTHS * slots }, () => []);
  let inkWorld = 0;
  for (const edge of chosen) {
    const strength = strengthOf(score[edge] * prominence(edge), strongest);
    const into = slot?.[edge] ?? 0;
    const group = groups[(strength * slots + into) * 2 + (weight[edge] < 0 ? 1 : 0)];
    const [a, b] = [source[edge], target[edge]];
    group.push(layout.x[a], layout.y[a], endX(layout, b, a, into), layout.y[b]);
    const length = Math.hypot(layout.x[a] - layout.x[b], layout.y[a] - layout.y[b]);
    inkWorld += length * strengthWidth(strength);
  }
  const bundles: EdgeBundle[] = [];
  for (let group = groups.length - 1; group >= 0; group--) {
    if (groups[group].length === 0) continue;
    bundles.push({
      positive: group % 2 === 0,
      slot: (group >> 1) % slots,
      strength: Math.floor((group >> 1) / slots),
      segments: Float32Array.from(groups[group]),
    });
  }
  return { data, layout, mask, level, bundles, inkWorld, edges, edgeColour };
}

/**
 * Lines that hide the circuit are drawn thinner than their score says: fans into unlikely
 * targets, of which there may be ten, and those from constants, which are there for any prompt.
 */
function prominenceOf({ nodes, edges, targets }: GraphData): (edge: number) => number {
  const { kind } = nodes;
  const probability = (row: number) => nodes.probability[row] || 0;
  const most = Math.max(0, ...targets.map(probability));
  const ofTarget = new Map(
    most > 0 ? targets.map((row) => [row, probability(row) / most] as const) : [],
  );
  return (edge) => {
    const from = kind[edges.source[edge]];
    const isConstant = from === Kind.bias || from === Kind.start || from === Kind.position;
    return (isConstant ? CONSTANTS : 1) * (ofTarget.get(edges.target[edge]) ?? 1);
  };
}

/** Square roots: scores fall off fast, and a tenth of the strongest is still worth seeing. */
function strengthOf(score: number, strongest: number): number {
  const at = strongest > 0 ? Math.sqrt(Math.max(0, score) / strongest) : 0;
  const strength = STRENGTH_FROM.findIndex((least) => at >= least);
  return strength < 0 ? STRENGTHS - 1 : strength;
}

/**
 * Colour steps for signed values. Full colour is the 98th percentile of sizes, since one giant
 * (often the start token) would otherwise leave everything else grey.
 */
export function toLevels(values: ArrayLike<number>): Int8Array {
  const sizes = Array.from(values, Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  sizes.sort((a, b) => a - b);
  const full = sizes[Math.floor((sizes.length - 1) * 0.98)] ?? 0;
  const level = new Int8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (full === 0 || !Number.isFinite(value)) continue;
    const step = Math.round(LEVELS * clamp(Math.sqrt(Math.abs(value) / full), 0, 1));
    level[row] = value < 0 ? -step : step;
  }
  return level;
}
