import type { Rect } from "../base/geometry";
import { clamp, overlaps } from "../base/geometry";
import { plain } from "../base/text";
import { SPACING } from "../graph/layout";
import { describeNode, longName, shortName } from "../graph/names";
import { Kind } from "../graph/types";
import type { Frame } from "./frame";
import { boxOf } from "./paintBoxes";
import type { Painter, TextStyle } from "./painter";
import { fitText, wrapText } from "./painter";
import { radiusPx, screenX, screenY } from "./places";
import { LABEL_PX } from "./style";

const LINE_PX = 12.5;
/** Below this errors and constants stay unnamed: their shapes speak for themselves. */
const ROOM_FOR_ALL = 64;
/** A name of several words can be read in a square this wide. */
const ROOM_FOR_WORDS = 66;
const LONGEST_PX = 150;

/**
 * Near: every node has its own grid square, so a name kept within it never meets another. While
 * squares are too narrow for words, given names go wherever there is room for them whole.
 */
export function paintNames(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  alphaOf: (row: number) => number,
): void {
  const room = SPACING * frame.camera.zoom - 6;
  const named = rowsInSight(frame);
  if (room >= ROOM_FOR_WORDS || labels.size === 0) {
    for (const row of named) paintInSquare(painter, frame, row, labels.get(row), alphaOf(row));
    return;
  }
  const { influence } = frame.scene.data.nodes;
  const given = named.filter((row) => labels.has(row));
  given.sort((a, b) => influence[b] - influence[a]);
  const placed = paintNamesOf(painter, frame, labels, given, alphaOf);
  for (const row of named) {
    if (!placed.has(row)) paintInSquare(painter, frame, row, undefined, alphaOf(row));
  }
}

function rowsInSight(frame: Frame): number[] {
  const { scene, camera, stage } = frame;
  const room = SPACING * camera.zoom;
  const rows: number[] = [];
  for (let row = 0; row < scene.mask.length; row++) {
    if (!scene.mask[row] || scene.layout.halfBox[row] > 0) continue;
    const x = screenX(frame, row);
    const y = screenY(frame, row);
    if (x < stage.x - room || x > frame.width + room) continue;
    if (y > -room && y < stage.y + stage.height + room) rows.push(row);
  }
  return rows;
}

function paintInSquare(
  painter: Painter,
  frame: Frame,
  row: number,
  label: string | undefined,
  alpha: number,
): void {
  const { scene, camera, theme } = frame;
  const { kind, activation } = scene.data.nodes;
  const isFeature = kind[row] === Kind.feature;
  const square = SPACING * camera.zoom;
  const room = square - 6;
  if (!isFeature && room < ROOM_FOR_ALL) return;
  const style = nameStyle(frame, isFeature ? theme.ink : theme.inkMuted);
  const radius = radiusPx(frame, row);
  const most = Math.max(1, Math.floor((square - 2 * radius - 4) / LINE_PX));
  const name = label ?? shortName(scene.data, row);
  const lines = wrapText(painter, name, room, Math.min(most, 3), style);
  const x = screenX(frame, row);
  const top = screenY(frame, row) + radius + 9;
  lines.forEach((line, at) => {
    painter.text(line, x, top + at * LINE_PX, { ...style, align: "center", alpha });
  });
  if (!isFeature || room < 84 || lines.length >= most) return;
  const quiet = { ...nameStyle(frame, theme.inkMuted), align: "center" as const, alpha };
  painter.text(plain(activation[row]), x, top + lines.length * LINE_PX, quiet);
}

const nameStyle = ({ theme }: Frame, colour: string): TextStyle => ({
  size: LABEL_PX,
  colour,
  family: theme.font,
  halo: theme.ground,
});

/** Names beside nodes wherever they hide no node, the most important first. Returns the named. */
export function paintNamesOf(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  rows: Iterable<number>,
  alphaOf: (row: number) => number = () => 1,
  most = Infinity,
): Set<number> {
  const style = nameStyle(frame, frame.theme.ink);
  const taken = [
    ...rowsInSight(frame).map((row) => squareAround(frame, row)),
    ...boxesOf(painter, frame),
  ];
  const placed = new Set<number>();
  for (const row of rows) {
    if (placed.size >= most) break;
    const { mask, layout } = frame.scene;
    if (!mask[row] || layout.halfBox[row] > 0) continue;
    const name = fitText(painter, labels.get(row) ?? dottedName(frame, row), LONGEST_PX, style);
    const place = name && freePlace(painter.measure(name, style), frame, row, taken);
    if (!place) continue;
    taken.push(place);
    placed.add(row);
    const y = place.y + place.height / 2;
    painter.text(name, place.x + 2, y, { ...style, alpha: alphaOf(row) });
  }
  return placed;
}

function boxesOf(painter: Painter, frame: Frame): Rect[] {
  const { mask, layout } = frame.scene;
  const boxes: Rect[] = [];
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] && layout.halfBox[row] > 0) boxes.push(boxOf(painter, frame, row));
  }
  return boxes;
}

function squareAround(frame: Frame, row: number): Rect {
  const r = radiusPx(frame, row);
  return { x: screenX(frame, row) - r, y: screenY(frame, row) - r, width: 2 * r, height: 2 * r };
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
  const r = radiusPx(frame, row) + 3;
  const size = { width: width + 4, height: LABEL_PX + 3 };
  const places = [
    { x: x + r, y: y - size.height / 2, ...size },
    { x: x - r - size.width, y: y - size.height / 2, ...size },
    { x: x - size.width / 2, y: y - r - size.height, ...size },
    { x: x - size.width / 2, y: y + r, ...size },
    { x: x - r, y: y - r - size.height, ...size },
    { x: x + r - size.width, y: y - r - size.height, ...size },
    { x: x - r, y: y + r, ...size },
    { x: x + r - size.width, y: y + r, ...size },
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

export function paintTooltip(
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
  // The layers' axis lies above this drawing, so the chip stays right of it.
  const left = frame.stage.x + 4;
  const room = Math.min(340, frame.width - left - 24);
  const first = fitText(painter, title, room, titleStyle);
  const second = fitText(painter, where, room, whereStyle);
  const width =
    Math.max(painter.measure(first, titleStyle), painter.measure(second, whereStyle)) + 20;
  const height = 42;
  const r = radiusPx(frame, row) + 8;
  const x = clamp(screenX(frame, row) - width / 2, left, Math.max(left, frame.width - width - 4));
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
