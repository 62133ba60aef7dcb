import { mix } from "../base/colour";
import { clamp } from "../base/geometry";
import { SPACING } from "../graph/layout";
import type { Stroke } from "./painter";
import type { EdgeBundle, EdgeColour } from "./scene";
import type { Theme } from "./theme";

/** Steps of effect from full negative over none to full positive: −8 … 8. */
export const LEVELS = 8;
/** Edges are drawn in bundles of one sign and one of these strengths, strongest first. */
export const STRENGTHS = 6;
/** Least √(score / strongest score) of each strength. */
export const STRENGTH_FROM = [0.6, 0.42, 0.29, 0.2, 0.13, 0] as const;
const WIDTHS = [3.2, 2.4, 1.8, 1.3, 1, 0.8];
const FADES = [1, 0.85, 0.68, 0.52, 0.38, 0.26];

export interface Palette {
  /** Indexed by level + LEVELS. */
  readonly fill: readonly string[];
  readonly line: readonly string[];
  /** Fill of errors: paler than of features, which one should read first. */
  readonly pale: readonly string[];
  /** Fill of a dot too small for an outline. */
  readonly dot: readonly string[];
}

const palettes = new WeakMap<Theme, Palette>();

export function paletteOf(theme: Theme): Palette {
  const known = palettes.get(theme) ?? makePalette(theme);
  palettes.set(theme, known);
  return known;
}

function makePalette(theme: Theme): Palette {
  const levels = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => i - LEVELS);
  const towards = (from: string, positive: string, negative: string) =>
    levels.map((level) =>
      mix(from, level < 0 ? negative : positive, (Math.abs(level) / LEVELS) ** 0.8),
    );
  const line = towards(theme.neutralLine, theme.positiveLine, theme.negativeLine);
  const fill = towards(theme.neutral, theme.positive, theme.negative);
  return {
    line,
    fill,
    pale: fill.map((colour) => mix(theme.ground, colour, theme.contrast ? 0.5 : 0.35)),
    dot: line.map((colour) => mix(theme.ground, colour, theme.contrast ? 0.9 : 0.72)),
  };
}

export type DetailLevel = "far" | "middle" | "near";

/** Below this distance of neighbours dots run together: cells become tiles. */
const FAR_SPACING_PX = 3.4;
/** From this distance on a name fits under every node. */
const NEAR_SPACING_PX = 38;

export function detailLevel(zoom: number): DetailLevel {
  const spacing = SPACING * zoom;
  return spacing < FAR_SPACING_PX ? "far" : spacing < NEAR_SPACING_PX ? "middle" : "near";
}

/** Screen pixels per world unit of a radius: with the zoom at first, then slower, leaving room for labels. */
export function nodeScale(zoom: number): number {
  return zoom <= 1.5 ? zoom : 1.5 * (zoom / 1.5) ** 0.45;
}

export const LEAST_RADIUS_PX = 1.2;
/** A lit node is never smaller than this: it has to be found. */
export const LEAST_LIT_PX = 2.6;
/** Names beside and under nodes, text in boxes. */
export const LABEL_PX = 11;
/** A smaller node is a plain dot: an outline would be all there is. */
export const DOT_PX = 2.2;

export const outlineWidth = (zoom: number): number => (zoom > 1 ? 1.2 : 0.9);

/** Boxes keep up with the zoom until their text has its size. */
export const boxHalfHeight = (radius: number, zoom: number): number =>
  clamp(radius * zoom, 2.5, 10.5);

/**
 * Opacity of the strongest bundle: less the more ink would lie on a pixel, so that 300 edges
 * are crisp and 20,000 a haze rather than a blot. `cover` is Σ length × width over the area.
 */
export function edgeAlpha(theme: Theme, cover: number): number {
  const alpha = (theme.dark ? 0.48 : 0.45) / (0.5 + cover);
  return clamp(alpha, 0.05, theme.contrast ? 0.95 : 0.8);
}

export const strengthWidth = (strength: number): number => WIDTHS[strength];

export function edgeStroke(
  theme: Theme,
  { positive, slot, strength }: Pick<EdgeBundle, "positive" | "slot" | "strength">,
  by: EdgeColour,
  alpha: number,
  zoom: number,
): Stroke {
  return {
    colour: edgeColour(theme, positive, slot, by),
    width: WIDTHS[strength] * clamp(zoom ** 0.35, 0.6, 1.6),
    alpha: alpha * FADES[strength],
    // Where colour tells the slot, the dash alone tells the sign.
    dash: positive ? undefined : by === "slot" ? [6, 4] : negativeDash(zoom),
  };
}

export function edgeColour(theme: Theme, positive: boolean, slot: number, by: EdgeColour): string {
  if (by === "slot") return slot > 0 ? theme.slots[slot - 1] : theme.inkMuted;
  return positive ? theme.positiveLine : theme.negativeLine;
}

/** Dashes would be noise among a thousand lines seen from afar; colour alone says it there. */
function negativeDash(zoom: number): [number, number] | undefined {
  return zoom >= 1.8 ? [6, 4] : undefined;
}
