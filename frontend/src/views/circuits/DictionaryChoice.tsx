import type { Model } from "../../api/types";
import { count } from "../../widgets/format";
import page from "../Page.module.css";
import styles from "./CircuitForm.module.css";
import { readSites, writeSites } from "./draft";
import { SITES, type Site, setsBySite } from "./sites";

interface DictionaryChoiceProps {
  readonly model: Model;
  /** As in the address; absent is every site the model has dictionaries for. */
  readonly chosen: string | undefined;
  readonly onChange: (chosen: string | undefined) => void;
}

const USUAL = "usual";
const NONE = "none";

/** One dictionary set a site. What is left out is part of its site's error node, never lost. */
export function DictionaryChoice({ model, chosen, onChange }: DictionaryChoiceProps) {
  const sets = setsBySite(model.dictionary_sets);
  const sites = readSites(chosen);

  function choose(site: Site, value: string) {
    // The first choice that is not the usual one fixes the others where they are.
    const now: Record<string, string> =
      sites ?? Object.fromEntries([...sets].map(([name, [first]]) => [name, first?.id ?? ""]));
    const { [site]: _, ...others } = now;
    if (value === USUAL) return onChange(undefined);
    const next = value === NONE ? others : { ...others, [site]: value };
    onChange(Object.keys(next).length === 0 ? undefined : writeSites(next));
  }

  return (
    <details className={styles.more} open={sites !== null || undefined}>
      <summary>
        Dictionaries:{" "}
        {sites ? Object.values(sites).join(", ") : `every site that ${model.name} has them for`}
      </summary>
      <div className={styles.pair}>
        {SITES.filter(({ site }) => sets.has(site)).map(({ site, name }) => (
          <label key={site} className={page.field}>
            <span className={page.name}>{name}</span>
            <select
              className={page.input}
              value={sites ? (sites[site] ?? NONE) : USUAL}
              onChange={({ target }) => choose(site, target.value)}
            >
              <option value={USUAL}>As usual</option>
              {sets.get(site)?.map(({ id, set, kind, width }) => (
                <option key={id} value={id}>
                  {set}: {kind === "sae" ? "SAEs" : `${kind}s`}, {count(width)} a layer
                </option>
              ))}
              <option value={NONE}>Leave out</option>
            </select>
          </label>
        ))}
      </div>
    </details>
  );
}
