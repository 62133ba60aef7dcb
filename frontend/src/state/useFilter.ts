import { useMemo } from "react";
import { applyFilter, strongestFirst } from "../graph/filter";
import { rowsOf } from "../graph/nodeId";
import type { GraphData, GraphFilter, Visibility } from "../graph/types";
import { useExploration, useExplorer } from "./explorer";

/** A circuit opens with so many nodes at most: more of them hide one another. */
export const FIRST_NODES = 200;

/** Which nodes the view shows; selection and pins always stay. */
export function useFilter(): GraphFilter {
  const { data } = useExplorer();
  const selection = useExploration((state) => state.selection);
  const pins = useExploration((state) => state.pins);
  const hiddenKinds = useExploration((state) => state.hiddenKinds);
  const budget = useExploration((state) => state.nodeBudget);
  const sign = useExploration((state) => state.sign);
  const rule = useExploration((state) => state.edgeRule);
  // While the strongest are drawn, their number hides no node: the drawing alone has to know it.
  const edges = useExploration((state) =>
    state.edgeRule === "strongest" ? null : state.edgeBudget,
  );
  return useMemo(() => {
    const kept = [...pins, ...(selection ? [selection] : [])];
    const filter: GraphFilter = { hiddenKinds, keepRows: new Set(rowsOf(data, kept).rows) };
    if (!data.circuit) return filter;
    return {
      ...filter,
      strongest: budget ?? FIRST_NODES,
      ...(sign ? { sign } : {}),
      ...(rule === "strongest" ? {} : { connected: { rule, edges } }),
    };
  }, [data, selection, pins, hiddenKinds, budget, sign, rule, edges]);
}

/** What that filter leaves, and why the rest is hidden. */
export function useVisibility(): Visibility {
  const { data } = useExplorer();
  const filter = useFilter();
  return useMemo(() => applyFilter(data, filter, data.circuit?.effect), [data, filter]);
}

/** Nodes that the slider counts: all but tokens and targets. */
export const countable = (data: GraphData): number => strongestFirst(data).length;
