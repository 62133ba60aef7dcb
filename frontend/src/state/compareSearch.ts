/** Which two circuits are compared, and how much of each: the address of the page. */

export interface CompareSearch {
  readonly a?: string;
  readonly b?: string;
  /** How many of the strongest nodes and edges of each. */
  readonly n?: string;
  readonly e?: string;
}

export function readCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const names = ["a", "b", "n", "e"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof raw[name] === "string" ? [[name, raw[name]]] : [])),
  );
}

/** How much of each is compared when nobody says: a model has few heads and MLPs, but many features. */
export const COMPARED = {
  features: { nodes: 100, edges: 500 },
  components: { nodes: 20, edges: 100 },
} as const;

/** A whole number of at least 1 and at most a million; the usual one for anything else. */
export function sizeIn(text: string | undefined, usual: number): number {
  const value = Number(text ?? "");
  return Number.isInteger(value) && value >= 1 && value <= 1_000_000 ? value : usual;
}
