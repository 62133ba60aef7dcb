import { clamp } from "../base/geometry";
import type { GraphData } from "./types";
import { Kind } from "./types";

/**
 * Tokens across, layers upward. Each (token, layer) cell packs its nodes on a square grid,
 * strongest first; a column is as wide and a row as high as its fullest cell needs, and empty
 * ones shrink. World units: y grows downward, the logits are at the top. Deterministic.
 */
export interface Layout {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Radius of round nodes; half the height of boxes. */
  readonly radius: Float32Array;
  /** Half the width that a box (embedding, logit) may take; 0 for all other kinds. */
  readonly halfBox: Float32Array;
  /** Edges of the token columns from left to right, tokens + 1 of them. */
  readonly columns: Float64Array;
  /** Edges of the rows from the bottom (embeddings) to the top: falling numbers. */
  readonly rows: Float64Array;
  /** Row number of a node: 0 embeddings, 1 + layer, then logits. */
  readonly rowNumber: Uint16Array;
  readonly rowLabels: readonly string[];
  readonly width: number;
  readonly height: number;
  /** The shape that was asked for. */
  readonly aspect: number;
}

/** Distance of neighbours in a cell. The largest radius stays below half of it. */
export const SPACING = 16;
const MIN_RADIUS = 2.8;
const MAX_RADIUS = 7;
const COLUMN_GAP = 14;
const ROW_GAP = 12;
const MIN_COLUMN = 28;
const EMPTY_COLUMN = 14;
const EMPTY_ROW = 10;
const MOST_AIR = 140;
/** Half the height that a box may take; rows of boxes leave room for it. */
const BOX_HALF_HEIGHT = 25;

/** `aspect` is the width : height to aim for. */
export function layoutGraph(data: GraphData, aspect = 1.5): Layout {
  const cells = new Cells(data);
  const { across, up } = cells.shape(aspect);
  const columns = columnEdges(cells, across);
  const rows = rowEdges(cells, up);
  stretch(columns, rows, aspect);
  const width = columns[columns.length - 1];
  const count = data.nodes.count;
  const layout = {
    x: new Float32Array(count),
    y: new Float32Array(count),
    radius: radii(data),
    halfBox: new Float32Array(count),
    columns,
    rows,
    rowNumber: cells.rowNumber,
    rowLabels: cells.rowLabels,
    width,
    height: rows[0],
    aspect,
  };
  for (let column = 0; column < cells.columnCount; column++) {
    for (let row = 0; row < cells.rowCount; row++) {
      const members = cells.members(column, row);
      if (members.length === 0) continue;
      if (row === cells.logitRow) placeLogits(layout, members, column, row);
      else if (row === 0) placeEmbedding(data, layout, members, column);
      else pack(layout, members, column, row, across[column]);
    }
  }
  return layout;
}

class Cells {
  readonly columnCount: number;
  readonly rowCount: number;
  readonly logitRow: number;
  readonly rowNumber: Uint16Array;
  readonly rowLabels: string[];
  private readonly start: Uint32Array;
  private readonly sorted: Uint32Array;

  constructor(data: GraphData) {
    const { count, kind, layer, position, influence } = data.nodes;
    let columnCount = data.tokens.length;
    let hasLogits = false;
    for (let row = 0; row < count; row++) {
      columnCount = Math.max(columnCount, position[row] + 1);
      if (kind[row] === Kind.logit) hasLogits = true;
    }
    this.columnCount = Math.max(1, columnCount);
    this.logitRow = hasLogits ? data.layerCount + 1 : -1;
    this.rowCount = data.layerCount + (hasLogits ? 2 : 1);
    this.rowLabels = ["Emb"];
    for (let l = 0; l < data.layerCount; l++) this.rowLabels.push(`L${l}`);
    if (hasLogits) this.rowLabels.push("Logit");

    this.rowNumber = new Uint16Array(count);
    const cellOf = new Uint32Array(count);
    this.start = new Uint32Array(this.columnCount * this.rowCount + 1);
    for (let row = 0; row < count; row++) {
      const number = kind[row] === Kind.logit ? this.logitRow : Math.max(0, layer[row] + 1);
      this.rowNumber[row] = number;
      cellOf[row] = Math.max(0, position[row]) * this.rowCount + number;
      this.start[cellOf[row] + 1]++;
    }
    for (let cell = 1; cell < this.start.length; cell++) this.start[cell] += this.start[cell - 1];
    const small = (row: number) =>
      kind[row] === Kind.position || kind[row] === Kind.bias || kind[row] === Kind.start ? 1 : 0;
    const strength = (row: number) =>
      kind[row] === Kind.logit ? data.nodes.probability[row] || influence[row] : influence[row];
    this.sorted = Uint32Array.from([...Array(count).keys()]).sort(
      (a, b) => cellOf[a] - cellOf[b] || small(a) - small(b) || strength(b) - strength(a) || a - b,
    );
  }

  members(column: number, row: number): Uint32Array {
    const cell = column * this.rowCount + row;
    return this.sorted.subarray(this.start[cell], this.start[cell + 1]);
  }

  size(column: number, row: number): number {
    const cell = column * this.rowCount + row;
    return this.start[cell + 1] - this.start[cell];
  }

  /** Nodes side by side per column and stacked per row, so that the whole has about this aspect. */
  shape(aspect: number): { across: Uint16Array; up: Uint16Array } {
    let low = -4;
    let high = 4;
    let best = this.split(1);
    for (let step = 0; step < 12; step++) {
      const middle = (low + high) / 2;
      best = this.split(2 ** middle);
      const edgesX = columnEdges(this, best.across);
      const edgesY = rowEdges(this, best.up);
      if (edgesX[edgesX.length - 1] / edgesY[0] < aspect) low = middle;
      else high = middle;
    }
    return best;
  }

  private split(stretch: number): { across: Uint16Array; up: Uint16Array } {
    const across = new Uint16Array(this.columnCount);
    const up = new Uint16Array(this.rowCount);
    for (let column = 0; column < this.columnCount; column++) {
      let most = 0;
      for (let row = 1; row < this.rowCount; row++) {
        if (row !== this.logitRow) most = Math.max(most, this.size(column, row));
      }
      across[column] = most === 0 ? 0 : Math.min(most, Math.ceil(Math.sqrt(most * stretch)));
    }
    for (let row = 1; row < this.rowCount; row++) {
      if (row === this.logitRow) continue;
      for (let column = 0; column < this.columnCount; column++) {
        if (across[column] > 0) {
          up[row] = Math.max(up[row], Math.ceil(this.size(column, row) / across[column]));
        }
      }
    }
    // A column may be wider than its cells need once the rows are as high as others made them.
    for (let column = 0; column < this.columnCount; column++) {
      let need = 0;
      for (let row = 1; row < this.rowCount; row++) {
        if (row !== this.logitRow && up[row] > 0) {
          need = Math.max(need, Math.ceil(this.size(column, row) / up[row]));
        }
      }
      across[column] = need;
    }
    return { across, up };
  }
}

function columnEdges(cells: Cells, across: Uint16Array): Float64Array {
  const edges = new Float64Array(cells.columnCount + 1);
  for (let column = 0; column < cells.columnCount; column++) {
    const content = across[column] * SPACING + COLUMN_GAP;
    const isEmpty = across[column] === 0 && cells.size(column, 0) === 0;
    edges[column + 1] = edges[column] + (isEmpty ? EMPTY_COLUMN : Math.max(MIN_COLUMN, content));
  }
  return edges;
}

function rowEdges(cells: Cells, up: Uint16Array): Float64Array {
  const heights = Array.from({ length: cells.rowCount }, (_, row) => {
    if (row === cells.logitRow) return 2 * BOX_HALF_HEIGHT + ROW_GAP;
    if (row > 0) return up[row] === 0 ? EMPTY_ROW : up[row] * SPACING + ROW_GAP;
    let most = 1;
    for (let column = 0; column < cells.columnCount; column++) {
      most = Math.max(most, cells.size(column, 0));
    }
    return 2 * BOX_HALF_HEIGHT + (most - 1) * SPACING + ROW_GAP;
  });
  const edges = new Float64Array(cells.rowCount + 1);
  edges[0] = heights.reduce((sum, height) => sum + height, 0);
  heights.forEach((height, row) => {
    edges[row + 1] = edges[row] - height;
  });
  edges[cells.rowCount] = 0;
  return edges;
}

/** Air between rows or columns where grids of whole nodes miss the wanted shape. */
function stretch(columns: Float64Array, rows: Float64Array, aspect: number): void {
  const width = columns[columns.length - 1];
  const height = rows[0];
  const perRow = clamp((width / aspect - height) / (rows.length - 1), 0, MOST_AIR);
  const perColumn = clamp((height * aspect - width) / (columns.length - 1), 0, MOST_AIR);
  for (let row = 0; row < rows.length; row++) rows[row] += perRow * (rows.length - 1 - row);
  for (let column = 0; column < columns.length; column++) columns[column] += perColumn * column;
}

type Places = Pick<Layout, "x" | "y" | "halfBox" | "columns" | "rows" | "width">;

function pack(layout: Places, members: Uint32Array, column: number, row: number, across: number) {
  const centerX = (layout.columns[column] + layout.columns[column + 1]) / 2;
  const centerY = (layout.rows[row] + layout.rows[row + 1]) / 2;
  const lines = Math.ceil(members.length / across);
  const wide = Math.min(across, members.length);
  members.forEach((node, at) => {
    layout.x[node] = centerX + ((at % across) - (wide - 1) / 2) * SPACING;
    layout.y[node] = centerY + (Math.floor(at / across) - (lines - 1) / 2) * SPACING;
  });
}

/** The token's box on top, whatever else feeds the first layer beneath it. */
function placeEmbedding(data: GraphData, layout: Places, members: Uint32Array, column: number) {
  const left = layout.columns[column];
  const right = layout.columns[column + 1];
  const middle = (layout.rows[0] + layout.rows[1]) / 2;
  const top = middle - ((members.length - 1) * SPACING) / 2;
  members.forEach((node, at) => {
    layout.x[node] = (left + right) / 2;
    layout.y[node] = at === 0 ? top : top + BOX_HALF_HEIGHT + (at - 0.5) * SPACING;
    if (data.nodes.kind[node] === Kind.embedding) layout.halfBox[node] = (right - left) / 2 - 3;
  });
}

/**
 * Logits share one position, so they spread over their row, most probable last (at the right),
 * where likely ones get more room for their text.
 */
function placeLogits(layout: Places, members: Uint32Array, column: number, row: number) {
  const wishes = Array.from(members, (_, at) => Math.max(0.6, 1.6 * 0.8 ** at));
  const wished = wishes.reduce((sum, wish) => sum + wish, 0);
  const most = Math.max(110, layout.width / 10);
  const unit = clamp((layout.width * 0.98) / wished, 20, most);
  const total = unit * wished;
  const center = (layout.columns[column] + layout.columns[column + 1]) / 2;
  const last = (wishes[0] * unit) / 2;
  let right = clamp(center + last, total, Math.max(layout.width, total));
  members.forEach((node, at) => {
    const slot = wishes[at] * unit;
    layout.x[node] = right - slot / 2;
    layout.y[node] = (layout.rows[row] + layout.rows[row + 1]) / 2;
    layout.halfBox[node] = slot / 2 - 3;
    right -= slot;
  });
}

function radii(data: GraphData): Float32Array {
  const { count, kind, influence } = data.nodes;
  let most = 0;
  for (let row = 0; row < count; row++) {
    if (isRound(kind[row])) most = Math.max(most, influence[row]);
  }
  const radius = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    if (kind[row] === Kind.embedding || kind[row] === Kind.logit) radius[row] = BOX_HALF_HEIGHT;
    else if (!isRound(kind[row])) radius[row] = MIN_RADIUS + 0.5;
    else {
      const strength = most > 0 ? Math.sqrt(Math.max(0, influence[row]) / most) : 0;
      radius[row] = MIN_RADIUS + (MAX_RADIUS - MIN_RADIUS) * strength;
    }
  }
  return radius;
}

const isRound = (kind: number): boolean => kind === Kind.feature || kind === Kind.error;
