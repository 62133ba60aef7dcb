import type { ActivationChange, InterventionResult } from "../../api/types";
import { rowOf } from "../../graph/nodeId";
import type { GraphData } from "../../graph/types";

export const changeId = ({ layer, index, position }: ActivationChange): string =>
  `f${layer}.${index}.${position}`;

/** Measured changes of activation by row, for the nodes that are in this view. */
export function marksOf(data: GraphData, result: InterventionResult): ReadonlyMap<number, number> {
  const marks = new Map<number, number>();
  for (const change of result.activations) {
    const row = rowOf(data, changeId(change));
    if (row !== null) marks.set(row, change.after - change.before);
  }
  return marks;
}
