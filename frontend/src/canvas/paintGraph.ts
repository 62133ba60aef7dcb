import { mix } from "../base/colour";
import type { Rect } from "../base/geometry";
import { SPACING } from "../graph/layout";
import { Kind } from "../graph/types";
import { toScreenX, toScreenY } from "./camera";
import type { Frame } from "./frame";
import type { Painter } from "./painter";
import type { Scene } from "./scene";
import {
  DOT_PX,
  detailLevel,
  edgeAlpha,
  edgeStroke,
  LEAST_LIT_PX,
  LEAST_RADIUS_PX,
  LEVELS,
  nodeScale,
  outlineWidth,
  paletteOf,
} from "./style";

/** Token columns and layer rows, and from afar one tile per cell instead of its nodes. */
export function paintGround(painter: Painter, frame: Frame): void {
  const { scene, camera, stage, theme } = frame;
  const { columns, rows } = scene.layout;
  const top = toScreenY(camera, stage, scene.layout.band?.columnsTop ?? 0) - 6;
  const bottom = toScreenY(camera, stage, scene.layout.height) + 6;
  const bands: number[] = [];
  for (let column = 0; column + 1 < columns.length; column += 2) {
    const left = toScreenX(camera, stage, columns[column]);
    const right = toScreenX(camera, stage, columns[column + 1]);
    if (right > 0 && left < frame.width) bands.push(left, top, right - left, bottom - top);
  }
  painter.rects(bands, { fill: theme.band, radius: 3 });
  paintBand(painter, frame, bottom);
  const left = toScreenX(camera, stage, 0);
  const right = toScreenX(camera, stage, scene.layout.width);
  const rules: number[] = [];
  for (let row = 1; row < scene.data.lines.length; row++) {
    const y = Math.round(toScreenY(camera, stage, rows[row])) + 0.5;
    if (y > 0 && y < frame.height) rules.push(left, y, right, y);
  }
  painter.lines(rules, { colour: theme.rule, width: 1, alpha: 0.6 });
  if (detailLevel(camera.zoom) === "far") paintTiles(painter, frame);
}

/** The place of the targets, joined to the one column that they belong to. */
function paintBand(painter: Painter, frame: Frame, bottom: number): void {
  const { scene, camera, stage, theme } = frame;
  const { band, columns, width } = scene.layout;
  if (!band) return;
  const left = toScreenX(camera, stage, 0);
  const right = toScreenX(camera, stage, width);
  const top = toScreenY(camera, stage, band.top);
  const height = (band.bottom - band.top) * camera.zoom;
  const x = toScreenX(camera, stage, columns[band.column]);
  const own = (columns[band.column + 1] - columns[band.column]) * camera.zoom;
  painter.rects([x, top + height / 2, own, bottom - top - height / 2], {
    fill: theme.raised,
    radius: 4,
  });
  painter.rects([left, top, right - left, height], { fill: theme.raised, radius: 7 });
}

/** Darker where more influence lies; the square root keeps weak cells visible. */
function paintTiles(painter: Painter, frame: Frame): void {
  const { scene, camera, stage, theme } = frame;
  const steps = 6;
  const batches: number[][] = Array.from({ length: steps }, () => []);
  for (const tile of tilesOf(scene)) {
    const step = Math.min(steps - 1, Math.floor(tile.heat * steps));
    const x = toScreenX(camera, stage, tile.x);
    const y = toScreenY(camera, stage, tile.y);
    batches[step].push(x, y, tile.width * camera.zoom, tile.height * camera.zoom);
  }
  batches.forEach((batch, step) => {
    if (batch.length === 0) return;
    painter.rects(batch, { fill: theme.inkMuted, alpha: 0.14 + (0.6 * step) / steps, radius: 2 });
  });
}

export interface Tile extends Rect {
  readonly count: number;
  /** 0..1 */
  readonly heat: number;
}

const tiles = new WeakMap<Scene, Tile[]>();

/** World rectangles of the cells that hold shown nodes. */
export function tilesOf(scene: Scene): Tile[] {
  const known = tiles.get(scene) ?? makeTiles(scene);
  tiles.set(scene, known);
  return known;
}

function makeTiles({ layout, mask, data }: Scene): Tile[] {
  const rowCount = layout.rows.length - 1;
  const boxes = new Map<
    number,
    { x0: number; y0: number; x1: number; y1: number; n: number; sum: number }
  >();
  for (let row = 0; row < mask.length; row++) {
    if (!mask[row] || layout.halfBox[row] > 0) continue;
    const key = Math.max(0, data.nodes.position[row]) * rowCount + layout.rowNumber[row];
    const [x, y] = [layout.x[row], layout.y[row]];
    const box = boxes.get(key);
    if (!box) {
      boxes.set(key, { x0: x, y0: y, x1: x, y1: y, n: 1, sum: data.nodes.influence[row] });
    } else {
      box.x0 = Math.min(box.x0, x);
      box.x1 = Math.max(box.x1, x);
      box.y0 = Math.min(box.y0, y);
      box.y1 = Math.max(box.y1, y);
      box.n++;
      box.sum += data.nodes.influence[row];
    }
  }
  let most = 0;
  for (const box of boxes.values()) most = Math.max(most, box.sum);
  const pad = SPACING / 2;
  return [...boxes.values()].map((b) => ({
    x: b.x0 - pad,
    y: b.y0 - pad,
    width: b.x1 - b.x0 + 2 * pad,
    height: b.y1 - b.y0 + 2 * pad,
    count: b.n,
    heat: most > 0 ? Math.sqrt(b.sum / most) : 0,
  }));
}

/** Edges, then nodes: all that dims when something is in focus. */
export function paintGraph(painter: Painter, frame: Frame): void {
  paintEdges(painter, frame);
  if (detailLevel(frame.camera.zoom) !== "far") paintNodes(painter, frame);
}

function paintEdges(painter: Painter, frame: Frame): void {
  const { scene, camera, theme } = frame;
  const alpha = frameEdgeAlpha(frame);
  for (const bundle of scene.bundles) {
    const segments = segmentsInSight(bundle.segments, frame);
    painter.curves(segments, edgeStroke(theme, bundle, scene.edgeColour, alpha, camera.zoom));
  }
}

/** Ink per pixel thins out as the drawing grows under the reader. */
export function frameEdgeAlpha({ scene, camera, theme }: Frame): number {
  const { width, height } = scene.layout;
  return edgeAlpha(theme, scene.inkWorld / (Math.max(1, width * height) * camera.zoom));
}

/** Screen coordinates of the curves whose bounds touch the frame. */
function segmentsInSight(world: Float32Array, frame: Frame): number[] {
  const { camera, stage } = frame;
  const { zoom } = camera;
  const dx = stage.x + stage.width / 2 - camera.x * zoom;
  const dy = stage.y + stage.height / 2 - camera.y * zoom;
  const out: number[] = [];
  for (let i = 0; i < world.length; i += 4) {
    const x0 = world[i] * zoom + dx;
    const y0 = world[i + 1] * zoom + dy;
    const x1 = world[i + 2] * zoom + dx;
    const y1 = world[i + 3] * zoom + dy;
    if (x0 < 0 && x1 < 0) continue;
    if (y0 < 0 && y1 < 0) continue;
    if (x0 > frame.width && x1 > frame.width) continue;
    if (y0 > frame.height && y1 > frame.height) continue;
    out.push(x0, y0, x1, y1);
  }
  return out;
}

function paintNodes(painter: Painter, frame: Frame): void {
  const { scene } = frame;
  const rows: number[] = [];
  for (let row = 0; row < scene.mask.length; row++) {
    if (scene.mask[row] && scene.layout.halfBox[row] === 0) rows.push(row);
  }
  paintRows(painter, frame, rows, false);
}

/** Round, diamond and plus nodes, batched by colour. Boxes are `paintTop`'s: they carry text. */
export function paintRows(
  painter: Painter,
  frame: Frame,
  rows: readonly number[],
  isLit: boolean,
): void {
  const { scene, camera, stage, theme } = frame;
  const { kind } = scene.data.nodes;
  const { layout } = scene;
  const scale = nodeScale(camera.zoom);
  const palette = paletteOf(theme);
  const batches = palette.fill.map(() => ({
    circles: [] as number[],
    diamonds: [] as number[],
    dots: [] as number[],
    rims: [] as number[],
  }));
  const pluses: number[] = [];
  for (const row of rows) {
    const x = toScreenX(camera, stage, layout.x[row]);
    const y = toScreenY(camera, stage, layout.y[row]);
    const r = Math.max(isLit ? LEAST_LIT_PX : LEAST_RADIUS_PX, layout.radius[row] * scale);
    if (x < -r || y < -r || x > frame.width + r || y > frame.height + r) continue;
    const batch = batches[scene.level[row] + LEVELS];
    if (kind[row] === Kind.feature) (r < DOT_PX ? batch.dots : batch.circles).push(x, y, r);
    else if (kind[row] === Kind.error) (r < DOT_PX ? batch.rims : batch.diamonds).push(x, y, r);
    else pluses.push(x, y, Math.max(2, r));
  }
  const width = outlineWidth(camera.zoom) * (isLit ? 1.4 : 1);
  painter.pluses(pluses, { colour: isLit ? theme.ink : theme.neutralLine, width });
  batches.forEach((batch, level) => {
    const stroke = isLit ? mix(palette.line[level], theme.ink, 0.45) : palette.line[level];
    const paint = { fill: palette.fill[level], stroke, width };
    if (batch.dots.length > 0) painter.circles(batch.dots, { fill: palette.dot[level] });
    if (batch.rims.length > 0) painter.diamonds(batch.rims, { fill: palette.dot[level] });
    if (batch.circles.length > 0) painter.circles(batch.circles, paint);
    if (batch.diamonds.length > 0) {
      painter.diamonds(batch.diamonds, { ...paint, fill: palette.pale[level] });
    }
  });
}
