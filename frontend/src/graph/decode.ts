import { tableFromIPC } from "@uwdata/flechette";
import type {
  Adjacency,
  EdgeColumns,
  GraphData,
  GraphSummary,
  NodeColumns,
  ViewCounts,
} from "./types";
import { KINDS, Kind } from "./types";

const MAGIC = "HWGRAPH1";

/** What every container's header has; the rest depends on what it holds. */
interface Header {
  readonly version: number;
  readonly streams: readonly { name: string; offset: number; length: number }[];
}

interface ViewHeader extends Header {
  readonly summary: GraphSummary;
  readonly view: ViewCounts;
}

/** A container opened: its header and where its streams begin. */
export interface Container<H extends Header> {
  readonly buffer: ArrayBuffer;
  readonly header: H;
  readonly base: number;
}

/** The bytes are not a graph view, or not one this page understands. */
export class GraphFormatError extends Error {
  override readonly name = "GraphFormatError";
}

/**
 * Read `GET /graphs/{id}?format=columns`: magic, header, two Arrow streams (ARCHITECTURE.md).
 * Checks everything that drawing relies on, so that a cut or foreign file says so here.
 */
export function decodeView(buffer: ArrayBuffer): GraphData {
  const container = openContainer<ViewHeader>(buffer);
  const { header } = container;
  if (!Array.isArray(header.summary?.tokens) || !header.view) {
    throw new GraphFormatError("The graph's header lacks its summary or view.");
  }
  const nodes = nodeColumns(readStream(container, "nodes"));
  const edges = edgeColumns(readStream(container, "edges"), nodes.count);
  return assembleGraph(header.summary, header.view, nodes, edges);
}

/** Graph data from columns: adds adjacency, targets and counts. Edges must be sorted by score. */
export function assembleGraph(
  summary: GraphSummary,
  view: ViewCounts,
  nodes: NodeColumns,
  edges: EdgeColumns,
): GraphData {
  const layerCount = countLayers(nodes);
  return {
    summary,
    view,
    circuit: null,
    tokens: summary.tokens,
    layerCount,
    lines: ["Emb", ...Array.from({ length: layerCount }, (_, layer) => `L${layer}`)],
    line: Uint16Array.from(nodes.layer, (layer) => Math.max(0, layer + 1)),
    nodes,
    edges,
    inputs: adjacency(nodes.count, edges.target),
    outputs: adjacency(nodes.count, edges.source),
    targets: findTargets(nodes, edges),
  };
}

/** Magic, version and streams; what else the header must have is for the caller to check. */
export function openContainer<H extends Header>(buffer: ArrayBuffer): Container<H> {
  if (buffer.byteLength < 12) throw new GraphFormatError("The graph is empty or cut short.");
  const magic = new TextDecoder("latin1").decode(new Uint8Array(buffer, 0, 8));
  if (magic !== MAGIC) throw new GraphFormatError("These bytes are not a Headwater graph.");
  const length = new DataView(buffer).getUint32(8, true);
  if (12 + length > buffer.byteLength) throw new GraphFormatError("The graph is cut short.");
  let header: H;
  try {
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, length)));
  } catch {
    throw new GraphFormatError("The graph's header is not JSON.");
  }
  if (header.version !== 1) {
    throw new GraphFormatError(
      `This page reads graphs of version 1; this one has version ${header.version}. Reload the page.`,
    );
  }
  if (!Array.isArray(header.streams)) {
    throw new GraphFormatError("The graph's header lacks its streams.");
  }
  return { buffer, header, base: Math.ceil((12 + length) / 8) * 8 };
}

export type Columns = Readonly<Record<string, unknown>>;

export function readStream({ buffer, header, base }: Container<Header>, name: string): Columns {
  const stream = header.streams.find((s) => s.name === name);
  if (!stream) throw new GraphFormatError(`The graph has no ${name}.`);
  const start = base + stream.offset;
  if (start + stream.length > buffer.byteLength) {
    throw new GraphFormatError(`The graph's ${name} are cut short.`);
  }
  return tableFromIPC(new Uint8Array(buffer, start, stream.length)).toColumns();
}

/** The column as exactly this typed array; one copy when Arrow's type or its chunks differ. */
export function column<T extends { readonly length: number }>(
  columns: Columns,
  name: string,
  make: { new (values: ArrayLike<number>): T },
  count: number,
): T {
  const values = columns[name] as ArrayLike<number> | undefined;
  if (!values) throw new GraphFormatError(`The graph lacks the column "${name}".`);
  if (values.length !== count) {
    throw new GraphFormatError(`Column "${name}" has ${values.length} entries, not ${count}.`);
  }
  return values instanceof make ? values : new make(values);
}

function nodeColumns(columns: Columns): NodeColumns {
  const count = (columns.kind as ArrayLike<number> | undefined)?.length ?? 0;
  const numbers = <T extends { readonly length: number }>(
    name: string,
    make: { new (values: ArrayLike<number>): T },
  ) => column(columns, name, make, count);
  const kind = numbers("kind", Uint8Array);
  if (kind.some((k) => k >= KINDS.length)) {
    throw new GraphFormatError("The graph has nodes of a kind that this page does not know.");
  }
  const label = columns.label as ArrayLike<string | null> | undefined;
  return {
    count,
    kind,
    node: numbers("node", Uint32Array),
    layer: numbers("layer", Int16Array),
    position: numbers("position", Int32Array),
    index: numbers("index", Int32Array),
    activation: numbers("activation", Float32Array),
    influence: numbers("influence", Float32Array),
    cumulative: numbers("cumulative", Float32Array),
    probability: numbers("probability", Float32Array),
    value: numbers("value", Float32Array),
    rowResidual: numbers("row_residual", Float32Array),
    inputTotal: numbers("input_total", Float32Array),
    label: Array.from({ length: count }, (_, row) => label?.[row] ?? ""),
  };
}

function edgeColumns(columns: Columns, nodeCount: number): EdgeColumns {
  const ends = edgeEnds(columns, nodeCount);
  const score = column(columns, "score", Float32Array, ends.count);
  checkFalling(score);
  return {
    ...ends,
    score,
    weight: column(columns, "weight", Float32Array, ends.count),
    share: column(columns, "share", Float32Array, ends.count),
  };
}

/** Both ends of every edge, each a row of this view. */
export function edgeEnds(columns: Columns, nodeCount: number) {
  const count = (columns.source as ArrayLike<number> | undefined)?.length ?? 0;
  const source = column(columns, "source", Uint32Array, count);
  const target = column(columns, "target", Uint32Array, count);
  for (let edge = 0; edge < count; edge++) {
    if (source[edge] >= nodeCount || target[edge] >= nodeCount) {
      throw new GraphFormatError(`Edge ${edge} ends at a node that is not in the graph.`);
    }
  }
  return { count, source, target };
}

/** Budgets take the first so many edges, so the strongest must come first. */
export function checkFalling(score: Float32Array): void {
  for (let edge = 1; edge < score.length; edge++) {
    if (score[edge] > score[edge - 1]) {
      throw new GraphFormatError("The graph's edges are not sorted by score.");
    }
  }
}

/** A counting sort: edges keep their order (score, strongest first) within each row. */
export function adjacency(nodeCount: number, end: Uint32Array): Adjacency {
  const start = new Uint32Array(nodeCount + 1);
  for (let edge = 0; edge < end.length; edge++) start[end[edge] + 1]++;
  for (let row = 0; row < nodeCount; row++) start[row + 1] += start[row];
  const next = start.slice(0, nodeCount);
  const edge = new Uint32Array(end.length);
  for (let e = 0; e < end.length; e++) edge[next[end[e]]++] = e;
  return { start, edge };
}

function countLayers(nodes: NodeColumns): number {
  let layers = 0;
  for (let row = 0; row < nodes.count; row++) {
    const here = nodes.layer[row];
    layers = Math.max(layers, nodes.kind[row] === Kind.logit ? here : here + 1);
  }
  return layers;
}

/** Logits, most probable first; a graph of a feature has that labelled feature, else the sink. */
function findTargets(nodes: NodeColumns, edges: EdgeColumns): number[] {
  const rows = [...Array(nodes.count).keys()];
  const logits = rows.filter((row) => nodes.kind[row] === Kind.logit);
  const weight = (row: number) => nodes.probability[row] || 0;
  if (logits.length > 0) return logits.sort((a, b) => weight(b) - weight(a) || a - b);
  const labelled = rows.filter((row) => nodes.label[row] !== "");
  if (labelled.length > 0) return labelled;
  return edges.count > 0 ? [edges.target[0]] : [];
}
