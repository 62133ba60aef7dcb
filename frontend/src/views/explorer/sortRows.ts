import { longName } from "../../graph/names";
import type { GraphData } from "../../graph/types";

export type SortColumn =
  | "name"
  | "layer"
  | "position"
  | "activation"
  | "influence"
  | "inputs"
  | "outputs";

/** Rows in the order of one column; equal ones stay in the graph's own order. */
export function sortedRows(data: GraphData, by: SortColumn, isDown: boolean): number[] {
  const rows = Array.from({ length: data.nodes.count }, (_, row) => row);
  const sign = isDown ? -1 : 1;
  if (by === "name") {
    const names = rows.map((row) => longName(data, row));
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
  const column = data.nodes[by];
  return (row) => column[row] ?? 0;
}
