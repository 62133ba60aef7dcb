/** Which of a model's dictionary sets can stand at which site. */
import type { Model } from "../../api/types";

export type DictionarySet = Model["dictionary_sets"][number];
export type Site = NonNullable<DictionarySet["site"]>;

export const SITES: readonly { readonly site: Site; readonly name: string }[] = [
  { site: "attn", name: "Attention output" },
  { site: "mlp", name: "MLP output" },
  { site: "resid", name: "Residual stream" },
];

/** The first of a site is the one that is read when nobody chooses: an SAE where there is one. */
export function setsBySite(
  sets: readonly DictionarySet[],
): ReadonlyMap<Site, readonly DictionarySet[]> {
  const found = new Map<Site, DictionarySet[]>();
  for (const set of [...sets].sort((a, b) => Number(b.kind === "sae") - Number(a.kind === "sae")))
    if (set.site) found.set(set.site, [...(found.get(set.site) ?? []), set]);
  return found;
}

/** Whether there is a feature to make a circuit of. */
export const hasFeatures = ({ dictionary_sets }: Pick<Model, "dictionary_sets">): boolean =>
  dictionary_sets.some(({ site }) => site !== null);
