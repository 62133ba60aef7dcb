import {
  adjacency,
  type Columns,
  checkFalling,
  column,
  edgeEnds,
  GraphFormatError,
  openContainer,
  readStream,
} from "./decode";
import type {
  CircuitCounts,
  CircuitRow,
  CircuitSummary,
  EdgeColumns,
  GraphData,
  GraphSummary,
  NodeColumns,
} from "./types";
import { KINDS, Kind, SITES } from "./types";

interface CircuitHeader {
  readonly version: number;
  readonly circuit: CircuitSummary;
  readonly view: CircuitCounts;
  readonly rows: readonly CircuitRow[];
  readonly bins: readonly string[];
  readonly streams: readonly { name: string; offset: number; length: number }[];
}

/**
 * Read `GET /circuits/{id}?format=columns`: the container of a graph's view with other streams.
 * What comes out is drawn, walked and searched like any graph; what only circuits have is in
 * `circuit`.
 */
export function decodeCircuit(buffer: ArrayBuffer): GraphData {
  const container = openContainer<CircuitHeader>(buffer);
  const { circuit, view, rows, bins } = container.header;
  if (!circuit || !view || !Array.isArray(rows) || !Array.isArray(bins)) {
    throw new GraphFormatError("The circuit's header lacks its summary, view, rows or bins.");
  }
  const columns = readStream(container, "nodes");
  const count = (columns.kind as ArrayLike<number> | undefined)?.length ?? 0;
  const row = column(columns, "row", Uint16Array, count);
  if (row.some((at) => at >= Math.max(1, rows.length))) {
    throw new GraphFormatError("The circuit has nodes in a row that it does not name.");
  }
  const effect = column(columns, "effect", Float32Array, count);
  return assembleCircuit(
    { circuit, view, rows, bins },
    nodeColumns(columns, count),
    edgeColumns(readStream(container, "edges"), count),
    {
      row,
      effect,
      spread: column(columns, "spread", Float32Array, count),
      site: column(columns, "site", Uint8Array, count),
      name: texts(columns, "name", count),
    },
  );
}

/** Per node, besides what every graph has. */
export interface CircuitColumns {
  readonly row: Uint16Array;
  readonly effect: Float32Array;
  readonly spread: Float32Array;
  readonly site: Uint8Array;
  readonly name: readonly string[];
}

export function assembleCircuit(
  header: Pick<CircuitHeader, "circuit" | "view" | "rows" | "bins">,
  nodes: NodeColumns,
  edges: EdgeColumns,
  { row, ...own }: CircuitColumns,
): GraphData {
  const { circuit, view, rows, bins } = header;
  const lines = drawnLines(rows, nodes, row);
  return {
    summary: summaryOf(circuit, bins),
    view: {
      node_threshold: 1,
      edge_threshold: 1,
      nodes_total: view.nodes_total,
      nodes_shown: nodes.count,
      edges_total: view.edges_total,
      edges_shown: edges.count,
      hidden: view.hidden,
    },
    circuit: { summary: circuit, view, rows, ...own },
    tokens: bins,
    layerCount: lines.length - 1,
    lines: rows.slice(0, lines.length).map(lineName),
    line: row,
    nodes,
    edges,
    inputs: adjacency(nodes.count, edges.target),
    outputs: adjacency(nodes.count, edges.source),
    targets: [...nodes.kind.keys()].filter((node) => nodes.kind[node] === Kind.logit),
  };
}

/** Logits stand in the band of targets, so a row of theirs at the top would stay empty. */
function drawnLines(rows: readonly CircuitRow[], nodes: NodeColumns, row: Uint16Array) {
  let last = 0;
  for (let node = 0; node < nodes.count; node++) {
    if (nodes.kind[node] !== Kind.logit) last = Math.max(last, row[node]);
  }
  const inside = rows.filter(({ site }) => site !== "logits").length;
  return rows.slice(0, Math.max(1, last + 1, inside));
}

const SHORT: Record<string, string> = { attn: "attn", mlp: "MLP", resid: "resid" };

/** Short enough for an axis; the server's own name is in the panels. */
const lineName = ({ layer, site, name }: CircuitRow): string =>
  SHORT[site] ? `L${layer} ${SHORT[site]}` : site === "embed" ? "Emb" : name;

/** A circuit in the terms of a graph, for the parts that draw either. */
function summaryOf(circuit: CircuitSummary, bins: readonly string[]): GraphSummary {
  return {
    id: circuit.id,
    status: circuit.status,
    model: circuit.model,
    dictionaries: "",
    prompt: circuit.task.title || circuit.task.name,
    tokens: bins,
    token_ids: [],
    targets: [],
    method: circuit.method,
    created_at: circuit.created_at,
    n_nodes: circuit.n_nodes,
    n_edges: circuit.n_edges,
    n_features: 0,
    replacement_score: null,
    completeness_score: null,
    completeness_score_leaf_free: null,
    provenance: circuit.provenance,
  };
}

function nodeColumns(columns: Columns, count: number): NodeColumns {
  const kind = column(columns, "kind", Uint8Array, count);
  if (kind.some((k) => k >= KINDS.length)) {
    throw new GraphFormatError("The circuit has nodes of a kind that this page does not know.");
  }
  const nothing = () => new Float32Array(count).fill(Number.NaN);
  return {
    count,
    kind,
    node: column(columns, "node", Uint32Array, count),
    layer: column(columns, "layer", Int16Array, count),
    position: column(columns, "position", Int32Array, count),
    index: column(columns, "index", Int32Array, count),
    influence: column(columns, "influence", Float32Array, count),
    cumulative: column(columns, "cumulative", Float32Array, count),
    activation: new Float32Array(count),
    probability: new Float32Array(count),
    value: nothing(),
    rowResidual: nothing(),
    inputTotal: nothing(),
    label: Array.from({ length: count }, () => ""),
  };
}

function edgeColumns(columns: Columns, nodeCount: number): EdgeColumns {
  const ends = edgeEnds(columns, nodeCount);
  const weight = column(columns, "weight", Float32Array, ends.count);
  const score = weight.map(Math.abs);
  checkFalling(score);
  return {
    ...ends,
    weight,
    score,
    share: column(columns, "share", Float32Array, ends.count),
    slot: column(columns, "slot", Uint8Array, ends.count),
  };
}

function texts(columns: Columns, name: string, count: number): string[] {
  const values = columns[name] as ArrayLike<string | null> | undefined;
  if (!values || values.length !== count) {
    throw new GraphFormatError(`The circuit lacks the column "${name}".`);
  }
  return Array.from({ length: count }, (_, at) => values[at] ?? "");
}

/** The site of a node, by name. */
export const siteOf = (data: GraphData, row: number): string =>
  SITES[data.circuit?.site[row] ?? 3] ?? "resid";
