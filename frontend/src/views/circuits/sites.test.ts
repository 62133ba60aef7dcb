import { expect, it } from "vitest";
import { type DictionarySet, hasFeatures, type Site, setsBySite } from "./sites";

const set = (name: string, kind: string, site: Site | null): DictionarySet => ({
  id: `m.${name}`,
  set: name,
  kind,
  site,
  layers: [0],
  width: 8,
  default: false,
});

it("gathers the sets that can stand at one site, the usual one first", () => {
  const sites = setsBySite([
    set("tc", "transcoder", "mlp"),
    set("first", "sae", "mlp"),
    set("second", "sae", "mlp"),
    set("odd", "sae", null),
  ]);
  expect(sites.get("mlp")?.map(({ id }) => id)).toEqual(["m.first", "m.second", "m.tc"]);
  expect(sites.size).toBe(1);
});

it("finds no features in sets that no circuit reads", () => {
  expect(hasFeatures({ dictionary_sets: [set("odd", "sae", null)] })).toBe(false);
  expect(hasFeatures({ dictionary_sets: [set("resid", "sae", "resid")] })).toBe(true);
});
