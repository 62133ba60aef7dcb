import type { GraphData, GraphFilter, Visibility } from "../graph/types";
import type { Theme, ThemeName } from "./theme";

/**
 * Where the reader looks, in units that survive another window, another device and a new
 * layout: `cx` in token columns (0 = left edge of token 0), `cy` in rows (0 = bottom edge of
 * the embeddings, 1 = bottom edge of layer 0), `zoom` in multiples of "everything fits".
 */
export interface ViewCamera {
  readonly cx: number;
  readonly cy: number;
  readonly zoom: number;
}

export interface ScreenPoint {
  /** CSS pixels from the container's top left corner. */
  readonly x: number;
  readonly y: number;
}

export type EdgeMode = "both" | "inputs" | "outputs" | "none";
export type Direction = "left" | "right" | "up" | "down" | "input" | "output";

export interface GraphViewOptions {
  readonly theme?: ThemeName | Theme;
  /** Force a renderer; by default `choose.ts` measures. */
  readonly renderer?: "canvas2d" | "webgl2";
  readonly reducedMotion?: boolean;
  readonly onHover?: (row: number | null) => void;
  /** A click or tap; null when on empty ground. The view does not select by itself: call `setSelection`. */
  readonly onSelect?: (row: number | null) => void;
  /** Ctrl/Cmd/Shift-click or long press; toggle and call `setPins`. */
  readonly onPin?: (row: number) => void;
  /** After the camera came to rest (gesture end, fit, keyboard), not on every frame. */
  readonly onCamera?: (camera: ViewCamera) => void;
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
  readonly level: "far" | "middle" | "near";
  /** Main-thread milliseconds: last and 95th percentile of recent frames; last full redraw. */
  readonly frameMs: number;
  readonly frameMsP95: number;
  readonly redrawMs: number;
  readonly layoutMs: number;
}

export class GraphView {
  constructor(_container: HTMLElement, _options?: GraphViewOptions) {}

  /** Show a graph; keeps the camera when the tokens are the same, else fits. */
  setData(data: GraphData): void { throw new Error("not yet"); }
  setSelection(row: number | null): void { throw new Error("not yet"); }
  setPins(rows: Iterable<number>): void { throw new Error("not yet"); }
  /** Highlight a node from outside, e.g. a hovered list entry; does not call `onHover`. */
  setHover(row: number | null): void { throw new Error("not yet"); }
  setFilter(filter: GraphFilter): Visibility { throw new Error("not yet"); }
  setEdgeBudget(count: number): void { throw new Error("not yet"); }
  /** Which edges of the focused node to draw. */
  setEdgeMode(mode: EdgeMode): void { throw new Error("not yet"); }
  /** Node fill shows the effect on this target; null: the selected target, else the most probable. */
  setTarget(row: number | null): void { throw new Error("not yet"); }
  /** Paint measured changes instead of effects, e.g. after an intervention; null to stop. */
  setMarks(changes: ReadonlyMap<number, number> | null): void { throw new Error("not yet"); }
  /** Names for features, shown when near. */
  setLabels(labels: ReadonlyMap<number, string>): void { throw new Error("not yet"); }
  /** Emphasise a path (rows in order), e.g. from `strongestPath`; null to stop. */
  setPath(rows: readonly number[] | null): void { throw new Error("not yet"); }
  setTheme(theme: ThemeName | Theme): void { throw new Error("not yet"); }
  setReducedMotion(reduced: boolean): void { throw new Error("not yet"); }

  fit(): void { throw new Error("not yet"); }
  fitRows(rows: Iterable<number>): void { throw new Error("not yet"); }
  /** Bring a node into sight with the least movement. */
  reveal(row: number): void { throw new Error("not yet"); }
  /** Zoom about the middle, for the `+` and `−` keys. */
  zoomBy(factor: number): void { throw new Error("not yet"); }
  /** Move by screen pixels, for keys. */
  panBy(dx: number, dy: number): void { throw new Error("not yet"); }
  get camera(): ViewCamera { throw new Error("not yet"); }
  set camera(camera: ViewCamera) { throw new Error("not yet"); }

  /** The node to go to from the selection; null when there is none. Calls nothing, selects nothing. */
  focusNeighbour(direction: Direction, rank?: number): number | null { throw new Error("not yet"); }
  /** Centre of a node in CSS pixels of the container; null when hidden or no data. The tests' hook. */
  screenOf(row: number): ScreenPoint | null { throw new Error("not yet"); }
  /** The node a pointer there would mean. */
  rowAt(x: number, y: number): number | null { throw new Error("not yet"); }

  resize(): void { throw new Error("not yet"); }
  /** A promise for a PNG of the current view, `scale` device pixels per CSS pixel. */
  toPNG(scale?: number): Promise<Blob> { throw new Error("not yet"); }
  /** The current view as a standalone SVG with selectable text and a legend. */
  toSVG(): string { throw new Error("not yet"); }
  stats(): GraphViewStats { throw new Error("not yet"); }
  destroy(): void { throw new Error("not yet"); }
}
