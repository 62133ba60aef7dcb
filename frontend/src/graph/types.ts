/**
 * A circuit as data: typed columns, one entry per node or edge. A *row* is a node's number in
 * these columns; people and addresses use node ids instead (`nodeId.ts`), since rows change
 * with the pruning thresholds. Edges are written source → target and positive raises the target.
 */
import type { ChosenEdges } from "./edgeBudget";
import type { EdgeRule } from "./selecting";

/** Codes of `NodeColumns.kind`, in the order of `headwater.graph.KINDS`. */
export const KINDS = [
  "embedding",
  "position",
  "feature",
  "error",
  "bias",
  "start",
  "logit",
  "head",
  "mlp",
] as const;
export type KindName = (typeof KINDS)[number];
export const Kind = {
  embedding: 0,
  position: 1,
  feature: 2,
  error: 3,
  bias: 4,
  start: 5,
  logit: 6,
  head: 7,
  mlp: 8,
} as const;

/** Codes of `NodeColumns.site`, in the order of `headwater.graph.SITES`. */
export const SITES = ["embed", "attn", "mlp", "resid", "logits"] as const;
export type SiteName = (typeof SITES)[number];

/** Codes of `EdgeColumns.slot`: which input of a head an edge feeds; "" has no parts. */
export const SLOTS = ["", "q", "k", "v"] as const;

/** What the server says about a graph; the JSON of `GET /graphs`. */
export interface GraphSummary {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly dictionaries: string;
  readonly prompt: string;
  readonly tokens: readonly string[];
  readonly token_ids: readonly number[];
  readonly targets: readonly { label: string; probability: number | null; node: string }[];
  readonly method: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly n_nodes: number;
  readonly n_edges: number;
  readonly n_features: number;
  readonly replacement_score: number | null;
  readonly completeness_score: number | null;
  readonly completeness_score_leaf_free: number | null;
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** How much of the graph this view holds; `hidden` counts pruned nodes by kind. */
export interface ViewCounts {
  readonly node_threshold: number;
  readonly edge_threshold: number;
  readonly nodes_total: number;
  readonly nodes_shown: number;
  readonly edges_total: number;
  readonly edges_shown: number;
  readonly hidden: Readonly<Record<string, number>>;
}

/** What the server says about a circuit over a task; the JSON of `GET /circuits`. */
export interface CircuitSummary {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly task: {
    /** Null when the task was removed since. */
    readonly id: string | null;
    readonly name: string;
    readonly title: string;
    readonly fingerprint: string;
    readonly n_examples: number;
    readonly n_train: number;
    readonly n_evaluation: number;
    readonly n_dropped: number;
  };
  readonly method: Readonly<Record<string, unknown>>;
  /** Set of each site; empty for heads and MLPs. */
  readonly dictionaries: Readonly<Record<string, string>>;
  readonly level: "features" | "components";
  readonly bins: readonly string[];
  readonly n_nodes: number;
  readonly n_edges: number;
  /** Mean of the metric over the examples, on clean and on patch prompts. */
  readonly metric_clean: number | null;
  readonly metric_patch: number | null;
  /** Share of examples whose metric is above zero. */
  readonly accuracy: number | null;
  readonly created_at: string;
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly methods_text: string;
}

/** How much of the circuit was sent; cuts are the weakest |effect| and |weight| among it. */
export interface CircuitCounts {
  readonly nodes_total: number;
  readonly nodes_shown: number;
  readonly edges_total: number;
  readonly edges_shown: number;
  readonly node_cut: number | null;
  readonly edge_cut: number | null;
  readonly hidden: Readonly<Record<string, number>>;
}

/** One line of the drawing: a sublayer. */
export interface CircuitRow {
  readonly layer: number;
  readonly site: string;
  readonly name: string;
}

/** What only circuits have. Their nodes stand in bins: positions, spans, or one for all. */
export interface CircuitFacts {
  readonly summary: CircuitSummary;
  readonly view: CircuitCounts;
  readonly rows: readonly CircuitRow[];
  /** Of every node, in units of the metric: positive when patching it hurts. */
  readonly effect: Float32Array;
  /** Standard deviation of that effect over the examples. */
  readonly spread: Float32Array;
  readonly site: Uint8Array;
  /** The server's names: `resid3/120@subject`, `a0.h3`. */
  readonly name: readonly string[];
}

export interface NodeColumns {
  readonly count: number;
  /** Index in the unpruned graph. */
  readonly node: Uint32Array;
  readonly kind: Uint8Array;
  /** −1 for embeddings and positions, the number of layers for logits. */
  readonly layer: Int16Array;
  readonly position: Int32Array;
  /** Token id (embedding, logit) or feature index; −1 otherwise. */
  readonly index: Int32Array;
  readonly activation: Float32Array;
  /** Share of all influence on the targets, 0..1. */
  readonly influence: Float32Array;
  /** Influence of this and every stronger node, 0..1: what the node threshold cuts. */
  readonly cumulative: Float32Array;
  /** The model's probability of a logit; 0 or NaN elsewhere. */
  readonly probability: Float32Array;
  /** Measured value of a target row; NaN for nodes that are not targets of attribution. */
  readonly value: Float32Array;
  /** Value minus the sum of the row: what attribution did not explain. NaN likewise. */
  readonly rowResidual: Float32Array;
  /** Σ|weight| of all inputs before pruning: the denominator of an edge's share. */
  readonly inputTotal: Float32Array;
  /** A target's label, "" elsewhere. */
  readonly label: readonly string[];
}

/** Sorted by score, strongest first, so that every budget is a prefix. */
export interface EdgeColumns {
  readonly count: number;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  /** Direct effect in units of the target's value. */
  readonly weight: Float32Array;
  /** Influence that flows through this edge to the targets. */
  readonly score: Float32Array;
  /** weight / inputTotal of the target, signed. */
  readonly share: Float32Array;
  /** Which input of the target; absent where no target has parts. */
  readonly slot?: Uint8Array;
}

/** Edges of row r: `edge[start[r] .. start[r + 1])`, strongest score first. */
export interface Adjacency {
  readonly start: Uint32Array;
  readonly edge: Uint32Array;
}

export interface GraphData {
  readonly summary: GraphSummary;
  readonly view: ViewCounts;
  /** Null for the attribution graph of one prompt. */
  readonly circuit: CircuitFacts | null;
  /** Names of the columns: tokens, or a circuit's bins. */
  readonly tokens: readonly string[];
  readonly layerCount: number;
  /** Names of the drawing's lines from the bottom: "Emb", then layers or sublayers. */
  readonly lines: readonly string[];
  /** The line of every node. */
  readonly line: Uint16Array;
  readonly nodes: NodeColumns;
  readonly edges: EdgeColumns;
  /** Edges that end at a row. */
  readonly inputs: Adjacency;
  /** Edges that start at a row. */
  readonly outputs: Adjacency;
  /** Rows of the graph's targets, most probable first. */
  readonly targets: readonly number[];
}

/** Which nodes to show. Absent means no restriction. Layers and positions are inclusive ranges. */
export interface GraphFilter {
  readonly hiddenKinds?: readonly KindName[];
  readonly layers?: readonly [number, number];
  readonly positions?: readonly [number, number];
  /** Keep nodes whose effect on the target has this sign. */
  readonly sign?: "positive" | "negative";
  readonly minInfluence?: number;
  /** Keep the strongest nodes that together reach this share of influence. */
  readonly maxCumulative?: number;
  /** Keep this many of the strongest nodes; tokens and targets are not counted. */
  readonly strongest?: number;
  /** Keep the ends of the edges that a rule selects; the number is that of the edges slider. */
  readonly connected?: { readonly rule: EdgeRule; readonly edges: number | null };
  /** Hidden by hand. */
  readonly hiddenRows?: ReadonlySet<number>;
  /** Never hidden, whatever else says so: selection, pins, targets. */
  readonly keepRows?: ReadonlySet<number>;
}

/** Why a node is not on screen; the first rule that applies counts. */
export type HiddenReason =
  | "pruned"
  | "kind"
  | "layer"
  | "position"
  | "sign"
  | "influence"
  | "hand"
  | "unconnected";

/** Law: shown + Σ hidden = total = nodes in the unpruned graph. */
export interface Visibility {
  /** 1 where the row is shown. */
  readonly mask: Uint8Array;
  /** The edges that a rule selected, if one did: what is drawn at rest. */
  readonly edges?: ChosenEdges;
  readonly shown: number;
  readonly hidden: Readonly<Record<HiddenReason, number>>;
  readonly total: number;
}
