import type { Rect } from "../base/geometry";
import type { Layout } from "../graph/layout";

/** Axes, heading and margins, about. */
const AROUND = { x: 78, y: 100 };

/** A few shapes only, so that dragging a splitter does not lay the graph out at every pixel. */
export function aspectClass(width: number, height: number): number {
  const aspect = Math.max(1, width - AROUND.x) / Math.max(1, height - AROUND.y);
  return [0.42, 0.5, 0.6, 0.71, 0.85, 1, 1.2, 1.43, 1.7, 2, 2.4].reduce((best, shape) =>
    Math.abs(Math.log(shape / aspect)) < Math.abs(Math.log(best / aspect)) ? shape : best,
  );
}

/** How wide the drawing will be on screen: text keeps its size, so boxes depend on it. */
export function widthClass(width: number): number {
  return [300, 480, 660, 840, 1080, 1380, 1800].reduce((best, size) =>
    size <= Math.max(300, width - 80) ? size : best,
  );
}

/** For how many nodes there is room: a few steps, so that a slider does not move them all the time. */
export function capacityClass(strongest: number | undefined): number {
  if (strongest === undefined) return Infinity;
  return [60, 200, 600, 2_000, 6_000].find((size) => strongest <= size) ?? Infinity;
}

export const grow = (rect: Rect, by: number): Rect => ({
  x: rect.x - by,
  y: rect.y - by,
  width: rect.width + 2 * by,
  height: rect.height + 2 * by,
});

/** The column or row that holds a world coordinate. */
export function intervalAt(edges: Float64Array, value: number): number | null {
  for (let i = 0; i + 1 < edges.length; i++) {
    if ((value - edges[i]) * (value - edges[i + 1]) <= 0) return i;
  }
  return null;
}

/** A column with some of its neighbours; its height does not count, or it could never grow. */
export function columnRect({ columns }: Layout, column: number, y: number): Rect {
  const width = columns[column + 1] - columns[column];
  return { x: columns[column] - width / 2, y, width: 2 * width, height: 0 };
}

export function rowRect({ rows }: Layout, row: number, x: number): Rect {
  const height = rows[row] - rows[row + 1];
  return { x, y: rows[row + 1] - height / 2, width: 0, height: 2 * height };
}
