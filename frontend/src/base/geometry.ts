export interface Vec {
  readonly x: number;
  readonly y: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

export const lerp = (from: number, to: number, at: number): number => from + (to - from) * at;

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** Smallest rectangle around all points; null for none. */
export function bounds(points: Iterable<Vec>): Rect | null {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  return x0 > x1 ? null : { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/**
 * Where `value` falls between rising or falling `edges`, as interval number plus fraction:
 * 2.5 is the middle of the third interval. Straight on beyond both ends.
 */
export function toIntervals(edges: Float64Array, value: number): number {
  const last = edges.length - 1;
  if (last < 1) return 0;
  const sign = edges[last] >= edges[0] ? 1 : -1;
  let low = 0;
  let high = last - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sign * edges[middle] <= sign * value) low = middle;
    else high = middle - 1;
  }
  const width = edges[low + 1] - edges[low];
  return low + (width === 0 ? 0 : (value - edges[low]) / width);
}

/** The inverse of `toIntervals`. */
export function fromIntervals(edges: Float64Array, at: number): number {
  const last = edges.length - 1;
  if (last < 1) return edges[0] ?? 0;
  const low = clamp(Math.floor(at), 0, last - 1);
  return edges[low] + (at - low) * (edges[low + 1] - edges[low]);
}
