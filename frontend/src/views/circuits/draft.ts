/** The circuit that is about to be found, as the address has it: a link carries every choice. */
import type { CircuitBody } from "../../api/circuitQueries";
import type { MethodForm, Setting } from "./methodSchema";

export interface CircuitSearch {
  readonly model?: string;
  readonly task?: string;
  readonly method?: string;
  /** `site:set,site:set`; absent is all of the model's dictionaries. */
  readonly d?: string;
  /** How many examples to draw. */
  readonly n?: string;
  /** Share set aside for evaluation, and the seed of that. */
  readonly share?: string;
  readonly seed?: string;
  /** `s.steps`, `s.metric`, …: settings that are not at their defaults. */
  readonly [setting: `s.${string}`]: string;
}

const NAMES = ["model", "task", "method", "d", "n", "share", "seed"] as const;

/** Unknown or malformed parts of an address are dropped. */
export function readCircuitSearch(raw: Record<string, unknown>): CircuitSearch {
  return Object.fromEntries(
    Object.entries(raw).filter(
      ([name, value]) =>
        typeof value === "string" &&
        ((NAMES as readonly string[]).includes(name) || /^s\.[a-z_]{1,40}$/.test(name)),
    ),
  ) as CircuitSearch;
}

export const DEFAULT_METHOD = "sfc";
export const DEFAULT_SHARE = 0.3;

export type Value = string | number | boolean;

/** A setting's value: the address's when it is one, else the default. */
export function settingValue(search: CircuitSearch, setting: Setting): Value {
  const text = search[`s.${setting.name}`];
  if (text === undefined) return setting.default;
  if (setting.kind === "choice") {
    const isValid =
      setting.options.includes(text) || (setting.takesFeature && readFeature(text) !== null);
    return isValid ? text : setting.default;
  }
  if (setting.kind === "flag") return text === "true";
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? setting.default : value;
}

export const FEATURE_SITES = ["attn", "mlp", "resid"] as const;

export interface FeatureChoice {
  readonly site: (typeof FEATURE_SITES)[number];
  readonly layer: number;
  readonly index: number;
}

export const writeFeature = ({ site, layer, index }: FeatureChoice): string =>
  `feature.${site}.${layer}.${index}`;

export function readFeature(value: Value): FeatureChoice | null {
  const match = /^feature\.(attn|mlp|resid)\.(\d+)\.(\d+)$/.exec(String(value));
  if (!match) return null;
  return {
    site: match[1] as FeatureChoice["site"],
    layer: Number(match[2]),
    index: Number(match[3]),
  };
}

/** The choices that lead to this request: the form as it was when it was sent. */
export function searchOf(request: CircuitBody): CircuitSearch {
  const { method, ...settings } = request.method;
  const { dictionaries, examples, split } = request;
  return {
    model: request.model,
    task: request.task,
    ...(method ? { method } : {}),
    ...(dictionaries ? { d: writeSites(dictionaries) } : {}),
    ...(examples ? { n: String(examples) } : {}),
    ...(split ? { share: String(split.evaluation_share), seed: String(split.seed) } : {}),
    ...Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`s.${name}`, addressValue(value)]),
    ),
  };
}

const addressValue = (value: string | number | object): string =>
  typeof value === "object" ? writeFeature(value as FeatureChoice) : String(value);

/** As the server has it: a feature's activation is an object, everything else a plain value. */
function wireValue(value: Value) {
  const feature = readFeature(value);
  return feature ? { kind: "feature", ...feature } : value;
}

/** What to put into the address for a value: nothing when it is the default. */
export function withValue(search: CircuitSearch, setting: Setting, value: Value): CircuitSearch {
  const { [`s.${setting.name}` as const]: _, ...others } = search;
  return (
    value === setting.default ? others : { ...others, [`s.${setting.name}`]: String(value) }
  ) as CircuitSearch;
}

/** Another method: settings that both have stay. */
export function withMethod(search: CircuitSearch, form: MethodForm): CircuitSearch {
  const kept = Object.entries(search).filter(
    ([name]) =>
      !name.startsWith("s.") || form.settings.some((setting) => `s.${setting.name}` === name),
  );
  return { ...Object.fromEntries(kept), method: form.id } as CircuitSearch;
}

/** Why a number cannot be used, in words; null when it can. */
export function numberFault(setting: Setting, value: Value): string | null {
  if (setting.kind !== "number" || typeof value !== "number") return null;
  if (setting.isWhole && !Number.isInteger(value)) return "A whole number, please.";
  if (setting.low !== null && value < setting.low) return `At least ${setting.low}.`;
  if (setting.high !== null && value > setting.high)
    return `At most ${setting.high.toLocaleString("en-US")}.`;
  return null;
}

export function examplesOf(search: CircuitSearch): number | null {
  const n = Number(search.n);
  return search.n !== undefined && Number.isInteger(n) && n >= 1 ? n : null;
}

export function shareOf(search: CircuitSearch): number {
  const share = Number(search.share);
  return search.share !== undefined && share > 0 && share < 1 ? share : DEFAULT_SHARE;
}

export function seedOf(search: CircuitSearch): number {
  const seed = Number(search.seed);
  return search.seed !== undefined && Number.isInteger(seed) && seed >= 0 ? seed : 0;
}

export function readSites(text: string | undefined): Record<string, string> | null {
  if (text === undefined) return null;
  const pairs = text.split(",").map((part) => part.split(":") as [string, string?]);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => Boolean(pair[1])));
}

export const writeSites = (sites: Readonly<Record<string, string>>): string =>
  Object.entries(sites)
    .map(([site, set]) => `${site}:${set}`)
    .join(",");

/** The request, every setting written out; the same address always asks for the same circuit. */
export function requestOf(search: CircuitSearch, model: string, form: MethodForm): CircuitBody {
  const settings = form.settings.map((setting) => [
    setting.name,
    wireValue(settingValue(search, setting)),
  ]);
  const dictionaries = form.needsDictionaries ? readSites(search.d) : null;
  const examples = examplesOf(search);
  return {
    model,
    task: search.task ?? "",
    // The form was made from the union's own schema: its values are the union's.
    method: { method: form.id, ...Object.fromEntries(settings) } as CircuitBody["method"],
    ...(dictionaries ? { dictionaries } : {}),
    ...(examples !== null ? { examples } : {}),
    split: { evaluation_share: shareOf(search), seed: seedOf(search) },
  };
}
