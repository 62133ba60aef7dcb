/** Short automatic names of features, fetched a few at a time for what is on screen. */
import type { QueryClient } from "@tanstack/react-query";
import { createStore } from "zustand/vanilla";
import { featureQuery } from "../api/queries";

const AT_ONCE = 4;
/** Names arrive in bundles, so that the drawing is not repainted for each. */
const PUBLISH_EVERY_MS = 120;

export interface Labels {
  /** By `dictionary.index`; features without a harvest have none. */
  readonly names: ReadonlyMap<string, string>;
  /** Share of all tokens, of those that fire on many: they say little about any one prompt. */
  readonly dense: ReadonlyMap<string, number>;
}

export const labelKey = (dictionary: string, index: number): string => `${dictionary}.${index}`;

export function createLabels(queries: QueryClient) {
  const store = createStore<Labels>(() => ({ names: new Map(), dense: new Map() }));
  const asked = new Set<string>();
  const waiting: { dictionary: string; index: number }[] = [];
  const arrived = new Map<string, string>();
  const dense = new Map<string, number>();
  let running = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function publish() {
    timer = undefined;
    store.setState({ names: new Map(arrived), dense: new Map(dense) });
  }

  async function work() {
    running += 1;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { dictionary, index } = next;
      const feature = await queries.fetchQuery(featureQuery(dictionary, index)).catch(() => null);
      const name = feature ? shortLabel(feature.summary) : "";
      if (name === "") continue;
      arrived.set(labelKey(dictionary, index), name);
      const density = feature?.density;
      if (isDense(density)) dense.set(labelKey(dictionary, index), density);
      if (timer === undefined) timer = setTimeout(publish, PUBLISH_EVERY_MS);
    }
    running -= 1;
  }

  /** Asks for a name once; it turns up in the store. */
  function want(dictionary: string, index: number): void {
    const key = labelKey(dictionary, index);
    if (asked.has(key)) return;
    asked.add(key);
    waiting.push({ dictionary, index });
    if (running < AT_ONCE) void work();
  }

  return { store, want };
}

export type LabelSource = ReturnType<typeof createLabels>;

/** `strongest on “ care” · before “ to”` is long beside a dot: the first part says the most. */
export function shortLabel(summary: string): string {
  const first = summary.split(" · ")[0] ?? "";
  return first
    .replace(/^strongest on /, "")
    .replaceAll(/“ (?!”)/g, "“")
    .replaceAll("“ ”", "“␣”");
}

/** Firing on more than a tenth of all tokens is worth a word wherever the feature is named. */
export const isDense = (density: number | null | undefined): density is number =>
  density !== null && density !== undefined && density > 0.1;
