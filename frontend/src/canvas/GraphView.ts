import type { Vec } from "../base/geometry";
import { bounds } from "../base/geometry";
import type { Layout } from "../graph/layout";
import { strongestInputs, strongestOutputs } from "../graph/neighbours";
import type { GraphData, GraphFilter, Visibility } from "../graph/types";
import { forgetTextWidths } from "./CanvasPainter";
import type { Camera, Stage, ViewCamera } from "./camera";
import {
  fitRect,
  leastZoom,
  panBy,
  toScreenX,
  toScreenY,
  toWorld,
  worldRect,
  zoomAt,
} from "./camera";
import { Eye } from "./Eye";
import { toPng, toSvg } from "./exportView";
import { columnRect, grow, intervalAt, rowRect } from "./fitting";
import type { EdgeMode, Focus } from "./focus";
import { NO_FOCUS } from "./focus";
import type { Frame } from "./frame";
import { listenToGestures } from "./gestures";
import { Layers } from "./Layers";
import { cameraFromMinimap, isInside, minimapRect } from "./minimap";
import { NOTHING_SHOWN, Picture } from "./Picture";
import type { AxisSizes } from "./paintAxes";
import { axisSizes, LEAST_SIZES, stageOf } from "./paintAxes";
import { REACH_PX } from "./picking";
import type { EdgeColour, Scene } from "./scene";
import { detailLevel } from "./style";
import type { Theme, ThemeName } from "./theme";
import { themeNamed } from "./theme";
import type { Direction, GraphViewOptions, GraphViewStats, ScreenPoint } from "./viewTypes";

export type { EdgeChoice } from "../graph/edgeBudget";
export type { ViewCamera } from "./camera";
export type { EdgeMode } from "./focus";
export type { EdgeColour } from "./scene";
export type { Direction, GraphViewOptions, GraphViewStats, ScreenPoint } from "./viewTypes";

/**
 * The graph on screen: the public face of `Picture` (what is drawn), `Eye` (from where) and
 * `Layers` (on what). It draws the values it is given and reports what hands did; it keeps no
 * selection of its own.
 */
export class GraphView {
  private readonly picture = new Picture();
  private readonly eye: Eye;
  private readonly layers: Layers;
  private readonly observer: ResizeObserver;
  private readonly stopListening: (() => void)[] = [];

  private theme: Theme;
  private focus: Focus = NO_FOCUS;
  private labels: ReadonlyMap<number, string> = new Map();
  private sizes: AxisSizes = LEAST_SIZES;
  private frameRequest = 0;
  private toldScene: Scene | null = null;
  private wasReady = false;
  private isDestroyed = false;

  constructor(
    container: HTMLElement,
    private readonly options: GraphViewOptions = {},
  ) {
    this.eye = new Eye({
      moved: () => this.draw(),
      rested: () => options.onCamera?.(this.camera),
    });
    this.layers = new Layers(container, options.renderer, () => {
      this.wasReady = false;
      this.draw();
    });
    this.theme = themeNamed(options.theme ?? "light");
    this.setTheme(this.theme);
    this.setReducedMotion(options.reducedMotion ?? false);
    this.listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(container);
    this.resize();
  }

  /**
   * Show a graph. Same tokens: the camera stays; else the new graph is fitted. Selection, pins,
   * marks, labels and rows in the filter are forgotten, since rows mean other nodes now.
   */
  setData(data: GraphData): void {
    const before = this.picture.now;
    if (before?.data === data) return;
    if (before && sameTokens(before.data, data)) this.eye.remember(this.stage(), before.layout);
    this.labels = new Map();
    this.focus = { ...NO_FOCUS, edgeMode: this.focus.edgeMode };
    this.picture.setData(data, this.layers.width, this.layers.height);
    this.place();
  }

  setSelection(row: number | null): void {
    if (row === this.focus.selected) return;
    this.focus = { ...this.focus, selected: row };
    this.picture.setSelected(row);
    this.draw();
  }

  setPins(rows: Iterable<number>): void {
    this.focus = { ...this.focus, pins: new Set(rows) };
    this.draw();
  }

  /** Light a node from outside, e.g. a hovered list entry; does not call `onHover`. */
  setHover(row: number | null): void {
    if (row === this.focus.hovered) return;
    this.focus = { ...this.focus, hovered: row };
    this.draw();
  }

  /**
   * Nodes keep their places, so that a slider does not make the graph jump; only when a filter by
   * strength leaves far fewer or far more of them are they spread anew (`capacityClass`).
   */
  setFilter(filter: GraphFilter): Visibility {
    const before = this.picture.now?.layout ?? null;
    const isChanged = this.picture.setFilter(filter);
    if (before && this.picture.now?.layout !== before) {
      // Whoever looks at everything goes on doing so.
      if (!this.showsAll(before)) this.eye.remember(this.stage(), before);
      this.place();
    } else if (isChanged) this.draw();
    return this.picture.now?.visibility ?? NOTHING_SHOWN;
  }

  /** Draw this many of the strongest edges; null: as many as can be read (`edgeBudget.ts`). */
  setEdgeBudget(count: number | null): void {
    this.picture.setEdgeBudget(count === null ? null : Math.max(0, Math.floor(count)));
    this.draw();
  }

  /** What the colour of edges says: sign, or which input of a head they feed. */
  setEdgeColour(by: EdgeColour): void {
    this.picture.setEdgeColour(by);
    this.draw();
  }

  /** Which edges of the focused node to draw. */
  setEdgeMode(edgeMode: EdgeMode): void {
    this.focus = { ...this.focus, edgeMode };
    this.draw();
  }

  /** Colour shows the effect on this target; null: the selected target, else the most probable. */
  setTarget(row: number | null): void {
    this.picture.setTarget(row);
    this.draw();
  }

  /** Paint measured changes (e.g. of an intervention) instead of effects; null to stop. */
  setMarks(changes: ReadonlyMap<number, number> | null): void {
    const marks = changes && changes.size > 0 ? changes : null;
    const size = (row: number) => Math.abs(marks?.get(row) ?? 0);
    const marked = marks ? [...marks.keys()].sort((a, b) => size(b) - size(a)) : null;
    this.focus = { ...this.focus, marked };
    this.picture.setMarks(marks);
    this.draw();
  }

  /** Names of features by row, shown where there is room and in the hover chip. */
  setLabels(labels: ReadonlyMap<number, string>): void {
    this.labels = labels;
    this.draw();
  }

  /** Light a path, e.g. `strongestPath(...).rows`; null to stop. */
  setPath(path: readonly number[] | null): void {
    this.focus = { ...this.focus, path };
    this.draw();
  }

  setTheme(theme: ThemeName | Theme): void {
    this.theme = themeNamed(theme);
    this.layers.root.style.background = this.theme.ground;
    this.draw();
  }

  setReducedMotion(reduced: boolean): void {
    this.eye.reducedMotion = reduced;
    this.layers.setReducedMotion(reduced);
  }

  fit(): void {
    const layout = this.picture.now?.layout;
    if (layout) this.glideTo(fitRect(this.stage(), worldRect(layout)));
  }

  fitRows(rows: Iterable<number>): void {
    const layout = this.picture.now?.layout;
    if (!layout) return;
    const rect = bounds([...rows].map((row) => ({ x: layout.x[row], y: layout.y[row] })));
    if (rect) this.glideTo(fitRect(this.stage(), grow(rect, 40)));
  }

  /** Bring a node into sight with the least movement; does nothing when it is. */
  reveal(row: number): void {
    const at = this.screenOf(row);
    if (!at) return;
    const stage = this.stage();
    const margin = Math.min(48, stage.width / 4, stage.height / 4);
    const dx =
      Math.max(0, stage.x + margin - at.x) - Math.max(0, at.x - (stage.x + stage.width - margin));
    const dy =
      Math.max(0, stage.y + margin - at.y) - Math.max(0, at.y - (stage.y + stage.height - margin));
    if (dx !== 0 || dy !== 0) this.glideTo(panBy(this.eye.camera, dx, dy));
  }

  /** Zoom about the middle, for the `+` and `−` keys. */
  zoomBy(factor: number): void {
    const layout = this.picture.now?.layout;
    if (!layout) return;
    const stage = this.stage();
    const middle = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
    this.glideTo(zoomAt(this.eye.goal, stage, middle, factor, leastZoom(stage, layout)));
  }

  /** Move by screen pixels, for keys. */
  panBy(dx: number, dy: number): void {
    this.glideTo(panBy(this.eye.goal, dx, dy));
  }

  get camera(): ViewCamera {
    return this.eye.view(this.stage(), this.picture.now?.layout ?? null);
  }

  /** At once and without `onCamera`: this is how a shared link is opened. */
  set camera(camera: ViewCamera) {
    this.eye.await(camera);
    const layout = this.picture.now?.layout;
    if (layout && this.layers.width > 0) this.eye.place(this.stage(), layout);
    this.draw();
  }

  /**
   * The node to go to from the selection; null when there is none. Selects nothing. `input` and
   * `output` take the strongest, or with `rank` the second, third, … and start over at the end.
   */
  focusNeighbour(direction: Direction, rank = 0): number | null {
    const shown = this.picture.now;
    if (!shown) return null;
    const { data, picker } = shown;
    const { mask } = shown.visibility;
    const from = this.focus.selected;
    if (from === null) return data.targets.find((row) => mask[row]) ?? firstShown(mask);
    if (direction !== "input" && direction !== "output") return picker.step(from, direction);
    const all = direction === "input" ? strongestInputs(data, from) : strongestOutputs(data, from);
    const rows = all.map(({ row }) => row).filter((row) => mask[row]);
    return rows.length > 0 ? rows[((rank % rows.length) + rows.length) % rows.length] : null;
  }

  /** Centre of a node in CSS pixels of the container; null when hidden. The tests' hook. */
  screenOf(row: number): ScreenPoint | null {
    const shown = this.picture.now;
    if (!shown?.visibility.mask[row]) return null;
    const stage = this.stage();
    return {
      x: toScreenX(this.eye.camera, stage, shown.layout.x[row]),
      y: toScreenY(this.eye.camera, stage, shown.layout.y[row]),
    };
  }

  /** The node a pointer there would mean. */
  rowAt(x: number, y: number): number | null {
    const shown = this.picture.now;
    const stage = this.stage();
    const frame = this.frame();
    if (!shown || !frame || x < stage.x || y > stage.y + stage.height) return null;
    const map = this.hasMinimap && minimapRect(frame);
    if (map && isInside(map, { x, y })) return null;
    const { camera } = this.eye;
    return shown.picker.nearest(toWorld(camera, stage, { x, y }), REACH_PX / camera.zoom);
  }

  /** Also called by itself when the container changes size. */
  resize(): void {
    const size = this.layers.measure();
    if (!size) return;
    this.eye.remember(this.stage(), this.picture.now?.layout ?? null);
    this.layers.resize(size.width, size.height);
    this.picture.resize(size.width, size.height);
    this.place();
    // The canvases were just cleared; waiting for a frame would flash.
    this.drawNow();
  }

  /** A PNG of the current view, `scale` device pixels per CSS pixel. */
  async toPNG(scale = 2): Promise<Blob> {
    return toPng(this.frameToExport(), this.focus, this.labels, scale);
  }

  /** The current view as a standalone SVG: vectors, selectable text, a legend. */
  toSVG(): string {
    return toSvg(this.frameToExport(), this.focus, this.labels, (text, font) =>
      this.layers.top.measure(text, font),
    );
  }

  stats(): GraphViewStats {
    const shown = this.picture.now;
    const edges = shown?.scene.edges;
    const { frameTimes } = this.layers;
    const sorted = [...frameTimes].sort((a, b) => a - b);
    return {
      renderer: this.layers.rendererName,
      rendererReason: this.layers.rendererReason,
      nodesTotal: shown?.visibility.total ?? 0,
      nodesShown: shown?.visibility.shown ?? 0,
      visibility: shown?.visibility ?? null,
      edgesTotal: shown?.data.edges.count ?? 0,
      edgesAvailable: edges?.available ?? 0,
      edgesDrawn: edges?.drawn ?? 0,
      edgeScoreShare: edges?.share ?? 0,
      edgesAutomatic: edges?.isAutomatic ?? true,
      level: detailLevel(this.eye.camera.zoom),
      frameMs: frameTimes.at(-1) ?? 0,
      frameMsP95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
      redrawMs: this.layers.redrawMs,
      layoutMs: shown?.layoutMs ?? 0,
    };
  }

  destroy(): void {
    this.isDestroyed = true;
    cancelAnimationFrame(this.frameRequest);
    this.observer.disconnect();
    for (const stop of this.stopListening) stop();
    this.eye.destroy();
    this.layers.destroy();
  }

  private listen(): void {
    const { root } = this.layers;
    const stopGestures = listenToGestures(root, {
      grab: (at) => this.grabMinimap(at),
      pan: (dx, dy) => this.jumpTo(panBy(this.eye.camera, dx, dy)),
      zoom: (at, factor) => this.zoomTo(at, factor),
      hover: (at) => this.hoverAt(at),
      tap: (at, extend) => this.tapAt(at, extend),
      doubleTap: (at) => this.doubleTapAt(at),
      longPress: (at) => {
        const row = this.rowAt(at.x, at.y);
        if (row !== null) this.options.onPin?.(row);
      },
      dragging: (isDragging) => {
        root.style.cursor = isDragging ? "grabbing" : "default";
      },
    });
    const fontsReady = () => {
      forgetTextWidths();
      this.draw();
    };
    document.fonts?.addEventListener("loadingdone", fontsReady);
    this.stopListening.push(stopGestures, () =>
      document.fonts?.removeEventListener("loadingdone", fontsReady),
    );
  }

  private grabMinimap(at: Vec): ((at: Vec) => void) | null {
    const frame = this.frame();
    const map = frame && this.hasMinimap && minimapRect(frame);
    if (!frame || !map || !isInside(map, at)) return null;
    return (now) => this.jumpTo(cameraFromMinimap(frame, map, now));
  }

  private hoverAt(at: Vec | null): void {
    const row = at ? this.rowAt(at.x, at.y) : null;
    if (row === this.focus.hovered) return;
    this.focus = { ...this.focus, hovered: row };
    this.layers.root.style.cursor = row === null ? "default" : "pointer";
    this.draw();
    this.options.onHover?.(row);
  }

  private tapAt(at: Vec, extend: boolean): void {
    const row = this.rowAt(at.x, at.y);
    if (extend && row !== null) this.options.onPin?.(row);
    else if (!extend) this.options.onSelect?.(row);
  }

  /** On an axis: its column or row. On a node: it and its neighbours. On the ground: closer. */
  private doubleTapAt(at: Vec): void {
    const shown = this.picture.now;
    if (!shown) return;
    const { layout, data, visibility } = shown;
    const stage = this.stage();
    const { camera } = this.eye;
    const point = toWorld(camera, stage, at);
    if (at.y > stage.y + stage.height) {
      const column = intervalAt(layout.columns, point.x);
      if (column !== null) this.glideTo(fitRect(stage, columnRect(layout, column, camera.y)));
    } else if (at.x < stage.x) {
      const row = intervalAt(layout.rows, point.y);
      if (row !== null) this.glideTo(fitRect(stage, rowRect(layout, row, camera.x)));
    } else {
      const row = this.rowAt(at.x, at.y);
      if (row === null) {
        this.glideTo(zoomAt(camera, stage, at, 2, leastZoom(stage, layout)));
        return;
      }
      const near = [...strongestInputs(data, row, 12), ...strongestOutputs(data, row, 12)];
      this.fitRows([row, ...near.map((n) => n.row).filter((r) => visibility.mask[r])]);
    }
  }

  private zoomTo(at: Vec, factor: number): void {
    const layout = this.picture.now?.layout;
    if (!layout) return;
    const stage = this.stage();
    this.jumpTo(zoomAt(this.eye.camera, stage, at, factor, leastZoom(stage, layout)));
  }

  private jumpTo(camera: Camera): void {
    const layout = this.picture.now?.layout;
    if (layout) this.eye.jumpTo(camera, layout);
  }

  private glideTo(camera: Camera): void {
    const layout = this.picture.now?.layout;
    if (layout) this.eye.glideTo(camera, layout);
  }

  private showsAll(layout: Layout): boolean {
    const { goal } = this.eye;
    const fit = fitRect(this.stage(), worldRect(layout));
    const near = (a: number, b: number) => Math.abs(a - b) < 1e-3 * Math.max(1, Math.abs(b));
    return near(goal.x, fit.x) && near(goal.y, fit.y) && near(goal.zoom, fit.zoom);
  }

  private get hasMinimap(): boolean {
    return this.options.minimap !== false;
  }

  private place(): void {
    const shown = this.picture.now;
    const { width, height, top } = this.layers;
    if (!shown || width === 0) return;
    // How tokens lie along the axis depends on the zoom, which depends on the axis' height.
    this.sizes = LEAST_SIZES;
    const { zoom } = fitRect(this.stage(), worldRect(shown.layout));
    const { scene } = shown;
    this.sizes = axisSizes(top.painter, { scene, width, height, theme: this.theme }, zoom);
    this.eye.place(this.stage(), shown.layout);
    this.draw();
  }

  private stage(): Stage {
    return stageOf(this.layers.width, this.layers.height, this.sizes);
  }

  private frame(): Frame | null {
    const shown = this.picture.now;
    const { width, height } = this.layers;
    if (!shown || width === 0) return null;
    const { scene } = shown;
    const { camera } = this.eye;
    return { scene, camera, stage: this.stage(), width, height, theme: this.theme };
  }

  private frameToExport(): Frame {
    const frame = this.frame();
    if (!frame) throw new Error("There is no graph to export.");
    return frame;
  }

  private draw(): void {
    if (this.frameRequest === 0 && !this.isDestroyed) {
      this.frameRequest = requestAnimationFrame(() => this.drawNow());
    }
  }

  private drawNow(): void {
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    this.eye.step(performance.now());
    const frame = this.frame();
    if (!frame) return;
    const { focus, labels } = this;
    this.layers.paint(frame, { focus, labels, minimap: this.hasMinimap, atRest: this.eye.atRest });
    if (this.eye.isGliding) this.draw();
    this.tell(frame.scene);
  }

  /** After the frame, so that whoever listens can ask for the next one. */
  private tell(scene: Scene): void {
    if (scene !== this.toldScene) {
      this.toldScene = scene;
      this.options.onEdges?.(scene.edges);
    }
    if (!this.wasReady) {
      this.wasReady = true;
      this.options.onReady?.(this.stats());
    }
  }
}

const sameTokens = (a: GraphData, b: GraphData): boolean =>
  a.tokens.length === b.tokens.length && a.tokens.every((token, i) => token === b.tokens[i]);

const firstShown = (mask: Uint8Array): number | null => {
  const row = mask.indexOf(1);
  return row < 0 ? null : row;
};
