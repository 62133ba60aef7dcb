import type { Rect } from "../base/geometry";

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly alpha?: number;
  readonly dash?: readonly [number, number];
}

export interface Paint {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly alpha?: number;
  readonly radius?: number;
}

export interface TextStyle {
  readonly size: number;
  readonly colour: string;
  readonly family: string;
  readonly weight?: number;
  readonly align?: "left" | "center" | "right";
  readonly alpha?: number;
  /** Colour of an outline that keeps the text readable over lines. */
  readonly halo?: string;
  /** Degrees, about the anchor. */
  readonly rotate?: number;
}

/**
 * All that the drawing needs from a medium, in screen pixels. The screen (`CanvasPainter`) and
 * the export (`SvgPainter`) draw from the same calls, so they cannot drift apart. Shapes come
 * in batches of one style as flat numbers.
 */
export interface Painter {
  /** x0 y0 x1 y1 of source and target. */
  curves(segments: ArrayLike<number>, stroke: Stroke): void;
  /** x y radius. */
  circles(shapes: ArrayLike<number>, paint: Paint): void;
  /** x y radius. */
  diamonds(shapes: ArrayLike<number>, paint: Paint): void;
  /** x y radius. */
  pluses(shapes: ArrayLike<number>, stroke: Stroke): void;
  /** x y width height. */
  rects(shapes: ArrayLike<number>, paint: Paint): void;
  /** x0 y0 x1 y1. */
  lines(segments: ArrayLike<number>, stroke: Stroke): void;
  /** x0 y0 x1 y1 x2 y2. */
  triangles(corners: ArrayLike<number>, paint: Paint): void;
  /** Vertically centred on y. */
  text(text: string, x: number, y: number, style: TextStyle): void;
  measure(text: string, style: TextStyle): number;
  clip(area: Rect, draw: () => void): void;
}

/**
 * The curve of an edge, source below, target above: control points as x, y, x, y. It leaves and
 * arrives upright; where both ends stand in one column it bows to the side, and within one
 * row it arches, or it would run through every node between them. `webgl2.ts` repeats this on the GPU.
 */
export function curveOf(
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): [number, number, number, number] {
  const across = Math.abs(x1 - x0);
  const arch = Math.min(ARCH_MOST, ARCH * across) * Math.max(0, 1 - Math.abs(y0 - y1) / ARCH_REACH);
  const rise = (y0 - y1) * 0.5;
  const bow = Math.min(BOW_MOST, BOW * Math.abs(y0 - y1)) * Math.max(0, 1 - across / BOW_REACH);
  return [x0 + bow, y0 - rise - arch, x1 + bow, y1 + rise - arch];
}

export const BOW = 0.06;
export const BOW_MOST = 16;
export const BOW_REACH = 30;
export const ARCH = 0.35;
export const ARCH_MOST = 26;
export const ARCH_REACH = 24;

export function fontOf(style: TextStyle): string {
  return `${style.weight ?? 400} ${style.size}px ${style.family}`;
}

/** At most so many lines of at most this width, broken between words; the last may be cut. */
export function wrapText(
  painter: Painter,
  text: string,
  width: number,
  most: number,
  style: TextStyle,
): string[] {
  const lines: string[] = [];
  let rest = text.split(" ");
  while (rest.length > 0 && lines.length < most - 1) {
    let words = rest.length;
    while (words > 1 && painter.measure(rest.slice(0, words).join(" "), style) > width) words--;
    lines.push(fitText(painter, rest.slice(0, words).join(" "), width, style));
    rest = rest.slice(words);
  }
  if (rest.length > 0) lines.push(fitText(painter, rest.join(" "), width, style));
  return lines.filter((line) => line !== "");
}

/** Longest beginning of the text that fits, with an ellipsis; "" when not even two letters fit. */
export function fitText(painter: Painter, text: string, width: number, style: TextStyle): string {
  if (painter.measure(text, style) <= width) return text;
  const letters = [...text];
  let low = 0;
  let high = letters.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const short = `${letters.slice(0, middle).join("")}…`;
    if (painter.measure(short, style) <= width) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? "" : `${letters.slice(0, low).join("")}…`;
}
