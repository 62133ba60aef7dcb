import { SPACING } from "../graph/layout";
import { toScreenX, toScreenY } from "./camera";
import type { Focus, FocusEdges } from "./focus";
import { edgesAlong, edgesOf, focusRow } from "./focus";
import type { Frame } from "./frame";
import { paintHeading } from "./paintAxes";
import { paintBoxes } from "./paintBoxes";
import type { Painter, TextStyle } from "./painter";
import { paintFocusEdges, paintOutputRings, paintRings, paintSlots } from "./paintFocus";
import { paintRows, tilesOf } from "./paintGraph";
import { paintNames, paintNamesOf, paintTooltip } from "./paintNames";
import { detailLevel, LABEL_PX } from "./style";
import type { Theme } from "./theme";

/** Names of neighbours shown at any zoom: more would hide what they name. */
const NAMED_NEIGHBOURS = 12;
const NAMED_FEATURES = 16;
/** Where nodes stand closer, nobody could tell which one a name means. */
const LEAST_NAMED_PX = 10;
/** Features tried for a name: some have no room beside them. */
const CANDIDATES = 60;
const DIMMED_TEXT = 0.45;

export interface TopOptions {
  readonly focus: Focus;
  readonly labels: ReadonlyMap<number, string>;
  /** The chip beside the hovered node; exports leave it out. */
  readonly tooltip: boolean;
}

/** How much of the unfocused drawing is left to see. Dark grounds swallow more. */
export function dimming(focus: Focus, theme: Theme): number {
  if (focusRow(focus) !== null || focus.path)
    return theme.contrast ? 0.35 : theme.dark ? 0.3 : 0.22;
  return focus.marked ? 0.4 : 1;
}

/** Whatever lies above the dimmed drawing: the lit nodes with their edges, boxes, names. */
export function paintTop(painter: Painter, frame: Frame, options: TopOptions): void {
  const { focus, labels } = options;
  const { scene } = frame;
  const edges = focusEdges(frame, focus, focusRow(focus));
  const lit = litRows(frame, focus, edges);
  const alphaOf = (row: number) =>
    dimming(focus, frame.theme) === 1 || lit.has(row) ? 1 : DIMMED_TEXT;

  if (focus.hovered !== null && focus.selected !== focus.hovered) {
    const { inputs, outputs } = focusEdges(frame, focus, focus.selected);
    paintFocusEdges(painter, frame, [...inputs, ...outputs], 0.3);
  }
  paintFocusEdges(painter, frame, [...edges.inputs, ...edges.outputs], 1);
  if (focus.path) paintFocusEdges(painter, frame, edgesAlong(scene.data, focus.path), 1, 2.4);

  const isRound = (row: number) => scene.mask[row] === 1 && scene.layout.halfBox[row] === 0;
  paintRows(painter, frame, [...lit].filter(isRound), true);
  paintBoxes(painter, frame, alphaOf);
  paintSlots(painter, frame, edges);
  paintHeading(painter, frame);
  paintOutputRings(painter, frame, edges);
  paintRings(painter, frame, focus);

  const level = detailLevel(frame.camera.zoom);
  if (level === "far") paintCounts(painter, frame, focus);
  if (level === "near") paintNames(painter, frame, labels, alphaOf);
  else {
    const rows = namedRows(frame, focus, edges, labels);
    const most = focusRow(focus) === null ? NAMED_FEATURES : Infinity;
    paintNamesOf(painter, frame, labels, rows, undefined, most);
  }
  if (options.tooltip && focus.hovered !== null && scene.mask[focus.hovered]) {
    paintTooltip(painter, frame, focus.hovered, labels);
  }
}

function focusEdges({ scene }: Frame, focus: Focus, row: number | null): FocusEdges {
  if (row === null || !scene.mask[row]) return { inputs: [], outputs: [] };
  return edgesOf(scene.data, scene.mask, row, focus.edgeMode);
}

function litRows({ scene }: Frame, focus: Focus, edges: FocusEdges): Set<number> {
  const { source, target } = scene.data.edges;
  const lit = new Set<number>(focus.pins);
  for (const row of [focus.hovered, focus.selected]) if (row !== null) lit.add(row);
  for (const edge of edges.inputs) lit.add(source[edge]);
  for (const edge of edges.outputs) lit.add(target[edge]);
  for (const row of focus.path ?? []) lit.add(row);
  for (const row of focus.marked ?? []) lit.add(row);
  return lit;
}

/** The lit node, its path, its strongest neighbours and pins; without a lit node the strongest named features. */
function namedRows(
  frame: Frame,
  focus: Focus,
  edges: FocusEdges,
  labels: ReadonlyMap<number, string>,
): Iterable<number> {
  const { data } = frame.scene;
  if (focusRow(focus) === null && !focus.path) {
    if (SPACING * frame.camera.zoom < LEAST_NAMED_PX) return [];
    const { influence } = data.nodes;
    return [...labels.keys()].sort((a, b) => influence[b] - influence[a]).slice(0, CANDIDATES);
  }
  const rows = new Set<number>();
  for (const row of [focus.hovered, focus.selected]) if (row !== null) rows.add(row);
  for (const row of focus.path ?? []) rows.add(row);
  const half = NAMED_NEIGHBOURS / 2;
  for (const edge of edges.inputs.slice(-half).reverse()) rows.add(data.edges.source[edge]);
  for (const edge of edges.outputs.slice(-half).reverse()) rows.add(data.edges.target[edge]);
  for (const row of focus.pins) rows.add(row);
  return rows;
}

/** From afar: how many nodes a tile stands for. */
function paintCounts(painter: Painter, frame: Frame, focus: Focus): void {
  const { camera, stage, theme } = frame;
  const style: TextStyle = {
    size: LABEL_PX,
    colour: theme.ink,
    family: theme.font,
    align: "center",
    alpha: focusRow(focus) === null ? 0.9 : 0.35,
    halo: theme.ground,
  };
  for (const tile of tilesOf(frame.scene)) {
    if (tile.width * camera.zoom < 20 || tile.height * camera.zoom < 13) continue;
    const x = toScreenX(camera, stage, tile.x + tile.width / 2);
    const y = toScreenY(camera, stage, tile.y + tile.height / 2);
    if (x > 0 && y > 0 && x < frame.width && y < frame.height) {
      painter.text(String(tile.count), x, y, style);
    }
  }
}
