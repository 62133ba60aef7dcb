/** The view as it stands in the address: short, readable, and the same thing when read back. */
import { EDGE_RULES, type EdgeRule } from "../graph/selecting";
import { KINDS, type KindName } from "../graph/types";
import { EMPTY_PLAN, type Plan, type PlanItem, type PlanMode } from "./plan";

export interface Camera {
  readonly cx: number;
  readonly cy: number;
  readonly zoom: number;
}

export const PANELS = ["node", "ablation", "evaluation", "pins"] as const;
export type Panel = (typeof PANELS)[number];
/** The tabs of an attribution graph, in their order. */
export const GRAPH_PANELS: readonly Panel[] = ["node", "ablation", "pins"];
/** Those of a circuit. */
export const CIRCUIT_PANELS: readonly Panel[] = ["node", "evaluation", "pins"];

export type SignChoice = "positive" | "negative";

export interface ViewState {
  readonly selection: string | null;
  readonly pins: readonly string[];
  readonly nodeThreshold: number;
  readonly edgeThreshold: number;
  /** Edges drawn when nothing is focused; null leaves it to the drawing. */
  readonly edgeBudget: number | null;
  /** Of a circuit: which edges are drawn, the strongest or those that lead somewhere. */
  readonly edgeRule: EdgeRule;
  /** Of a circuit: this many of the strongest nodes; null leaves it to the page. */
  readonly nodeBudget: number | null;
  /** Of a circuit: only nodes whose effect has this sign. */
  readonly sign: SignChoice | null;
  /** Of a circuit: edges coloured by the input of a head that they feed, not by sign. */
  readonly isBySlot: boolean;
  /** Kinds of nodes taken out by hand. */
  readonly hiddenKinds: readonly KindName[];
  readonly camera: Camera | null;
  readonly plan: Plan;
  readonly panel: Panel;
  readonly isPanelOpen: boolean;
  readonly isTable: boolean;
}

export const DEFAULT_VIEW: ViewState = {
  selection: null,
  pins: [],
  nodeThreshold: 0.8,
  edgeThreshold: 0.98,
  edgeBudget: null,
  edgeRule: "strongest",
  nodeBudget: null,
  sign: null,
  isBySlot: false,
  hiddenKinds: [],
  camera: null,
  plan: EMPTY_PLAN,
  panel: "node",
  isPanelOpen: true,
  isTable: false,
};

/** All optional strings: what the router keeps. */
export interface ViewSearch {
  readonly n?: string;
  readonly p?: string;
  readonly t?: string;
  readonly e?: string;
  readonly b?: string;
  readonly m?: string;
  readonly s?: string;
  readonly ec?: string;
  readonly er?: string;
  readonly k?: string;
  readonly c?: string;
  readonly a?: string;
  readonly fa?: string;
  readonly tab?: string;
  readonly v?: string;
}

const NODE_ID = /^[epfrbsl]\d+(\.\d+){0,2}$/;
/** Of a circuit: `input`, `logits`, `a0.h3`, `m2`, `resid3/120`, `resid3/error`; `@4` the bin. */
const COMPONENT = /^(input|logits|a\d+\.h\d+|m\d+|(embed|attn|mlp|resid)\d*\/(\d+|error))(@\d+)?$/;
const isNodeName = (id: string): boolean => NODE_ID.test(id) || COMPONENT.test(id);
const round = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

export function encodeView(view: ViewState): ViewSearch {
  const search: Record<string, string> = {};
  if (view.selection) search.n = view.selection;
  if (view.pins.length > 0) search.p = view.pins.join("_");
  if (view.nodeThreshold !== DEFAULT_VIEW.nodeThreshold) search.t = round(view.nodeThreshold, 4);
  if (view.edgeThreshold !== DEFAULT_VIEW.edgeThreshold) search.e = round(view.edgeThreshold, 4);
  if (view.edgeBudget !== null) search.b = String(view.edgeBudget);
  if (view.edgeRule !== DEFAULT_VIEW.edgeRule) search.er = view.edgeRule;
  if (view.nodeBudget !== null) search.m = String(view.nodeBudget);
  if (view.sign) search.s = view.sign;
  if (view.isBySlot) search.ec = "slot";
  if (view.hiddenKinds.length > 0) search.k = view.hiddenKinds.join("_");
  if (view.camera) {
    const { cx, cy, zoom } = view.camera;
    search.c = [round(cx, 3), round(cy, 3), round(zoom, 3)].join("_");
  }
  if (view.plan.items.length > 0) search.a = view.plan.items.map(encodeItem).join("_");
  if (view.plan.freezeAttention) search.fa = "1";
  const tab = view.isPanelOpen ? view.panel : `-${view.panel}`;
  if (tab !== DEFAULT_VIEW.panel) search.tab = tab;
  if (view.isTable) search.v = "table";
  return search;
}

export function decodeView(search: ViewSearch, panels: readonly Panel[] = GRAPH_PANELS): ViewState {
  const panel = search.tab?.replace(/^-/, "") as Panel | undefined;
  return {
    selection: search.n && isNodeName(search.n) ? search.n : null,
    pins: [...new Set((search.p ?? "").split("_").filter(isNodeName))],
    nodeThreshold: numberIn(search.t, 0, 1, DEFAULT_VIEW.nodeThreshold),
    edgeThreshold: numberIn(search.e, 0, 1, DEFAULT_VIEW.edgeThreshold),
    edgeBudget: decodeBudget(search.b),
    edgeRule: EDGE_RULES.find((rule) => rule === search.er) ?? DEFAULT_VIEW.edgeRule,
    nodeBudget: decodeBudget(search.m),
    sign: search.s === "positive" || search.s === "negative" ? search.s : null,
    isBySlot: search.ec === "slot",
    hiddenKinds: KINDS.filter((kind) => search.k?.split("_").includes(kind)),
    camera: decodeCamera(search.c),
    plan: {
      items: (search.a ?? "").split("_").flatMap(decodeItem),
      freezeAttention: search.fa === "1",
    },
    panel: panel && panels.includes(panel) ? panel : DEFAULT_VIEW.panel,
    isPanelOpen: !search.tab?.startsWith("-"),
    isTable: search.v === "table",
  };
}

/** Unknown or malformed parts of an address are dropped: a bad link still opens the graph. */
export function readSearch(raw: Record<string, unknown>): ViewSearch {
  const names = [
    "n",
    "p",
    "t",
    "e",
    "b",
    "m",
    "s",
    "ec",
    "er",
    "k",
    "c",
    "a",
    "fa",
    "tab",
    "v",
  ] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof raw[name] === "string" ? [[name, raw[name]]] : [])),
  );
}

function numberIn(text: string | undefined, low: number, high: number, fallback: number): number {
  if (text === undefined || text.trim() === "") return fallback;
  const value = Number(text);
  return Number.isFinite(value) && value >= low && value <= high ? value : fallback;
}

function decodeBudget(text: string | undefined): number | null {
  const budget = numberIn(text, 0, 1e6, -1);
  return budget < 0 ? null : Math.round(budget);
}

function decodeCamera(text: string | undefined): Camera | null {
  const parts = (text ?? "").split("_").map(Number);
  const [cx, cy, zoom] = parts;
  if (cx === undefined || cy === undefined || zoom === undefined) return null;
  return parts.length === 3 && parts.every(Number.isFinite) && zoom > 0 ? { cx, cy, zoom } : null;
}

const LETTER: Record<PlanMode, string> = { ablate: "o", scale: "x", set: "s" };
const MODE: Record<string, PlanMode> = { o: "ablate", x: "scale", s: "set" };
const ITEM = /^(\d+)\.(\d+)\.(\d+)(a?)([oxs])(-?\d+(?:\.\d+)?)?$/;

/** `3.17.9o` ablates feature 17 of layer 3 at position 9; `3.17.9ax1.5` scales it everywhere. */
function encodeItem(item: PlanItem): string {
  const value = item.mode === "ablate" ? "" : round(item.value, 3);
  const where = `${item.layer}.${item.index}.${item.position}${item.everywhere ? "a" : ""}`;
  return `${where}${LETTER[item.mode]}${value}`;
}

function decodeItem(text: string): PlanItem[] {
  const match = ITEM.exec(text);
  if (!match) return [];
  const [, layer, index, position, all, letter, value] = match;
  const mode = MODE[letter ?? ""] ?? "ablate";
  return [
    {
      layer: Number(layer),
      index: Number(index),
      position: Number(position),
      everywhere: all === "a",
      mode,
      value: value === undefined ? 1 : Number(value),
    },
  ];
}
