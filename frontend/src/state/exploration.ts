/** One graph being explored. Pins and the plan can be undone; looking around cannot. */
import { temporal } from "zundo";
import { createStore } from "zustand/vanilla";
import type { EdgeRule } from "../graph/selecting";
import type { KindName } from "../graph/types";
import { EMPTY_PLAN, type PlanItem, withItem, withoutItem } from "./plan";
import {
  type Camera,
  GRAPH_PANELS,
  type Panel,
  type SignChoice,
  type ViewState,
} from "./viewCodec";

export interface Exploration extends ViewState {
  select: (id: string | null) => void;
  togglePin: (id: string) => void;
  clearPins: () => void;
  setThresholds: (thresholds: { node?: number; edge?: number }) => void;
  setEdgeBudget: (count: number | null) => void;
  setEdgeRule: (rule: EdgeRule) => void;
  setNodeBudget: (count: number | null) => void;
  setSign: (sign: SignChoice | null) => void;
  setBySlot: (isBySlot: boolean) => void;
  setHiddenKinds: (kinds: readonly KindName[]) => void;
  setCamera: (camera: Camera) => void;
  putPlanItem: (item: PlanItem) => void;
  dropPlanItem: (key: string) => void;
  clearPlan: () => void;
  setFreezeAttention: (frozen: boolean) => void;
  openPanel: (panel: Panel) => void;
  togglePanel: () => void;
  nextPanel: () => void;
  setTable: (isTable: boolean) => void;
  replaceView: (view: ViewState) => void;
}

type Undoable = Pick<Exploration, "pins" | "plan">;

/** Steps of one drag arrive faster than this and count as one step. */
const COALESCE_MS = 400;

/** `panels` are the tabs that this kind of graph has, in their order. */
export function createExploration(initial: ViewState, panels: readonly Panel[] = GRAPH_PANELS) {
  return createStore<Exploration>()(
    temporal(
      (set) => ({
        ...initial,
        select: (selection) => set({ selection }),
        togglePin: (id) =>
          set(({ pins }) => ({
            pins: pins.includes(id) ? pins.filter((pin) => pin !== id) : [...pins, id],
          })),
        clearPins: () => set({ pins: [] }),
        setThresholds: ({ node, edge }) =>
          set((state) => ({
            nodeThreshold: node ?? state.nodeThreshold,
            edgeThreshold: edge ?? state.edgeThreshold,
          })),
        setEdgeBudget: (edgeBudget) => set({ edgeBudget }),
        setEdgeRule: (edgeRule) => set({ edgeRule }),
        setNodeBudget: (nodeBudget) => set({ nodeBudget }),
        setSign: (sign) => set({ sign }),
        setBySlot: (isBySlot) => set({ isBySlot }),
        setHiddenKinds: (hiddenKinds) => set({ hiddenKinds }),
        setCamera: (camera) => set({ camera }),
        putPlanItem: (item) => set(({ plan }) => ({ plan: withItem(plan, item) })),
        dropPlanItem: (key) => set(({ plan }) => ({ plan: withoutItem(plan, key) })),
        clearPlan: () => set({ plan: EMPTY_PLAN }),
        setFreezeAttention: (freezeAttention) =>
          set(({ plan }) => ({ plan: { ...plan, freezeAttention } })),
        openPanel: (panel) => set({ panel, isPanelOpen: true }),
        togglePanel: () => set(({ isPanelOpen }) => ({ isPanelOpen: !isPanelOpen })),
        nextPanel: () =>
          set(({ panel }) => ({
            panel: panels[(panels.indexOf(panel) + 1) % panels.length] ?? "node",
            isPanelOpen: true,
          })),
        setTable: (isTable) => set({ isTable }),
        replaceView: (view) => set(view),
      }),
      {
        limit: 200,
        partialize: ({ pins, plan }): Undoable => ({ pins, plan }),
        equality: (past, current) => past.pins === current.pins && past.plan === current.plan,
        handleSet: (record) => coalesce(record),
      },
    ),
  );
}

export type ExplorationStore = ReturnType<typeof createExploration>;

/** Keeps the first state of a burst of changes to the same item, so one drag is one undo. */
function coalesce<A extends unknown[]>(record: (...args: A) => void): (...args: A) => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastShape = "";
  return (...args) => {
    const shape = shapeOf(args[0], args[2]);
    const now = Date.now();
    const isSameBurst = shape === lastShape && now - lastAt < COALESCE_MS;
    lastAt = now;
    lastShape = shape;
    if (!isSameBurst) record(...args);
  };
}

/** Which values differ only in the plan's numbers: a slider's steps all have the same shape. */
function shapeOf(past: unknown, current: unknown): string {
  const [before, after] = [past, current] as [Undoable, Undoable];
  if (before.pins !== after.pins) return `pins ${after.pins.join()}`;
  const keys = (state: Undoable) =>
    state.plan.items
      .map((item) => `${item.layer}.${item.index}.${item.position}${item.mode}`)
      .join();
  return keys(before) === keys(after)
    ? `values ${keys(after)}`
    : `items ${keys(before)}>${keys(after)}`;
}
