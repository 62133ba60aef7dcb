import type { Rect, Vec } from "../base/geometry";
import { clamp, fromIntervals, toIntervals } from "../base/geometry";
import type { Layout } from "../graph/layout";
import { LARGEST_SCALE } from "../graph/layout";

/**
 * Where the reader is looking. World units are those of the layout; screen units are CSS pixels
 * from the container's top left. `screen = (world - center) * zoom + middle of the stage`.
 */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** The same in units that survive another window and a new layout: see `GraphView.ts`. */
export interface ViewCamera {
  readonly cx: number;
  readonly cy: number;
  readonly zoom: number;
}

/** The part of the container where the graph is drawn, between the axes. */
export type Stage = Rect;

// At 8 neighbouring nodes are 128 px apart, room for a label of 20 letters; further in is empty.
export const MAX_ZOOM = 8;
/** Never further out than this share of "everything fits". */
const MIN_OF_FIT = 0.8;
const FIT_MARGIN = 12;

export const toScreenX = (camera: Camera, stage: Stage, x: number): number =>
  (x - camera.x) * camera.zoom + stage.x + stage.width / 2;

export const toScreenY = (camera: Camera, stage: Stage, y: number): number =>
  (y - camera.y) * camera.zoom + stage.y + stage.height / 2;

export function toWorld(camera: Camera, stage: Stage, point: Vec): Vec {
  return {
    x: (point.x - stage.x - stage.width / 2) / camera.zoom + camera.x,
    y: (point.y - stage.y - stage.height / 2) / camera.zoom + camera.y,
  };
}

/** Zoom so that the world point under the pointer stays under the pointer. */
export function zoomAt(
  camera: Camera,
  stage: Stage,
  pointer: Vec,
  factor: number,
  least = 0,
): Camera {
  const zoom = clamp(camera.zoom * factor, Math.min(least, camera.zoom), MAX_ZOOM);
  const held = toWorld(camera, stage, pointer);
  return {
    x: held.x - (pointer.x - stage.x - stage.width / 2) / zoom,
    y: held.y - (pointer.y - stage.y - stage.height / 2) / zoom,
    zoom,
  };
}

export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** The camera that shows all of a world rectangle. */
export function fitRect(stage: Stage, rect: Rect, most = LARGEST_SCALE): Camera {
  const zoom = Math.min(
    (stage.width - 2 * FIT_MARGIN) / Math.max(1, rect.width),
    (stage.height - 2 * FIT_MARGIN) / Math.max(1, rect.height),
    most,
  );
  return {
    x: rect.x + rect.width / 2,
    y: rect.y + rect.height / 2,
    zoom: Math.max(zoom, 0.001),
  };
}

export const worldRect = (layout: Layout): Rect => ({
  x: 0,
  y: 0,
  width: layout.width,
  height: layout.height,
});

export const leastZoom = (stage: Stage, layout: Layout): number =>
  MIN_OF_FIT * fitRect(stage, worldRect(layout)).zoom;

/** Keep the middle of the screen on the drawing, so that it can never be lost. */
export function holdInside(camera: Camera, layout: Layout): Camera {
  return {
    ...camera,
    x: clamp(camera.x, 0, layout.width),
    y: clamp(camera.y, 0, layout.height),
  };
}

export function toViewCamera(camera: Camera, stage: Stage, layout: Layout): ViewCamera {
  return {
    cx: toIntervals(layout.columns, camera.x),
    cy: toIntervals(layout.rows, camera.y),
    zoom: camera.zoom / fitRect(stage, worldRect(layout)).zoom,
  };
}

export function fromViewCamera(view: ViewCamera, stage: Stage, layout: Layout): Camera {
  const fit = fitRect(stage, worldRect(layout)).zoom;
  const finite = (value: number, otherwise: number) => (Number.isFinite(value) ? value : otherwise);
  const zoom = Math.min(finite(view.zoom, 1) * fit, MAX_ZOOM);
  return holdInside(
    {
      x: fromIntervals(layout.columns, finite(view.cx, (layout.columns.length - 1) / 2)),
      y: fromIntervals(layout.rows, finite(view.cy, (layout.rows.length - 1) / 2)),
      zoom: Math.max(zoom, MIN_OF_FIT * fit),
    },
    layout,
  );
}

export function betweenCameras(from: Camera, to: Camera, at: number): Camera {
  return {
    x: from.x + (to.x - from.x) * at,
    y: from.y + (to.y - from.y) * at,
    zoom: from.zoom * (to.zoom / from.zoom) ** at,
  };
}
