/** Which examples the table shows. */
import type { ExampleAccuracy } from "../../api/taskQueries";
import type { EditedExample } from "./document";

export type Shown = "all" | "problems" | "wrong";

export interface RowFilter {
  readonly shown: Shown;
  readonly text: string;
  /** Null: every case. */
  readonly case: string | null;
}

export const EVERY_ROW: RowFilter = { shown: "all", text: "", case: null };

/** What was measured on an example, by the value itself: an edited one is another value. */
export type Measured = ReadonlyMap<EditedExample, ExampleAccuracy>;

export function filteredRows(
  examples: readonly EditedExample[],
  filter: RowFilter,
  measured: Measured,
  problems: ReadonlyMap<number, unknown>,
): readonly EditedExample[] {
  const words = filter.text.trim().toLowerCase();
  return examples.filter((example) => {
    if (filter.case !== null && example.case !== filter.case) return false;
    if (filter.shown === "problems" && !problems.has(example.key)) return false;
    if (filter.shown === "wrong" && measured.get(example)?.correct !== false) return false;
    return words === "" || textOf(example).includes(words);
  });
}

const textOf = ({ clean, patch, cleanAnswer, patchAnswer, case: group }: EditedExample) =>
  [clean, patch, cleanAnswer, patchAnswer, group].join("\n").toLowerCase();

export function casesOf(examples: readonly EditedExample[]): readonly [name: string, n: number][] {
  const numbers = new Map<string, number>();
  for (const { case: group } of examples) numbers.set(group, (numbers.get(group) ?? 0) + 1);
  return [...numbers].sort(([a], [b]) => a.localeCompare(b));
}
