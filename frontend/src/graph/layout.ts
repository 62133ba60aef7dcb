import { clamp } from "../base/geometry";
import type { Split } from "./cells";
import { Cells } from "./cells";
import type { Band, BandPlan } from "./outputBand";
import { placeSlots, planBand } from "./outputBand";
import type { GraphData } from "./types";
import { Kind } from "./types";

export type { Band } from "./outputBand";

/**
 * Tokens across, layers upward. Each (token, layer) cell packs its nodes on a grid, features
 * first; a column is as wide and a row as high as its fullest cell needs, and empty ones shrink.
 * What the graph explains stands in a band of its own above all columns. World units: y grows
 * downward. Deterministic.
 */
export interface Layout {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Radius of round nodes; half the height of boxes. */
  readonly radius: Float32Array;
  /** Half the width that a box (embedding, head, MLP, target) may take; 0 for all other nodes. */
  readonly halfBox: Float32Array;
  /** Edges of the token columns from left to right, tokens + 1 of them. */
  readonly columns: Float64Array;
  /** Edges of the rows from the bottom (embeddings) to the top: falling numbers. */
  readonly rows: Float64Array;
  /** Row number of a node: 0 embeddings, 1 + layer, then targets. */
  readonly rowNumber: Uint16Array;
  readonly rowLabels: readonly string[];
  /** Where the targets stand; null without any. */
  readonly band: Band | null;
  readonly width: number;
  readonly height: number;
  /** The shape that was asked for. */
  readonly aspect: number;
  readonly windowWidth: number;
  /** How many of the strongest nodes have a place of their own. */
  readonly capacity: number;
}

/** Distance of neighbours in a cell. The largest radius stays below half of it. */
export const SPACING = 16;
const MIN_RADIUS = 2.8;
const MAX_RADIUS = 7;
/** Errors are what no feature explains: worth seeing, not worth reading first. */
const MAX_ERROR_RADIUS = 4.8;
const COLUMN_GAP = 14;
const ROW_GAP = 12;
const MIN_COLUMN = 28;
/** On phones nodes need the width more than the tokens between them. */
const MIN_COLUMN_ON_PHONES = 19;
const EMPTY_COLUMN = 14;
const EMPTY_ROW = 10;
const MOST_AIR = 140;
/** Pixels for a world unit that a window fits at most: see `fitRect`. */
export const LARGEST_SCALE = 2.5;
/** Nodes of a circuit with few columns use the width that it leaves them. */
const MOST_SPREAD = 4.5;
/** Half the height of the box of a head or MLP: it keeps to its square of the grid. */
const COMPONENT_HALF_HEIGHT = 7;
/** Half its width at most: edges must end at what is seen. */
const COMPONENT_HALF_WIDTH = 15;
/** Half the height that a token's box may take; its row leaves room for it. */
const BOX_HALF_HEIGHT = 18;
/** Cells are rather wide than tall: the air between rows is where edges are told apart. */
const LEAST_STRETCH = 0.5;
const LEAST_STRETCH_ON_PHONES = -1;
const MOST_STRETCH = 4;

/**
 * `aspect` is the width : height to aim for; `windowWidth` in pixels says how large text will be.
 * `capacity`: only so many of the strongest nodes get a place of their own, so that the few shown
 * of a large circuit fill the window; weaker ones wait at the side of their cell.
 */
export function layoutGraph(
  data: GraphData,
  aspect = 1.5,
  windowWidth = 840,
  capacity = Infinity,
): Layout {
  const cells = new Cells(data, capacity);
  const plan = planBand(data, windowWidth, aspect);
  const isSpread = data.circuit !== null;
  const { across, columns, rows } = shape(cells, aspectBelow(plan, aspect), windowWidth, isSpread);
  const width = columns[columns.length - 1];
  const { edges, band } = addBand(rows, plan, width);
  const count = data.nodes.count;
  const layout: Layout = {
    x: new Float32Array(count),
    y: new Float32Array(count),
    radius: radii(data),
    halfBox: new Float32Array(count),
    columns,
    rows: edges,
    rowNumber: cells.rowNumber,
    rowLabels: rowLabels(data, band !== null),
    band,
    width,
    height: edges[0],
    aspect,
    windowWidth,
    capacity,
  };
  placeCrowded(data, layout, cells.crowded);
  for (let column = 0; column < cells.columnCount; column++) {
    for (let row = 0; row < cells.rowCount; row++) {
      const members = cells.members(column, row);
      if (members.length === 0) continue;
      if (row < cells.firstPacked) placeEmbedding(data, layout, members, column);
      else pack(data, layout, members, column, row, across[column]);
    }
  }
  if (plan && band) placeTargets(layout, plan, band);
  return layout;
}

function rowLabels(data: GraphData, hasBand: boolean): string[] {
  return hasBand ? [...data.lines, "Out"] : [...data.lines];
}

/** What is left of the shape once the band has taken its share of the height. */
function aspectBelow(plan: BandPlan | null, aspect: number): number {
  if (!plan) return aspect;
  const share = ((plan.height + plan.gap) * aspect) / plan.windowWidth;
  return aspect / (1 - Math.min(0.4, share));
}

interface Shape extends Split {
  readonly columns: Float64Array;
  readonly rows: Float64Array;
}

/** The widest cells that keep to this aspect; air makes up for what whole nodes miss. */
function shape(cells: Cells, aspect: number, windowWidth: number, isSpread: boolean): Shape {
  const isPhone = aspect < 0.8;
  const tryOut = (stretch: number): Shape => {
    const split = cells.split(2 ** stretch);
    return {
      ...split,
      columns: columnEdges(cells, split.across, isPhone),
      rows: rowEdges(cells, split.up),
    };
  };
  let low = isPhone ? LEAST_STRETCH_ON_PHONES : LEAST_STRETCH;
  let high = MOST_STRETCH;
  let best = tryOut(low);
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    const next = tryOut(middle);
    if (next.columns[next.columns.length - 1] / next.rows[0] > aspect) high = middle;
    else {
      low = middle;
      best = next;
    }
  }
  widen(best.columns, windowWidth / LARGEST_SCALE);
  addAir(best.columns, best.rows, aspect, isSpread ? windowWidth / best.across.length : MOST_AIR);
  return best;
}

function columnEdges(cells: Cells, across: Uint16Array, isPhone: boolean): Float64Array {
  const least = isPhone ? MIN_COLUMN_ON_PHONES : MIN_COLUMN;
  const edges = new Float64Array(cells.columnCount + 1);
  for (let column = 0; column < cells.columnCount; column++) {
    const content = across[column] * SPACING + COLUMN_GAP;
    const isEmpty = across[column] === 0 && cells.size(column, 0) === 0;
    edges[column + 1] = edges[column] + (isEmpty ? EMPTY_COLUMN : Math.max(least, content));
  }
  return edges;
}

function rowEdges(cells: Cells, up: Uint16Array): Float64Array {
  const heights = Array.from({ length: cells.rowCount }, (_, row) => {
    if (row >= cells.firstPacked) return up[row] === 0 ? EMPTY_ROW : up[row] * SPACING + ROW_GAP;
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

/** A tiny graph would be magnified beyond measure to fill a window, or leave its boxes no room. */
function widen(columns: Float64Array, least: number): void {
  const scale = least / columns[columns.length - 1];
  if (scale > 1) for (let column = 0; column < columns.length; column++) columns[column] *= scale;
}

/** Air between rows or columns where grids of whole nodes miss the wanted shape. */
function addAir(
  columns: Float64Array,
  rows: Float64Array,
  aspect: number,
  mostPerColumn: number,
): void {
  const width = columns[columns.length - 1];
  const height = rows[0];
  const perRow = clamp((width / aspect - height) / (rows.length - 1), 0, MOST_AIR);
  const perColumn = clamp((height * aspect - width) / (columns.length - 1), 0, mostPerColumn);
  for (let row = 0; row < rows.length; row++) rows[row] += perRow * (rows.length - 1 - row);
  for (let column = 0; column < columns.length; column++) columns[column] += perColumn * column;
}

/** The rows moved down to make room for the band above them. */
function addBand(rows: Float64Array, plan: BandPlan | null, width: number) {
  if (!plan) return { edges: rows, band: null };
  const unit = width / plan.windowWidth;
  const bottom = plan.height * unit;
  const columnsTop = bottom + plan.gap * unit;
  const edges = new Float64Array(rows.length + 1);
  rows.forEach((edge, row) => {
    edges[row] = edge + columnsTop;
  });
  edges[rows.length - 1] = bottom;
  return { edges, band: { top: 0, bottom, columnsTop, column: plan.column } };
}

type Places = Pick<Layout, "x" | "y" | "radius" | "halfBox" | "columns" | "rows" | "band">;

/** Lines equally long and centred: a clump is told from its neighbours by its shape. */
function pack(
  data: GraphData,
  layout: Places,
  members: Uint32Array,
  column: number,
  row: number,
  across: number,
) {
  const { columns, rows, band } = layout;
  const centerX = (columns[column] + columns[column + 1]) / 2;
  const top = Math.max(rows[row + 1], band?.columnsTop ?? 0);
  const centerY = (rows[row] + top) / 2;
  const lines = Math.ceil(members.length / across);
  const wide = Math.ceil(members.length / lines);
  const room = (columns[column + 1] - columns[column] - COLUMN_GAP) / across;
  const apart = data.circuit ? clamp(room, SPACING, MOST_SPREAD * SPACING) : SPACING;
  members.forEach((node, at) => {
    const line = Math.floor(at / wide);
    const inLine = Math.min(wide, members.length - line * wide);
    const kind = data.nodes.kind[node];
    // Weaker nodes of a circuit go by the sliders: around the strong ones, not to one side of them.
    const step = data.circuit && kind !== Kind.head ? fromMiddle(at % wide, inLine) : at % wide;
    layout.x[node] = centerX + (step - (inLine - 1) / 2) * apart;
    layout.y[node] = centerY + (line - (lines - 1) / 2) * SPACING;
    if (isComponent(kind)) layout.halfBox[node] = Math.min(COMPONENT_HALF_WIDTH, apart / 2 - 2);
  });
}

/** 0, 1, 2, 3, … as middle, right of it, left of it, and so on outwards: a place of `count`. */
function fromMiddle(at: number, count: number): number {
  const middle = (count - 1) >> 1;
  return at % 2 === 1 ? middle + (at + 1) / 2 : middle - at / 2;
}

/** Shown only while selected or pinned. */
function placeCrowded(data: GraphData, layout: Layout, crowded: Uint32Array): void {
  for (const node of crowded) {
    const column = Math.max(0, data.nodes.position[node]);
    const row = layout.rowNumber[node];
    const top = Math.max(layout.rows[row + 1], layout.band?.columnsTop ?? 0);
    layout.x[node] = layout.columns[column + 1] - SPACING / 2;
    layout.y[node] = (layout.rows[row] + top) / 2;
    if (isComponent(data.nodes.kind[node])) layout.halfBox[node] = SPACING / 2 - 2;
  }
}

const isComponent = (kind: number): boolean => kind === Kind.head || kind === Kind.mlp;

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

function placeTargets(layout: Places & { readonly width: number }, plan: BandPlan, band: Band) {
  const { columns, width } = layout;
  const center = (columns[band.column] + columns[band.column + 1]) / 2;
  for (const slot of placeSlots(plan, center, width, band.bottom)) {
    layout.x[slot.row] = slot.x;
    layout.y[slot.row] = slot.y;
    layout.halfBox[slot.row] = slot.halfWidth;
    layout.radius[slot.row] = (plan.lineHeight / 2) * (width / plan.windowWidth);
  }
}

/**
 * Where an edge meets a node: lines into a target keep apart instead of running into one point,
 * and those into a head end at its query (left), key (middle) or value (right).
 */
export function endX(layout: Layout, row: number, other: number, slot = 0): number {
  const { x, y, halfBox, band } = layout;
  if (slot > 0 && halfBox[row] > 0) return x[row] + (slot - 2) * SLOT_APART * halfBox[row];
  if (!band || y[row] >= band.bottom) return x[row];
  const most = halfBox[row] * 0.5;
  return x[row] + clamp((x[other] - x[row]) * 0.15, -most, most);
}

/** Of half the box: query and value stand this far from the middle. */
const SLOT_APART = 0.55;

/** Area shows influence; of errors up to a size at which they do not outshine features. */
function radii(data: GraphData): Float32Array {
  const { count, kind, influence } = data.nodes;
  let most = 0;
  for (let row = 0; row < count; row++) {
    if (kind[row] === Kind.feature) most = Math.max(most, influence[row]);
  }
  const radius = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    if (kind[row] === Kind.embedding) radius[row] = BOX_HALF_HEIGHT;
    else if (isComponent(kind[row])) radius[row] = COMPONENT_HALF_HEIGHT;
    else if (kind[row] !== Kind.feature && kind[row] !== Kind.error) radius[row] = MIN_RADIUS + 0.5;
    else {
      const strength = most > 0 ? Math.sqrt(clamp(influence[row] / most, 0, 1)) : 1;
      const largest = kind[row] === Kind.error ? MAX_ERROR_RADIUS : MAX_RADIUS;
      radius[row] = MIN_RADIUS + (largest - MIN_RADIUS) * strength;
    }
  }
  return radius;
}
