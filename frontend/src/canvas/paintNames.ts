import type { Rect } from "../base/geometry";
import { clamp, overlaps } from "../base/geometry";
import { plain } from "../base/text";
import { SPACING } from "../graph/layout";
import { describeNode, longName, shortName } from "../graph/names";
import { Kind } from "../graph/types";
import type { Frame } from "./frame";
import type { Painter, TextStyle } from "./painter";
import { fitText } from "./painter";
import { radiusPx, screenX, screenY } from "./places";
import { LABEL_PX } from "./style";

/** Near: every node has its own grid square, so a name cut to its width never meets another. */
export function paintNames(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  alphaOf: (row: number) => number,
): void {
  const { scene, camera, theme } = frame;
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
    const alpha = alphaOf(row);
    const name = fitText(painter, labels.get(row) ?? shortName(scene.data, row), room, style);
    const below = y + radiusPx(frame, row) + 9;
    if (name) painter.text(name, x, below, { ...style, alpha });
    if (room > 84 && scene.data.nodes.kind[row] === Kind.feature) {
      painter.text(plain(scene.data.nodes.activation[row]), x, below + 13, { ...detail, alpha });
    }
  }
}

/** Names beside nodes wherever they fit, the most important first; the rest stay dots. */
export function paintNamesOf(
  painter: Painter,
  frame: Frame,
  labels: ReadonlyMap<number, string>,
  rows: Iterable<number>,
): void {
  const taken: Rect[] = [];
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
