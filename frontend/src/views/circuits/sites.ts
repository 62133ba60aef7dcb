/** Which of a model's dictionary sets can stand at which site. */
import type { Model } from "../../api/types";

export type DictionarySet = Model["dictionary_sets"][number];

export const SITES = [
  { site: "embed", name: "Embedding" },
  { site: "attn", name: "Attention output" },
  { site: "mlp", name: "MLP output" },
  { site: "resid", name: "Residual stream" },
] as const;

export type Site = (typeof SITES)[number]["site"];

/** Told by kind and name, as the server does not say; a set that tells nothing is not offered. */
export function siteOf({ kind, set }: Pick<DictionarySet, "kind" | "set">): Site | null {
  if (/embed/i.test(set)) return "embed";
  if (/attn|attention|hook_z|lorsa/i.test(set)) return "attn";
  if (kind === "transcoder" || /mlp/i.test(set)) return "mlp";
  return /res/i.test(set) ? "resid" : null;
}

export function setsBySite(
  sets: readonly DictionarySet[],
): ReadonlyMap<Site, readonly DictionarySet[]> {
  const found = new Map<Site, DictionarySet[]>();
  for (const set of sets) {
    const site = siteOf(set);
    if (site) found.set(site, [...(found.get(site) ?? []), set]);
  }
  return found;
}
