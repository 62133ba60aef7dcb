/**
 * A circuit as data: typed columns, one entry per node or edge. A *row* is a node's number in
 * these columns; people and addresses use node ids instead (`nodeId.ts`), since rows change
 * with the pruning thresholds. Edges are written source → target and positive raises the target.
 */

/** Codes of `NodeColumns.kind`, in the order of `headwater.graph.KINDS`. */
export const KINDS = [
  "embedding",
  "position",
  "feature",
  "error",
  "bias",
  "start",
  "logit",
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
} as const;

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
}

/** Edges of row r: `edge[start[r] .. start[r + 1])`, strongest score first. */
export interface Adjacency {
  readonly start: Uint32Array;
  readonly edge: Uint32Array;
}

export interface GraphData {
  readonly summary: GraphSummary;
  readonly view: ViewCounts;
  readonly tokens: readonly string[];
  readonly layerCount: number;
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
  /** Hidden by hand. */
  readonly hiddenRows?: ReadonlySet<number>;
  /** Never hidden, whatever else says so: selection, pins, targets. */
  readonly keepRows?: ReadonlySet<number>;
}

/** Why a node is not on screen; the first rule that applies counts. */
export type HiddenReason = "pruned" | "kind" | "layer" | "position" | "sign" | "influence" | "hand";

/** Law: shown + Σ hidden = total = nodes in the unpruned graph. */
export interface Visibility {
  /** 1 where the row is shown. */
  readonly mask: Uint8Array;
  readonly shown: number;
  readonly hidden: Readonly<Record<HiddenReason, number>>;
  readonly total: number;
}
