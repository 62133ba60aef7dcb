/** What to switch off or turn up: the plan a reader builds, before anything is measured. */
import type { FeatureIntervention, InterventionRequest } from "../api/types";

export type PlanMode = "ablate" | "scale" | "set";

export interface PlanItem {
  readonly layer: number;
  readonly index: number;
  /** The node the reader picked. */
  readonly position: number;
  /** Change the feature at every position, not only at `position`. */
  readonly everywhere: boolean;
  readonly mode: PlanMode;
  /** Factor for `scale`, activation for `set`; kept while `mode` is `ablate`. */
  readonly value: number;
}

export interface Plan {
  readonly items: readonly PlanItem[];
  readonly freezeAttention: boolean;
}

export const EMPTY_PLAN: Plan = { items: [], freezeAttention: false };
export const SCALE_MIN = -2;
export const SCALE_MAX = 4;

export const planKey = (item: Pick<PlanItem, "layer" | "index" | "position">): string =>
  `f${item.layer}.${item.index}.${item.position}`;

export function withItem(plan: Plan, item: PlanItem): Plan {
  const key = planKey(item);
  const exists = plan.items.some((other) => planKey(other) === key);
  const items = exists
    ? plan.items.map((other) => (planKey(other) === key ? item : other))
    : [...plan.items, item];
  return { ...plan, items };
}

export function withoutItem(plan: Plan, key: string): Plan {
  return { ...plan, items: plan.items.filter((item) => planKey(item) !== key) };
}

/** The body of the request. A factor of 1 changes nothing, so it is left out. */
export function requestOf(plan: Plan): InterventionRequest | null {
  const interventions = plan.items
    .filter((item) => !(item.mode === "scale" && item.value === 1))
    .map(interventionOf);
  return interventions.length === 0
    ? null
    : { interventions, freeze_attention: plan.freezeAttention };
}

function interventionOf(item: PlanItem): FeatureIntervention {
  return {
    layer: item.layer,
    index: item.index,
    positions: item.everywhere ? "all" : [item.position],
    mode: item.mode,
    value: item.mode === "ablate" ? null : item.value,
  };
}
