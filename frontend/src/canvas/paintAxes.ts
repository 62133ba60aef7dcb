import type { Rect } from "../base/geometry";
import { columnName, targetsHeading } from "../graph/names";
import type { Camera, Stage } from "./camera";
import { toScreenX, toScreenY } from "./camera";
import type { Focus } from "./focus";
import { focusRow } from "./focus";
import type { Frame } from "./frame";
import type { Painter, TextStyle } from "./painter";
import { fitText } from "./painter";

export interface AxisSizes {
  readonly left: number;
  readonly bottom: number;
  readonly top: number;
  readonly right: number;
}

const TOKEN_PX = 11.5;
const LAYER_PX = 11;
const TILT = -52;
const HEADING_ROOM = 24;
/** Below this width tokens cannot even stand tilted; every second, third, … is written. */
const LEAST_TILTED_COLUMN = 13;

/** Before anything is known about the graph. */
export const LEAST_SIZES: AxisSizes = { left: 46, bottom: 32, top: 6, right: 8 };

/** Room for the axes: tokens lie flat where most of them fit whole, else they are tilted. */
export function axisSizes(
  painter: Painter,
  frame: Omit<Frame, "camera" | "stage">,
  zoom: number,
): AxisSizes {
  const flat = tokensLieFlat(painter, { ...frame, camera: { x: 0, y: 0, zoom } } as Frame);
  const least = frame.width < 560 ? 34 : 46;
  const widest = frame.scene.data.circuit ? widestLine(painter, frame) : 0;
  const top = frame.scene.layout.band ? HEADING_ROOM : 6;
  return { left: Math.max(least, Math.ceil(widest) + 13), bottom: flat ? 32 : 70, top, right: 8 };
}

/** Sublayers have longer names than layers. */
function widestLine(painter: Painter, { scene, theme }: Omit<Frame, "camera" | "stage">): number {
  const style: TextStyle = { size: LAYER_PX, colour: "", family: theme.font, weight: 700 };
  return Math.max(...scene.layout.rowLabels.map((label) => painter.measure(label, style)));
}

const tokenStyle = (frame: Pick<Frame, "theme">): TextStyle => ({
  size: TOKEN_PX,
  colour: frame.theme.ink,
  family: frame.theme.mono,
});

function tokensLieFlat(painter: Painter, frame: Frame): boolean {
  const { data, layout } = frame.scene;
  let fits = 0;
  for (let column = 0; column < data.tokens.length; column++) {
    const width = (layout.columns[column + 1] - layout.columns[column]) * frame.camera.zoom;
    const text = painter.measure(columnName(data, column), tokenStyle(frame));
    if (text + 6 <= width) fits++;
  }
  return fits >= 0.8 * data.tokens.length;
}

export function stageOf(width: number, height: number, sizes: AxisSizes): Stage {
  return {
    x: sizes.left,
    y: sizes.top,
    width: Math.max(10, width - sizes.left - sizes.right),
    height: Math.max(10, height - sizes.top - sizes.bottom),
  };
}

/** Above the band of targets, in sight as long as any of the band is. */
export function paintHeading(painter: Painter, frame: Frame): void {
  const { scene, camera, stage, theme } = frame;
  if (!scene.layout.band) return;
  const style: TextStyle = { size: 12, colour: theme.ink, family: theme.font, weight: 600 };
  const left = Math.max(stage.x + 4, toScreenX(camera, stage, 0));
  const right = Math.min(frame.width - 8, toScreenX(camera, stage, scene.layout.width));
  const y = toScreenY(camera, stage, scene.layout.band.top) - 13;
  const text = fitText(painter, targetsHeading(scene.data), right - left, style);
  if (text) painter.text(text, left, y, { ...style, halo: theme.ground });
}

/** Tokens along the bottom, layers along the left: always in sight, over whatever is drawn. */
export function paintAxes(painter: Painter, frame: Frame, focus: Focus): void {
  const { stage, theme, width, height } = frame;
  const bottom = stage.y + stage.height;
  painter.rects([0, bottom, width, height - bottom], { fill: theme.axis });
  painter.rects([0, 0, stage.x - 1, bottom], { fill: theme.axis });
  painter.lines(
    [
      stage.x - 0.5,
      0,
      stage.x - 0.5,
      bottom + 0.5,
      stage.x - 0.5,
      bottom + 0.5,
      width,
      bottom + 0.5,
    ],
    {
      colour: theme.rule,
      width: 1,
    },
  );
  const row = focusRow(focus);
  const { position } = frame.scene.data.nodes;
  painter.clip({ x: 0, y: bottom, width, height: height - bottom }, () =>
    paintTokens(painter, frame, row === null ? -1 : position[row]),
  );
  painter.clip({ x: 0, y: 0, width: stage.x, height: bottom }, () =>
    paintLayers(painter, frame, row === null ? -1 : frame.scene.layout.rowNumber[row]),
  );
}

function paintTokens(painter: Painter, frame: Frame, lit: number): void {
  const { scene, camera, stage, theme } = frame;
  const { columns } = scene.layout;
  const top = stage.y + stage.height;
  const room = frame.height - top;
  const flat = room < 50 || tokensLieFlat(painter, frame);
  const span = visibleSpan(columns, camera, stage);
  const widths =
    span.to > span.from
      ? (toScreenX(camera, stage, columns[span.to]) -
          toScreenX(camera, stage, columns[span.from])) /
        (span.to - span.from)
      : 0;
  const every = flat ? 1 : Math.max(1, Math.ceil(LEAST_TILTED_COLUMN / Math.max(1, widths)));
  for (let column = span.from; column < span.to; column++) {
    const isLit = column === lit;
    if (column % every !== 0 && !isLit) continue;
    if (!isLit && lit >= 0 && every > 1 && Math.abs(column - lit) < every) continue;
    const left = toScreenX(camera, stage, columns[column]);
    const right = toScreenX(camera, stage, columns[column + 1]);
    const token = columnName(scene.data, column);
    const style: TextStyle = {
      ...tokenStyle(frame),
      colour: isLit || lit < 0 ? theme.ink : theme.inkMuted,
      weight: isLit ? 700 : 400,
    };
    if (flat) {
      paintFlatToken(
        painter,
        frame,
        token,
        { x: left, y: top, width: right - left, height: room },
        style,
        isLit,
      );
    } else {
      const x = (left + right) / 2;
      if (x < stage.x - 2) continue;
      // Both the beginning of the strip and the slant limit how long a tilted token may be.
      const reach = Math.min((room - 12) / Math.sin((-TILT * Math.PI) / 180), 1.4 * (x - 2) + 14);
      const text = fitText(painter, token, reach, style);
      painter.text(text, x + 3, top + 9, { ...style, align: "right", rotate: TILT });
    }
  }
}

function paintFlatToken(
  painter: Painter,
  frame: Frame,
  token: string,
  area: Rect,
  style: TextStyle,
  isLit: boolean,
): void {
  const { stage, theme } = frame;
  // A wide column keeps its token in sight while any part of it is.
  const left = Math.max(area.x, stage.x);
  const right = Math.min(area.x + area.width, frame.width);
  const text = fitText(painter, token, area.width - 10, style);
  if (!text || right - left < 8) return;
  const width = painter.measure(text, style) + 8;
  const middle = (left + right) / 2;
  const x = Math.max(Math.min(middle, area.x + area.width - width / 2), area.x + width / 2);
  const y = area.y + Math.min(16, area.height / 2);
  painter.rects([x - width / 2, y - 10, width, 20], {
    fill: theme.chip,
    stroke: isLit ? theme.focus : theme.rule,
    width: isLit ? 1.5 : 1,
    radius: 4,
  });
  painter.text(text, x, y + 0.5, { ...style, align: "center" });
}

function paintLayers(painter: Painter, frame: Frame, lit: number): void {
  const { scene, camera, stage, theme } = frame;
  const { rows, rowLabels } = scene.layout;
  let lastY = Infinity;
  for (let row = 0; row + 1 < rows.length; row++) {
    const y = (toScreenY(camera, stage, rows[row]) + toScreenY(camera, stage, rows[row + 1])) / 2;
    const isLit = row === lit;
    const collides = lastY - y < LAYER_PX + 3;
    if (y < 4 || y > stage.y + stage.height - 4 || (collides && !isLit)) continue;
    if (!isLit && lit > row && nearer(rows, camera, lit, row) < LAYER_PX + 3) continue;
    lastY = y;
    painter.text(rowLabels[row] ?? "", stage.x - 8, y, {
      size: LAYER_PX,
      family: theme.font,
      colour: isLit ? theme.ink : theme.inkMuted,
      weight: isLit ? 700 : 500,
      align: "right",
    });
  }
}

function nearer(rows: Float64Array, camera: Camera, a: number, b: number): number {
  const middle = (row: number) => (rows[row] + rows[row + 1]) / 2;
  return Math.abs(middle(a) - middle(b)) * camera.zoom;
}

function visibleSpan(
  columns: Float64Array,
  camera: Camera,
  stage: Stage,
): { from: number; to: number } {
  let from = 0;
  let to = columns.length - 1;
  while (from < to && toScreenX(camera, stage, columns[from + 1]) < stage.x) from++;
  while (to > from && toScreenX(camera, stage, columns[to - 1]) > stage.x + stage.width + 40) to--;
  return { from, to };
}
