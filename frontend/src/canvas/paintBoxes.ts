import { mix } from "../base/colour";
import type { Rect } from "../base/geometry";
import { boxName, probabilityText } from "../graph/names";
import { Kind } from "../graph/types";
import type { Frame } from "./frame";
import type { Painter, TextStyle } from "./painter";
import { fitText } from "./painter";
import { screenX, screenY } from "./places";
import { boxHalfHeight, LABEL_PX, LEVELS, paletteOf } from "./style";

const nameStyle = (frame: Frame): TextStyle => ({
  size: LABEL_PX,
  colour: frame.theme.ink,
  family: frame.theme.mono,
});
const probabilityStyle = (frame: Frame): TextStyle => ({
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

function isComponent({ scene }: Frame, row: number): boolean {
  const kind = scene.data.nodes.kind[row];
  return kind === Kind.head || kind === Kind.mlp;
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
  const name = boxName(frame.scene.data, row);
  const probability = probabilityText(frame.scene.data, row);
  const style = nameStyle(frame);
  const full = painter.measure(name, style) + 2 * BOX_PAD;
  const extra = probability ? painter.measure(probability, probabilityStyle(frame)) + 6 : 0;
  if (half >= 6) {
    // Edges end at a head's left, middle or right, so its box is as wide as its place.
    if (isComponent(frame, row) && full <= slot) {
      return { ...around(slot, half), name, probability: "" };
    }
    if (full + extra <= slot) return { ...around(full + extra, half), name, probability };
    if (full <= slot) return { ...around(full, half), name, probability: "" };
    const short = fitText(painter, name, slot - 6, style);
    if (short) return { ...around(slot, half), name: short, probability: "" };
  }
  const side = Math.min(slot, 2 * Math.min(half, 5));
  return { ...around(side, side / 2), name: "", probability: "" };
}

/** Tokens below, targets above. */
export function paintBoxes(painter: Painter, frame: Frame, alphaOf: (row: number) => number): void {
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
    const alpha = alphaOf(row);
    const level = scene.level[row] + LEVELS;
    const isTarget = scene.layout.rowNumber[row] === scene.data.lines.length;
    // Full colour would drown the text; a tint keeps 4.5:1 in both themes.
    const tint = (theme.dark ? 0.3 : 0.35) + (isComponent(frame, row) ? 0.2 : 0);
    const fill = isTarget ? theme.chip : mix(theme.chip, palette.fill[level], tint);
    const line = isTarget ? mix(theme.neutralLine, theme.ink, 0.35) : palette.line[level];
    painter.rects([box.x, box.y, box.width, box.height], {
      fill,
      stroke: line,
      width: 1,
      radius: cornerOf(kind[row], box.height),
      alpha,
    });
    if (isTarget) paintProbability(painter, frame, row, box, alpha);
    if (box.name) paintBoxText(painter, frame, box, alpha);
  }
}

/** Shapes tell kinds apart: heads are pills, MLPs have corners, tokens and targets are between. */
function cornerOf(kind: number, height: number): number {
  if (kind === Kind.head) return height / 2;
  return kind === Kind.mlp ? 0.5 : Math.min(4, height / 3);
}

/** A bar along the lower edge: likely and unlikely are told apart before any number is read. */
function paintProbability(
  painter: Painter,
  frame: Frame,
  row: number,
  box: Box,
  alpha: number,
): void {
  const probability = frame.scene.data.nodes.probability[row];
  if (!probabilityText(frame.scene.data, row) || box.height < 12) return;
  const width = (box.width - 8) * Math.min(1, probability);
  painter.rects([box.x + 4, box.y + box.height - 4, width, 2], {
    fill: frame.theme.positive,
    radius: 1,
    alpha: 0.75 * alpha,
  });
}

function paintBoxText(painter: Painter, frame: Frame, box: Box, alpha: number): void {
  const y = box.y + box.height / 2 + 0.5;
  const style = { ...nameStyle(frame), alpha };
  if (!box.probability) {
    painter.text(box.name, box.x + box.width / 2, y, { ...style, align: "center" });
    return;
  }
  painter.text(box.name, box.x + BOX_PAD, y, style);
  const right = { ...probabilityStyle(frame), align: "right" as const, alpha };
  painter.text(box.probability, box.x + box.width - BOX_PAD, y, right);
}
