import type { EdgeChoice } from "../graph/edgeBudget";
import type { Visibility } from "../graph/types";
import type { ViewCamera } from "./camera";
import type { DetailLevel } from "./style";
import type { Theme, ThemeName } from "./theme";

export interface ScreenPoint {
  /** CSS pixels from the container's top left corner. */
  readonly x: number;
  readonly y: number;
}

export type Direction = "left" | "right" | "up" | "down" | "input" | "output";

export interface GraphViewOptions {
  readonly theme?: ThemeName | Theme;
  /** Force a renderer; by default `choose.ts` measures. */
  readonly renderer?: "canvas2d" | "webgl2";
  readonly reducedMotion?: boolean;
  /** An overview in the corner while zoomed in; on unless false. */
  readonly minimap?: boolean;
  readonly onHover?: (row: number | null) => void;
  /** A click or tap; null when on empty ground. The view does not select by itself: call `setSelection`. */
  readonly onSelect?: (row: number | null) => void;
  /** Ctrl/Cmd/Shift-click or long press; toggle and call `setPins`. */
  readonly onPin?: (row: number) => void;
  /** After the camera came to rest (gesture end, fit, keyboard), not on every frame. */
  readonly onCamera?: (camera: ViewCamera) => void;
  /** Other edges are drawn: after new data, a filter, a budget. */
  readonly onEdges?: (choice: EdgeChoice) => void;
  /** After the first frame with nodes, and after a fallback. */
  readonly onReady?: (stats: GraphViewStats) => void;
}

export interface GraphViewStats {
  readonly renderer: "canvas2d" | "webgl2";
  /** Why this renderer: for diagnostics and the toast after a lost context. */
  readonly rendererReason: string;
  readonly nodesTotal: number;
  readonly nodesShown: number;
  readonly visibility: Visibility | null;
  readonly edgesTotal: number;
  /** Edges with both ends shown. */
  readonly edgesAvailable: number;
  /** Edges drawn when nothing is focused. */
  readonly edgesDrawn: number;
  /** Share of the score of all edges that the drawn edges carry, 0..1. */
  readonly edgeScoreShare: number;
  /** False while `setEdgeBudget` holds a number. */
  readonly edgesAutomatic: boolean;
  readonly level: DetailLevel;
  /** Main-thread milliseconds: last and 95th percentile of recent frames; last full redraw. */
  readonly frameMs: number;
  readonly frameMsP95: number;
  readonly redrawMs: number;
  readonly layoutMs: number;
}
