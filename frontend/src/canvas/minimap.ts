import type { Rect, Vec } from "../base/geometry";
import { clamp } from "../base/geometry";
import type { Camera, Stage } from "./camera";
import { fitRect, worldRect } from "./camera";
import type { Focus } from "./focus";
import type { Frame } from "./frame";
import type { Painter } from "./painter";
import { tilesOf } from "./paintGraph";

const WIDEST_PX = 168;
const HIGHEST_PX = 116;
const MARGIN_PX = 10;
/** Nearly everything is in sight below this multiple of the fitted zoom: nothing to find. */
const USEFUL_FROM = 1.4;

/** Where the overview lies; null while it would only be in the way. */
export function minimapRect(frame: Frame): Rect | null {
  const { stage, camera, scene } = frame;
  const world = worldRect(scene.layout);
  if (stage.width < 480 || stage.height < 320) return null;
  if (camera.zoom < USEFUL_FROM * fitRect(stage, world).zoom) return null;
  const scale = Math.min(WIDEST_PX / world.width, HIGHEST_PX / world.height);
  const width = world.width * scale;
  const height = world.height * scale;
  return {
    x: stage.x + stage.width - width - MARGIN_PX,
    y: stage.y + stage.height - height - MARGIN_PX,
    width,
    height,
  };
}

/** The whole graph as tiles, the part in sight as a window, what is lit as dots. */
export function paintMinimap(painter: Painter, frame: Frame, focus: Focus): void {
  const map = minimapRect(frame);
  if (!map) return;
  const { scene, theme, camera, stage } = frame;
  const scale = map.width / scene.layout.width;
  painter.rects([map.x - 5, map.y - 5, map.width + 10, map.height + 10], {
    fill: theme.chip,
    stroke: theme.rule,
    width: 1,
    radius: 6,
  });
  const steps = 4;
  const batches = Array.from({ length: steps }, () => [] as number[]);
  for (const tile of tilesOf(scene)) {
    batches[Math.min(steps - 1, Math.floor(tile.heat * steps))].push(
      map.x + tile.x * scale,
      map.y + tile.y * scale,
      Math.max(1, tile.width * scale),
      Math.max(1, tile.height * scale),
    );
  }
  batches.forEach((batch, step) => {
    painter.rects(batch, { fill: theme.inkMuted, alpha: 0.2 + 0.17 * step });
  });
  const dot = (row: number, colour: string) => {
    if (!scene.mask[row]) return;
    const { x, y } = scene.layout;
    painter.circles([map.x + x[row] * scale, map.y + y[row] * scale, 2.6], { fill: colour });
  };
  for (const row of focus.pins) dot(row, theme.pin);
  if (focus.selected !== null) dot(focus.selected, theme.focus);
  const left = clamp(camera.x - stage.width / 2 / camera.zoom, 0, scene.layout.width);
  const right = clamp(camera.x + stage.width / 2 / camera.zoom, 0, scene.layout.width);
  const top = clamp(camera.y - stage.height / 2 / camera.zoom, 0, scene.layout.height);
  const bottom = clamp(camera.y + stage.height / 2 / camera.zoom, 0, scene.layout.height);
  painter.rects(
    [map.x + left * scale, map.y + top * scale, (right - left) * scale, (bottom - top) * scale],
    { stroke: theme.focus, width: 1.5, radius: 2 },
  );
}

/** The camera that puts the middle of the view where the pointer is on the overview. */
export function cameraFromMinimap(frame: Frame, map: Rect, at: Vec): Camera {
  const scale = map.width / frame.scene.layout.width;
  return { ...frame.camera, x: (at.x - map.x) / scale, y: (at.y - map.y) / scale };
}

export const isInside = (rect: Rect | Stage, at: Vec): boolean =>
  at.x >= rect.x && at.y >= rect.y && at.x <= rect.x + rect.width && at.y <= rect.y + rect.height;
