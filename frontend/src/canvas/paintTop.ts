import { mix } from "../base/colour";
import type { Rect } from "../base/geometry";
import { clamp, overlaps } from "../base/geometry";
import { percent, plain } from "../base/text";
import { SPACING } from "../graph/layout";
import { describeNode, longName, shortName } from "../graph/names";
import { Kind } from "../graph/types";
import { toScreenX, toScreenY } from "./camera";
import type { Focus, FocusEdges } from "./focus";
import { edgesAlong, edgesOf, focusRow } from "./focus";
import type { Frame } from "./frame";
import type { Painter, TextStyle } from "./painter";
import { fitText } from "./painter";
import { paintRows, tilesOf } from "./paintGraph";
import { boxHalfHeight, detailLevel, LEVELS, nodeScale, paletteOf } from "./style";

const LABEL_PX = 11;
/** Names of neighbours shown at any zoom: more would hide what they name. */
const NAMED_NEIGHBOURS = 12;

export interface TopOptions {
  readonly focus: Focus;
  readonly labels: ReadonlyMap<number, string>;
  /** The chip beside the hovered node; exports leave it out. */
  readonly tooltip: boolean;
}

/** How much of the unfocused drawing is left to see. */
export function dimming(focus: Focus): number {
  if (focusRow(focus) !== null || focus.path) return 0.22;
  return focus.marked ? 0.4 : 1;
}

/** Whatever lies above the dimmed drawing: the lit nodes with their edges, boxes, names. */
export function paintTop(painter: Painter, frame: Frame, options: TopOptions): void {
  const { focus, labels } = options;
  const { scene } = frame;
  const row = focusRow(focus);
  const shown = (r: number) => scene.mask[r] === 1;
  const lit = new Set<number>();
  const edges: FocusEdges =
    row !== null && shown(row) ? focusEdges(frame, focus, row) : { inputs: [], outputs: [] };

  if (focus.hovered !== null && focus.selected !== null && focus.selected !== focus.hovered) {
    const rest = focusEdges(frame, focus, focus.selected);
    paintFocusEdges(painter, frame, [...rest.inputs, ...rest.outputs], 0.3);
  }
  paintFocusEdges(painter, frame, [...edges.inputs, ...edges.outputs], 1);
  if (focus.path) {
    paintFocusEdges(painter, frame, edgesAlong(scene.data, focus.path), 1, 2.4);
    for (const r of focus.path) lit.add(r);
  }
  for (const edge of edges.inputs) lit.add(scene.data.edges.source[edge]);
  for (const edge of edges.outputs) lit.add(scene.data.edges.target[edge]);
  for (const r of focus.marked ?? []) lit.add(r);
  for (const r of focus.pins) lit.add(r);
  if (focus.selected !== null) lit.add(focus.selected);
  if (row !== null) lit.add(row);

  const round = [...lit].filter((r) => shown(r) && scene.layout.halfBox[r] === 0);
  paintRows(painter, frame, round, true);
  paintBoxes(painter, frame, lit, dimming(focus));
  paintOutputRings(painter, frame, edges);
  paintRings(painter, frame, focus);
  if (detailLevel(frame.camera.zoom) === "far") paintCounts(painter, frame, focus);
  const taken: Rect[] = [];
  if (detailLevel(frame.camera.zoom) === "near") paintNames(painter, frame, labels, lit, focus);
  else if (row !== null || focus.path) {
    paintNamesOf(painter, frame, labels, namedRows(frame, focus, edges), taken);
  } else if (labels.size > 0)
    paintNamesOf(painter, frame, labels, strongestNamed(frame, labels), taken);
  if (options.tooltip && focus.hovered !== null && shown(focus.hovered)) {
    paintTooltip(painter, frame, focus.hovered, labels);
  }
}

function focusEdges(frame: Frame, focus: Focus, row: number): FocusEdges {
  return edgesOf(frame.scene.data, frame.scene.mask, row, focus.edgeMode);
}

const FOCUS_STEPS = 5;

/** Every edge of the lit node, wider and darker with its share, with a head at its target. */
function paintFocusEdges(
  painter: Painter,
  frame: Frame,
  edges: readonly number[],
  strength: number,
  extraWidth = 0,
): void {
  const { scene, camera, stage, theme } = frame;
  const { source, target, share, weight } = scene.data.edges;
  const { layout } = scene;
  const most = edges.reduce((max, e) => Math.max(max, Math.abs(share[e])), 1e-9);
  const bundles = Array.from({ length: 2 * FOCUS_STEPS }, () => [] as number[]);
  const heads = [[] as number[], [] as number[]];
  for (const edge of edges) {
    const at = Math.sqrt(Math.abs(share[edge]) / most);
    const step = Math.min(FOCUS_STEPS - 1, Math.floor(at * FOCUS_STEPS));
    const side = weight[edge] < 0 ? 1 : 0;
    const x0 = toScreenX(camera, stage, layout.x[source[edge]]);
    const y0 = toScreenY(camera, stage, layout.y[source[edge]]);
    const x1 = toScreenX(camera, stage, layout.x[target[edge]]);
    const gap = radiusPx(frame, target[edge]) + 1.5;
    const y1 = toScreenY(camera, stage, layout.y[target[edge]]) + (y0 > 0 ? gap : 0);
    bundles[step * 2 + side].push(x0, y0, x1, y1);
    if (step >= 2) {
      const size = 2.6 + step * 0.6;
      heads[side].push(
        x1,
        y1 - 0.5,
        x1 - size * 0.7,
        y1 + size * 1.5,
        x1 + size * 0.7,
        y1 + size * 1.5,
      );
    }
  }
  bundles.forEach((segments, bundle) => {
    const step = bundle >> 1;
    const negative = bundle % 2 === 1;
    painter.curves(segments, {
      colour: negative ? theme.negativeLine : theme.positiveLine,
      width: 0.8 + 0.55 * step + extraWidth * strength,
      alpha: strength * (0.3 + 0.15 * step),
      dash: negative ? [5, 3] : undefined,
    });
  });
  if (strength < 1) return;
  painter.triangles(heads[0], { fill: theme.positiveLine });
  painter.triangles(heads[1], { fill: theme.negativeLine });
}

function radiusPx(frame: Frame, row: number): number {
  const { layout } = frame.scene;
  const { zoom } = frame.camera;
  return layout.halfBox[row] > 0
    ? boxHalfHeight(layout.radius[row], zoom)
    : Math.max(2.6, layout.radius[row] * nodeScale(zoom));
}

/** Outputs wear a second ring, so that both sides stay apart where they share a column. */
function paintOutputRings(painter: Painter, frame: Frame, edges: FocusEdges): void {
  const rings: number[] = [];
  for (const edge of edges.outputs) {
    const row = frame.scene.data.edges.target[edge];
    if (frame.scene.layout.halfBox[row] > 0) continue;
    rings.push(screenX(frame, row), screenY(frame, row), radiusPx(frame, row) + 2.5);
  }
  painter.circles(rings, { stroke: frame.theme.inkMuted, width: 0.9 });
}

function paintRings(painter: Painter, frame: Frame, focus: Focus): void {
  const { theme, scene } = frame;
  const ring = (row: number, colour: string, gap: number, width: number) => {
    if (!scene.mask[row]) return;
    if (scene.layout.halfBox[row] > 0) {
      const box = boxOf(painter, frame, row);
      const rect = [box.x - gap, box.y - gap, box.width + 2 * gap, box.height + 2 * gap];
      painter.rects(rect, { stroke: colour, width, radius: 5 + gap });
      return;
    }
    const circle = [screenX(frame, row), screenY(frame, row), radiusPx(frame, row) + gap];
    painter.circles(circle, { stroke: colour, width });
  };
  for (const row of focus.pins) ring(row, theme.pin, 3.2, 2.2);
  if (focus.selected !== null) {
    ring(focus.selected, theme.ground, 2.2, 4.5);
    ring(focus.selected, theme.focus, 2.4, 2.2);
  }
  if (focus.hovered !== null && focus.hovered !== focus.selected) {
    ring(focus.hovered, theme.focus, 2, 1.4);
  }
}

const screenX = (frame: Frame, row: number) =>
  toScreenX(frame.camera, frame.stage, frame.scene.layout.x[row]);
const screenY = (frame: Frame, row: number) =>
  toScreenY(frame.camera, frame.stage, frame.scene.layout.y[row]);

function boxText(frame: Frame, row: number): { name: string; probability: string } {
  const { data } = frame.scene;
  return {
    name: shortName(data, row),
    probability:
      data.nodes.kind[row] === Kind.logit && data.nodes.probability[row] > 0
        ? percent(data.nodes.probability[row])
        : "",
  };
}

const boxName = (frame: Frame): TextStyle => ({
  size: LABEL_PX,
  colour: frame.theme.ink,
  family: frame.theme.mono,
});
const boxProbability = (frame: Frame): TextStyle => ({
  size: LABEL_PX,
  colour: frame.theme.inkMuted,
  family: frame.theme.font,
});

const BOX_PAD = 6;

interface Box extends Rect {
  /** What fits of the name; "" when nothing does. */
  readonly name: string;
  readonly probability: string;
}

/** As wide as its text, at most its slot; a small square where no text fits. */
export function boxOf(painter: Painter, frame: Frame, row: number): Box {
  const { layout } = frame.scene;
  const half = boxHalfHeight(layout.radius[row], frame.camera.zoom);
  const slot = Math.max(3, 2 * layout.halfBox[row] * frame.camera.zoom);
  const x = screenX(frame, row);
  const y = screenY(frame, row);
  const around = (width: number, h: number): Rect => ({
    x: x - width / 2,
    y: y - h,
    width,
    height: 2 * h,
  });
  const { name, probability } = boxText(frame, row);
  const style = boxName(frame);
  const full = painter.measure(name, style) + 2 * BOX_PAD;
  const extra = probability ? painter.measure(probability, boxProbability(frame)) + 6 : 0;
  if (half >= 6) {
    if (full + extra <= slot) return { ...around(full + extra, half), name, probability };
    if (full <= slot) return { ...around(full, half), name, probability: "" };
    const short = fitText(painter, name, slot - 6, style);
    if (short) return { ...around(slot, half), name: short, probability: "" };
  }
  const side = Math.min(slot, 2 * Math.min(half, 5));
  return { ...around(side, side / 2), name: "", probability: "" };
}

/** Tokens below, outputs above. */
function paintBoxes(painter: Painter, frame: Frame, lit: ReadonlySet<number>, dim: number): void {
  const { scene, theme } = frame;
  const palette = paletteOf(theme);
  const { kind } = scene.data.nodes;
  for (let row = 0; row < scene.mask.length; row++) {
    if (scene.layout.halfBox[row] === 0 || !scene.mask[row]) continue;
    const box = boxOf(painter, frame, row);
    if (
      box.x > frame.width ||
      box.x + box.width < 0 ||
      box.y > frame.height ||
      box.y + box.height < 0
    ) {
      continue;
    }
    const alpha = dim === 1 || lit.has(row) ? 1 : 0.45;
    const level = scene.level[row] + LEVELS;
    const isLogit = kind[row] === Kind.logit;
    // Full colour would drown the text; a tint keeps 4.5:1 in both themes.
    const fill = isLogit
      ? theme.chip
      : mix(theme.chip, palette.fill[level], theme.dark ? 0.3 : 0.35);
    const line = isLogit ? mix(theme.neutralLine, theme.ink, 0.35) : palette.line[level];
    painter.rects([box.x, box.y, box.width, box.height], {
      fill,
      stroke: line,
      width: 1,
      radius: Math.min(4, box.height / 3),
      alpha,
    });
    if (box.name) paintBoxText(painter, frame, box, alpha);
  }
}

function paintBoxText(painter: Painter, frame: Frame, box: Box, alpha: number): void {
  const y = box.y + box.height / 2 + 0.5;
  const style = { ...boxName(frame), alpha };
  if (!box.probability) {
    painter.text(box.name, box.x + box.width / 2, y, { ...style, align: "center" });
    return;
  }
  painter.text(box.name, box.x + BOX_PAD, y, style);
  const right = { ...boxProbability(frame), align: "right" as const, alpha };
  painter.text(box.probability, box.x + box.width - BOX_PAD, y, right);
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

/** Near: every node has its own grid square, so a name cut to its width never meets another. */
function paintNames(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  lit: ReadonlySet<number>,
  focus: Focus,
): void {
  const { scene, camera, theme } = frame;
  const dim = dimming(focus);
  const room = SPACING * camera.zoom - 6;
  const style: TextStyle = {
    size: LABEL_PX,
    colour: theme.ink,
    family: theme.font,
    align: "center",
    halo: theme.ground,
  };
  const detail: TextStyle = { ...style, colour: theme.inkMuted };
  for (let row = 0; row < scene.mask.length; row++) {
    if (!scene.mask[row] || scene.layout.halfBox[row] > 0) continue;
    const x = screenX(frame, row);
    const y = screenY(frame, row);
    if (x < -room || y < -room || x > frame.width + room || y > frame.height + room) continue;
    const alpha = dim === 1 || lit.has(row) ? 1 : 0.4;
    const name = fitText(painter, labels.get(row) ?? shortName(scene.data, row), room, style);
    const below = y + radiusPx(frame, row) + 9;
    if (name) painter.text(name, x, below, { ...style, alpha });
    if (room > 84 && scene.data.nodes.kind[row] === Kind.feature) {
      painter.text(plain(scene.data.nodes.activation[row]), x, below + 13, { ...detail, alpha });
    }
  }
}

/** The lit node, what lies on the path, and its strongest neighbours. */
function namedRows(frame: Frame, focus: Focus, edges: FocusEdges): number[] {
  const { source, target } = frame.scene.data.edges;
  const rows = new Set<number>();
  for (const row of [focus.hovered, focus.selected]) if (row !== null) rows.add(row);
  for (const row of focus.path ?? []) rows.add(row);
  const half = NAMED_NEIGHBOURS / 2;
  for (const edge of edges.inputs.slice(-half).reverse()) rows.add(source[edge]);
  for (const edge of edges.outputs.slice(-half).reverse()) rows.add(target[edge]);
  for (const row of focus.pins) rows.add(row);
  return [...rows];
}

function strongestNamed(frame: Frame, labels: ReadonlyMap<number, string>): number[] {
  const { influence } = frame.scene.data.nodes;
  return [...labels.keys()].sort((a, b) => influence[b] - influence[a]).slice(0, 24);
}

/** Names beside nodes wherever they fit, the most important first; the rest stay dots. */
function paintNamesOf(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  rows: readonly number[],
  taken: Rect[],
): void {
  const { scene, theme } = frame;
  const style: TextStyle = {
    size: LABEL_PX,
    colour: theme.ink,
    family: theme.font,
    halo: theme.ground,
  };
  for (const row of rows) {
    if (!scene.mask[row] || scene.layout.halfBox[row] > 0) continue;
    const name = fitText(painter, labels.get(row) ?? dottedName(frame, row), 150, style);
    if (!name) continue;
    const place = freePlace(painter.measure(name, style), frame, row, taken);
    if (!place) continue;
    taken.push(place);
    painter.text(name, place.x + 2, place.y + place.height / 2, style);
  }
}

/** Away from its row label a feature's number alone says too little. */
function dottedName({ scene }: Frame, row: number): string {
  const name = shortName(scene.data, row);
  return scene.data.nodes.kind[row] === Kind.feature
    ? `${scene.data.nodes.layer[row]} · ${name}`
    : name;
}

function freePlace(width: number, frame: Frame, row: number, taken: readonly Rect[]): Rect | null {
  const x = screenX(frame, row);
  const y = screenY(frame, row);
  const { stage } = frame;
  if (x < stage.x || y < stage.y || x > stage.x + stage.width || y > stage.y + stage.height)
    return null;
  const r = radiusPx(frame, row) + 4;
  const size = { width: width + 4, height: LABEL_PX + 4 };
  const places = [
    { x: x + r, y: y - size.height / 2, ...size },
    { x: x - r - size.width, y: y - size.height / 2, ...size },
    { x: x - size.width / 2, y: y - r - size.height, ...size },
    { x: x - size.width / 2, y: y + r, ...size },
  ];
  return (
    places.find(
      (place) =>
        place.x >= stage.x &&
        place.x + place.width <= frame.width &&
        !taken.some((other) => overlaps(other, place)),
    ) ?? null
  );
}

function paintTooltip(
  painter: Painter,
  frame: Frame,
  row: number,
  labels: ReadonlyMap<number, string>,
): void {
  const { scene, theme } = frame;
  const label = labels.get(row);
  const title = label ? `${label}` : longName(scene.data, row);
  const where = label
    ? `${longName(scene.data, row)} · ${describeNode(scene.data, row)}`
    : describeNode(scene.data, row);
  const titleStyle: TextStyle = { size: 12.5, colour: theme.ink, family: theme.font, weight: 600 };
  const whereStyle: TextStyle = { size: 12, colour: theme.inkMuted, family: theme.font };
  const room = Math.min(340, frame.width - 28);
  const first = fitText(painter, title, room, titleStyle);
  const second = fitText(painter, where, room, whereStyle);
  const width =
    Math.max(painter.measure(first, titleStyle), painter.measure(second, whereStyle)) + 20;
  const height = 42;
  const r = radiusPx(frame, row) + 8;
  const x = clamp(screenX(frame, row) - width / 2, 4, Math.max(4, frame.width - width - 4));
  let y = screenY(frame, row) - r - height;
  if (y < 4) y = screenY(frame, row) + r;
  painter.rects([x + 0.5, y + 2.5, width, height], { fill: "#000000", alpha: 0.12, radius: 8 });
  painter.rects([x, y, width, height], {
    fill: theme.chip,
    stroke: theme.rule,
    width: 1,
    radius: 7,
  });
  painter.text(first, x + 10, y + 14, titleStyle);
  painter.text(second, x + 10, y + 30, whereStyle);
}
