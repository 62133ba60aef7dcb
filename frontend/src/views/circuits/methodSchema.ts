/**
 * The methods and their settings, read from the server's own description of itself: a method added to
 * the union on the server appears in the form without a line here.
 */
import { methodTitle } from "../circuit/methodTitle";

export interface MethodForm {
  readonly id: string;
  readonly title: string;
  /** What it does, in a sentence or two. */
  readonly what: string;
  /** Where it comes from; empty when the server names no one. */
  readonly source: string;
  readonly isBaseline: boolean;
  readonly needsDictionaries: boolean;
  readonly settings: readonly Setting[];
}

interface AnySetting {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

export type Setting = AnySetting &
  (
    | {
        readonly kind: "choice";
        readonly options: readonly string[];
        /** Also the activation of one feature, written `feature.resid.3.120`. */
        readonly takesFeature: boolean;
        readonly default: string;
      }
    | {
        readonly kind: "number";
        readonly isWhole: boolean;
        readonly low: number | null;
        readonly high: number | null;
        readonly default: number;
      }
    | { readonly kind: "flag"; readonly default: boolean }
  );

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
  readonly title?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Ours: a method on features. */
  readonly needs_dictionaries?: boolean;
}

/** The methods of `CircuitBody.method`, in the server's order; empty when there are none. */
export function methodForms(document: unknown): readonly MethodForm[] {
  const schemas =
    (document as { components?: { schemas?: Record<string, Schema> } }).components?.schemas ?? {};
  const resolve = (schema: Schema | undefined): Schema =>
    schema?.$ref ? (schemas[schema.$ref.split("/").pop() ?? ""] ?? {}) : (schema ?? {});
  const union = resolve(schemas.CircuitBody?.properties?.method);
  const members = union.oneOf ?? union.anyOf ?? [];
  return members.map(resolve).flatMap((schema) => formOf(schema, resolve));
}

function formOf(schema: Schema, resolve: (schema: Schema) => Schema): MethodForm[] {
  const { method, ...others } = schema.properties ?? {};
  const id = method?.const ?? method?.default;
  if (typeof id !== "string") return [];
  const { what, source } = sentences(schema.description ?? "");
  return [
    {
      id,
      title: methodTitle({ method: id }),
      what: what.replace(/^A baseline: /, "").replace(/^./, (first) => first.toUpperCase()),
      source,
      isBaseline: what.startsWith("A baseline"),
      needsDictionaries: schema.needs_dictionaries === true,
      settings: Object.entries(others).flatMap(([name, one]) => settingOf(name, one, resolve)),
    },
  ];
}

function settingOf(name: string, given: Schema, resolve: (schema: Schema) => Schema): Setting[] {
  const schema = { ...resolve(given), ...given };
  const about = {
    name,
    title: SETTING_TITLES[name] ?? words(schema.title ?? name),
    description: schema.description ?? "",
  };
  const variants = schema.anyOf?.map(resolve) ?? [schema];
  const options = variants.find((one) => one.enum)?.enum;
  if (options)
    return [
      {
        ...about,
        kind: "choice",
        options,
        takesFeature: variants.some((one) => one.properties?.kind?.const === "feature"),
        default: String(schema.default ?? options[0]),
      },
    ];
  if (schema.type === "integer" || schema.type === "number")
    return [
      {
        ...about,
        kind: "number",
        isWhole: schema.type === "integer",
        low: schema.minimum ?? null,
        high: schema.maximum ?? null,
        default: Number(schema.default ?? schema.minimum ?? 0),
      },
    ];
  if (schema.type === "boolean")
    return [{ ...about, kind: "flag", default: schema.default === true }];
  return [];
}

/** A docstring's prose, and the citation at its end. */
export function sentences(description: string): { what: string; source: string } {
  const text = description.replace(/\s+/g, " ").trim();
  const match = /^(.*?\.)\s+((?:After [^.]+, )?[A-Z][\w-]+ et al\. \d{4}.*)$/.exec(text);
  return { what: match?.[1] ?? text, source: match?.[2]?.replace(/\.$/, "") ?? "" };
}

/** `max_nodes` or `SparseFeatures` as words. */
export function words(name: string): string {
  const text = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SETTING_TITLES: Readonly<Record<string, string>> = {
  metric: "Metric",
  positions: "Token positions",
  aggregate: "Over examples",
  max_nodes: "Nodes with inputs",
  edges_per_node: "Inputs kept per node",
  effects: "Effect of a node",
};

const OPTIONS: Readonly<Record<string, string>> = {
  separate: "Each by itself",
  spans: "By span",
  sum: "Summed",
  logit_difference: "Logit difference",
  logit: "Logit of the answer",
  log_probability: "Log probability",
  probability_difference: "Probability difference",
  kl: "KL divergence",
  ig: "Integrated gradients",
  attribution: "One gradient",
  exact: "Patch each node",
  midpoint: "Midpoints",
  left: "Left ends",
  pair: "The pair's other prompt",
  zero: "Zero",
  mean: "Mean",
  mean_abs: "Mean of absolute values",
  mse: "Mean squared change",
  metric: "The metric",
};

export const optionText = (option: string): string => OPTIONS[option] ?? words(option);

/** What a method costs, in passes through the model; empty for methods this page does not know. */
export function costOf(id: string, value: (setting: string) => unknown): string {
  const steps = Number(value("steps"));
  switch (id) {
    case "sfc": {
      const effects = value("effects");
      if (effects === "exact") return "One forward pass for every node: slow, for reference";
      return effects === "attribution"
        ? "One backward pass for effects, then one for each node with inputs"
        : `${steps} backward passes a site for effects, then one for each node with inputs`;
    }
    case "hierarchical":
      return "One backward pass for a trial size, about ten trials";
    case "eap":
      return "One backward pass: seconds";
    case "eap-ig-inputs":
      return `${steps} backward passes`;
    case "eap-ig-activations":
      return `${steps} backward passes a layer`;
    case "exact":
      return "One forward pass for every edge: slow, for reference";
    case "peap":
      return "One backward pass; grows with the square of the positions";
    case "acdc":
      return "One forward pass for every edge: slow";
    case "random":
      return "Nothing to compute";
    case "activation":
      return "Two forward passes";
    case "gradient":
      return "One backward pass";
    default:
      return "";
  }
}
