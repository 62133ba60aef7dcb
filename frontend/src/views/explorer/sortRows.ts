import { longName } from "../../graph/names";
import type { GraphData } from "../../graph/types";

export type SortColumn =
  | "name"
  | "layer"
  | "position"
  | "activation"
  | "influence"
  | "effect"
  | "spread"
  | "inputs"
  | "outputs";

/** Rows in the order of one column; equal ones stay in the graph's own order. */
export function sortedRows(
  data: GraphData,
  by: SortColumn,
  isDown: boolean,
  mask?: Uint8Array,
): number[] {
  const all = Array.from({ length: data.nodes.count }, (_, row) => row);
  const rows = mask ? all.filter((row) => mask[row] === 1) : all;
  const sign = isDown ? -1 : 1;
  if (by === "name") {
    const names = all.map((row) => longName(data, row));
    return rows.sort(
      (a, b) => sign * (names[a] ?? "").localeCompare(names[b] ?? "", "en", { numeric: true }),
    );
  }
  const value = columnOf(data, by);
  return rows.sort((a, b) => sign * (value(a) - value(b)) || a - b);
}

function columnOf(data: GraphData, by: Exclude<SortColumn, "name">): (row: number) => number {
  if (by === "inputs" || by === "outputs") {
    const { start } = data[by];
    return (row) => (start[row + 1] ?? 0) - (start[row] ?? 0);
  }
  if (by === "effect" || by === "spread") {
    const column = data.circuit?.[by];
    return (row) => column?.[row] ?? 0;
  }
  // Sublayers of a circuit lie in their order of computation.
  const column = by === "layer" ? data.line : data.nodes[by];
  return (row) => column[row] ?? 0;
}
