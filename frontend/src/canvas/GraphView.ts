import type { Rect, Vec } from "../base/geometry";
import { bounds } from "../base/geometry";
import { totalEffect } from "../graph/effect";
import { applyFilter } from "../graph/filter";
import type { Layout } from "../graph/layout";
import { layoutGraph } from "../graph/layout";
import { strongestInputs, strongestOutputs } from "../graph/neighbours";
import type { GraphData, GraphFilter, Visibility } from "../graph/types";
import { CanvasPainter, forgetTextWidths } from "./CanvasPainter";
import type { Camera, ViewCamera } from "./camera";
import {
  betweenCameras,
  fitRect,
  fromViewCamera,
  holdInside,
  leastZoom,
  panBy,
  toScreenX,
  toScreenY,
  toViewCamera,
  toWorld,
  worldRect,
  zoomAt,
} from "./camera";
import { chooseRenderer } from "./choose";
import { drawPicture, LEGEND_PX } from "./exportView";
import { aspectClass, columnRect, grow, intervalAt, rowRect, widthClass } from "./fitting";
import type { EdgeMode, Focus } from "./focus";
import { NO_FOCUS } from "./focus";
import type { Frame } from "./frame";
import { listenToGestures } from "./gestures";
import { cameraFromMinimap, isInside, minimapRect, paintMinimap } from "./minimap";
import type { AxisSizes } from "./paintAxes";
import { axisSizes, paintAxes, stageOf } from "./paintAxes";
import { paintGround } from "./paintGraph";
import { dimming, paintTop } from "./paintTop";
import { Picker, REACH_PX } from "./picking";
import type { Renderer } from "./renderer";
import { Surface } from "./Surface";
import { SvgPainter } from "./SvgPainter";
import type { Scene } from "./scene";
import { makeScene, toLevels } from "./scene";
import { detailLevel, LEVELS } from "./style";
import type { Theme, ThemeName } from "./theme";
import { themeNamed } from "./theme";
import type { Direction, GraphViewOptions, GraphViewStats, ScreenPoint } from "./viewTypes";

export type { ViewCamera } from "./camera";
export type { EdgeMode } from "./focus";
export type { Direction, GraphViewOptions, GraphViewStats, ScreenPoint } from "./viewTypes";

const MOVE_MS = 260;
const REST_MS = 140;
const MOST_DENSITY = 2.5;
const FRAMES_KEPT = 240;

interface Loaded {
  readonly data: GraphData;
  readonly layout: Layout;
  readonly layoutMs: number;
  visibility: Visibility;
  picker: Picker;
  scene: Scene;
}

/**
 * The graph on screen: three canvases (ground, graph, top) in a container, moved by gestures.
 * It draws the values it is given and reports what hands did; it keeps no selection of its own.
 */
export class GraphView {
  private readonly root = document.createElement("div");
  private readonly ground = new Surface();
  private readonly top = new Surface();
  private renderer: Renderer;
  private rendererReason: string;
  private readonly observer: ResizeObserver;
  private readonly stopGestures: () => void;
  private readonly stopFonts: () => void;

  private theme: Theme;
  private reducedMotion: boolean;
  private loaded: Loaded | null = null;
  private focus: Focus = NO_FOCUS;
  private filter: GraphFilter = {};
  private edgeBudget: number | null = null;
  private target: number | null = null;
  private marks: ReadonlyMap<number, number> | null = null;
  private labels: ReadonlyMap<number, string> = new Map();
  private effects = new Map<number, Float32Array>();

  private width = 0;
  private height = 0;
  private density = 1;
  private sizes: AxisSizes = { left: 46, bottom: 32, top: 6, right: 8 };
  private world: Camera = { x: 0, y: 0, zoom: 1 };
  /** A camera that came before the data or before the container had a size. */
  private pending: ViewCamera | null = null;
  private isPlaced = false;

  private frameRequest = 0;
  private restTimer = 0;
  private animation: { from: Camera; to: Camera; start: number } | null = null;
  private atRest = true;
  private wasReady = false;
  private isDestroyed = false;
  private readonly frameTimes: number[] = [];

  constructor(
    private readonly container: HTMLElement,
    private readonly options: GraphViewOptions = {},
  ) {
    this.theme = themeNamed(options.theme ?? "light");
    this.reducedMotion = options.reducedMotion ?? false;
    const choice = chooseRenderer(options.renderer, () => this.fallBack());
    this.renderer = choice.renderer;
    this.rendererReason = choice.reason;
    this.build();
    this.stopGestures = listenToGestures(this.root, {
      grab: (at) => this.grabMinimap(at),
      pan: (dx, dy) => this.moveTo(panBy(this.world, dx, dy)),
      zoom: (at, factor) => this.zoomTo(at, factor),
      hover: (at) => this.hoverAt(at),
      tap: (at, extend) => this.tapAt(at, extend),
      doubleTap: (at) => this.doubleTapAt(at),
      longPress: (at) => {
        const row = this.rowAt(at.x, at.y);
        if (row !== null) this.options.onPin?.(row);
      },
      dragging: (isDragging) => {
        this.root.style.cursor = isDragging ? "grabbing" : "default";
      },
    });
    const fontsReady = () => {
      forgetTextWidths();
      this.draw();
    };
    document.fonts?.addEventListener("loadingdone", fontsReady);
    this.stopFonts = () => document.fonts?.removeEventListener("loadingdone", fontsReady);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(container);
    this.resize();
  }

  /**
   * Show a graph. Same tokens: the camera stays; else the new graph is fitted. Selection, pins,
   * marks, labels and rows in the filter are forgotten, since rows mean other nodes now.
   */
  setData(data: GraphData): void {
    const before = this.loaded;
    if (before?.data === data) return;
    const view = before && this.isPlaced && sameTokens(before.data, data) ? this.camera : null;
    this.effects = new Map();
    this.marks = null;
    this.target = null;
    this.labels = new Map();
    this.focus = { ...NO_FOCUS, edgeMode: this.focus.edgeMode };
    this.filter = { ...this.filter, hiddenRows: undefined, keepRows: undefined };
    this.pending ??= view;
    this.load(data);
    this.place();
  }

  setSelection(row: number | null): void {
    if (row === this.focus.selected) return;
    const before = this.effectTarget();
    this.focus = { ...this.focus, selected: row };
    if (before !== this.effectTarget()) this.repaint();
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

  /** Nodes keep their places, so that a slider does not make the graph jump. */
  setFilter(filter: GraphFilter): Visibility {
    this.filter = filter;
    const { loaded } = this;
    if (!loaded) return NOTHING_SHOWN;
    const visibility = applyFilter(loaded.data, filter, this.effectOf(loaded.data));
    // A selection usually changes what must stay, but not what is shown: keep the picture then.
    if (sameMask(visibility.mask, loaded.visibility.mask)) loaded.visibility = visibility;
    else {
      this.repaint({ visibility: true });
      this.draw();
    }
    return loaded.visibility;
  }

  /** Draw this many of the strongest edges; null: as many as can be read (`edgeBudget.ts`). */
  setEdgeBudget(count: number | null): void {
    this.edgeBudget = count === null ? null : Math.max(0, Math.floor(count));
    this.repaint();
    this.draw();
  }

  /** Which edges of the focused node to draw. */
  setEdgeMode(edgeMode: EdgeMode): void {
    this.focus = { ...this.focus, edgeMode };
    this.draw();
  }

  /** Colour shows the effect on this target; null: the selected target, else the most probable. */
  setTarget(row: number | null): void {
    this.target = row;
    this.repaint();
    this.draw();
  }

  /** Paint measured changes (e.g. of an intervention) instead of effects; null to stop. */
  setMarks(changes: ReadonlyMap<number, number> | null): void {
    this.marks = changes && changes.size > 0 ? changes : null;
    const marked = this.marks
      ? [...this.marks.keys()].sort(
          (a, b) => Math.abs(this.marks?.get(b) ?? 0) - Math.abs(this.marks?.get(a) ?? 0),
        )
      : null;
    this.focus = { ...this.focus, marked };
    this.repaint();
    this.draw();
  }

  /** Names of features by row, shown where there is room. */
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
    this.root.style.background = this.theme.ground;
    this.draw();
  }

  setReducedMotion(reduced: boolean): void {
    this.reducedMotion = reduced;
    this.setDimmingSpeed();
  }

  fit(): void {
    if (this.loaded) this.glideTo(fitRect(this.stage(), worldRect(this.loaded.layout)));
  }

  fitRows(rows: Iterable<number>): void {
    if (!this.loaded) return;
    const { layout } = this.loaded;
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
    if (dx !== 0 || dy !== 0) this.glideTo(panBy(this.world, dx, dy));
  }

  /** Zoom about the middle, for the `+` and `−` keys. */
  zoomBy(factor: number): void {
    if (!this.loaded) return;
    const stage = this.stage();
    const middle = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
    const from = this.animation?.to ?? this.world;
    this.glideTo(zoomAt(from, stage, middle, factor, leastZoom(stage, this.loaded.layout)));
  }

  /** Move by screen pixels, for keys. */
  panBy(dx: number, dy: number): void {
    this.glideTo(panBy(this.animation?.to ?? this.world, dx, dy));
  }

  get camera(): ViewCamera {
    if (!this.loaded || !this.isPlaced) return this.pending ?? { cx: 0, cy: 0, zoom: 1 };
    return toViewCamera(this.animation?.to ?? this.world, this.stage(), this.loaded.layout);
  }

  /** At once and without `onCamera`: this is how a shared link is opened. */
  set camera(camera: ViewCamera) {
    this.animation = null;
    if (!this.loaded || this.width === 0) this.pending = camera;
    else {
      this.world = fromViewCamera(camera, this.stage(), this.loaded.layout);
      this.isPlaced = true;
    }
    this.draw();
  }

  /**
   * The node to go to from the selection; null when there is none. Selects nothing. `input` and
   * `output` take the strongest, or with `rank` the second, third, … and start over at the end.
   */
  focusNeighbour(direction: Direction, rank = 0): number | null {
    const { loaded } = this;
    if (!loaded) return null;
    const { data, visibility, picker } = loaded;
    const from = this.focus.selected;
    if (from === null) {
      const first = data.targets.find((row) => visibility.mask[row]);
      return first ?? firstShown(visibility.mask);
    }
    if (direction !== "input" && direction !== "output") return picker.step(from, direction);
    const all = direction === "input" ? strongestInputs(data, from) : strongestOutputs(data, from);
    const shown = all.filter(({ row }) => visibility.mask[row]);
    return shown.length > 0
      ? shown[((rank % shown.length) + shown.length) % shown.length].row
      : null;
  }

  /** Centre of a node in CSS pixels of the container; null when hidden. The tests' hook. */
  screenOf(row: number): ScreenPoint | null {
    if (!this.loaded?.visibility.mask[row]) return null;
    const { layout } = this.loaded;
    const stage = this.stage();
    return {
      x: toScreenX(this.world, stage, layout.x[row]),
      y: toScreenY(this.world, stage, layout.y[row]),
    };
  }

  /** The node a pointer there would mean. */
  rowAt(x: number, y: number): number | null {
    const stage = this.stage();
    const frame = this.frame();
    if (!this.loaded || !frame || x < stage.x || y > stage.y + stage.height) return null;
    const map = this.hasMinimap && minimapRect(frame);
    if (map && isInside(map, { x, y })) return null;
    return this.loaded.picker.nearest(
      toWorld(this.world, stage, { x, y }),
      REACH_PX / this.world.zoom,
    );
  }

  /** Also called by itself when the container changes size. */
  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    const density = Math.min(MOST_DENSITY, window.devicePixelRatio || 1);
    if (width === this.width && height === this.height && density === this.density) return;
    if (width === 0 || height === 0) return;
    const view = this.isPlaced ? this.camera : null;
    this.animation = null;
    this.width = width;
    this.height = height;
    this.density = density;
    this.ground.resize(width, height, density);
    this.top.resize(width, height, density);
    this.renderer.resize(width, height, density);
    this.pending ??= view;
    if (this.loaded) this.load(this.loaded.data);
    this.place();
    // The canvases were just cleared; waiting for a frame would flash.
    this.drawNow();
  }

  /** A PNG of the current view, `scale` device pixels per CSS pixel. */
  async toPNG(scale = 2): Promise<Blob> {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(this.width * scale);
    canvas.height = Math.round((this.height + LEGEND_PX) * scale);
    const context = canvas.getContext("2d");
    const frame = this.frame();
    if (!context || !frame) throw new Error("There is no graph to export.");
    context.scale(scale, scale);
    context.fillStyle = this.theme.ground;
    context.fillRect(0, 0, this.width, this.height + LEGEND_PX);
    const painter = new CanvasPainter(context);
    drawPicture(painter, frame, this.focus, this.labels, (opacity, draw) => {
      if (opacity >= 1) return draw(painter);
      const layer = document.createElement("canvas");
      layer.width = canvas.width;
      layer.height = canvas.height;
      const inner = layer.getContext("2d");
      if (!inner) return draw(painter);
      inner.scale(scale, scale);
      draw(new CanvasPainter(inner));
      context.globalAlpha = opacity;
      context.drawImage(layer, 0, 0, this.width, this.height + LEGEND_PX);
      context.globalAlpha = 1;
    });
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) =>
        blob ? resolve(blob) : reject(new Error("The picture is too large for this browser.")),
      ),
    );
  }

  /** The current view as a standalone SVG: vectors, selectable text, a legend. */
  toSVG(): string {
    const frame = this.frame();
    if (!frame) throw new Error("There is no graph to export.");
    const painter = new SvgPainter((text, font) => this.top.measure(text, font));
    drawPicture(painter, frame, this.focus, this.labels, (opacity, draw) =>
      painter.dimmed(opacity, () => draw(painter)),
    );
    return painter.finish(
      this.width,
      this.height + LEGEND_PX,
      this.theme.ground,
      frame.scene.data.summary.prompt,
    );
  }

  stats(): GraphViewStats {
    const scene = this.loaded?.scene;
    const sorted = [...this.frameTimes].sort((a, b) => a - b);
    return {
      renderer: this.renderer.name,
      rendererReason: this.rendererReason,
      nodesTotal: this.loaded?.visibility.total ?? 0,
      nodesShown: this.loaded?.visibility.shown ?? 0,
      visibility: this.loaded?.visibility ?? null,
      edgesTotal: this.loaded?.data.edges.count ?? 0,
      edgesAvailable: scene?.edges.available ?? 0,
      edgesDrawn: scene?.edges.drawn ?? 0,
      edgeScoreShare: scene?.edges.share ?? 0,
      edgesAutomatic: scene?.edges.isAutomatic ?? true,
      level: detailLevel(this.world.zoom),
      frameMs: this.frameTimes.at(-1) ?? 0,
      frameMsP95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
      redrawMs: this.renderer.redrawMs,
      layoutMs: this.loaded?.layoutMs ?? 0,
    };
  }

  destroy(): void {
    this.isDestroyed = true;
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.restTimer);
    this.observer.disconnect();
    this.stopGestures();
    this.stopFonts();
    this.renderer.destroy();
    this.root.remove();
  }

  private build(): void {
    Object.assign(this.root.style, {
      position: "absolute",
      inset: "0",
      overflow: "hidden",
      touchAction: "none",
      userSelect: "none",
      background: this.theme.ground,
      cursor: "default",
    });
    if (getComputedStyle(this.container).position === "static") {
      this.container.style.position = "relative";
    }
    // Screen readers get the table of nodes beside it; a bitmap has nothing to say.
    this.root.setAttribute("aria-hidden", "true");
    this.root.append(this.ground.element, this.renderer.element, this.top.element);
    this.styleRenderer();
    this.container.append(this.root);
  }

  private styleRenderer(): void {
    Object.assign(this.renderer.element.style, { position: "absolute", left: "0", top: "0" });
    this.setDimmingSpeed();
  }

  private setDimmingSpeed(): void {
    this.renderer.element.style.transition = this.reducedMotion ? "none" : "opacity 110ms linear";
  }

  /** The context is gone: the same picture by other means. */
  private fallBack(): void {
    if (this.isDestroyed || this.renderer.name === "canvas2d") return;
    const lost = this.renderer.element;
    const choice = chooseRenderer("canvas2d", () => undefined);
    this.renderer = choice.renderer;
    this.rendererReason = "WebGL2 context lost";
    lost.replaceWith(this.renderer.element);
    this.styleRenderer();
    this.renderer.resize(this.width, this.height, this.density);
    this.wasReady = false;
    this.draw();
  }

  private load(data: GraphData): void {
    const before = performance.now();
    const aspect = aspectClass(this.width, this.height);
    const known = this.loaded;
    const room = widthClass(this.width);
    const { layout: before_ } = known ?? {};
    if (known?.data === data && before_?.aspect === aspect && before_.windowWidth === room) return;
    const layout = layoutGraph(data, aspect, room);
    const layoutMs = performance.now() - before;
    const visibility = applyFilter(data, this.filter, this.effectOf(data));
    const picker = new Picker(layout, visibility.mask);
    const scene = this.sceneOf(data, layout, visibility);
    this.loaded = { data, layout, layoutMs, visibility, picker, scene };
  }

  /** Where to look first, or again after the layout or the window changed. */
  private place(): void {
    if (!this.loaded || this.width === 0) return;
    this.measureAxes();
    if (this.pending) this.world = fromViewCamera(this.pending, this.stage(), this.loaded.layout);
    else this.world = fitRect(this.stage(), worldRect(this.loaded.layout));
    this.pending = null;
    this.isPlaced = true;
    this.draw();
  }

  private measureAxes(): void {
    if (!this.loaded) return;
    const { layout, scene } = this.loaded;
    const { width, height, theme } = this;
    const painter = this.top.painter;
    this.sizes = { left: width < 560 ? 34 : 46, bottom: 32, top: 6, right: 8 };
    const zoom = fitRect(this.stage(), worldRect(layout)).zoom;
    this.sizes = axisSizes(painter, { scene, width, height, theme }, zoom);
  }

  private stage() {
    return stageOf(this.width, this.height, this.sizes);
  }

  private frame(): Frame | null {
    if (!this.loaded || this.width === 0) return null;
    return {
      scene: this.loaded.scene,
      camera: this.world,
      stage: this.stage(),
      width: this.width,
      height: this.height,
      theme: this.theme,
    };
  }

  /** The scene again after colours, edges or visibility changed; the layout stays. */
  private repaint(changed: { visibility?: boolean } = {}): void {
    const { loaded } = this;
    if (!loaded) return;
    if (changed.visibility || this.filter.sign) {
      loaded.visibility = applyFilter(loaded.data, this.filter, this.effectOf(loaded.data));
      loaded.picker = new Picker(loaded.layout, loaded.visibility.mask);
    }
    loaded.scene = this.sceneOf(loaded.data, loaded.layout, loaded.visibility);
  }

  private sceneOf(data: GraphData, layout: Layout, visibility: Visibility): Scene {
    return makeScene({
      data,
      layout,
      mask: visibility.mask,
      level: this.levels(data),
      edgeBudget: this.edgeBudget,
    });
  }

  private levels(data: GraphData): Int8Array {
    if (this.marks) {
      const changes = new Float32Array(data.nodes.count);
      for (const [row, change] of this.marks) changes[row] = change;
      return toLevels(changes);
    }
    const effect = this.effectOf(data);
    const level = effect ? toLevels(effect) : new Int8Array(data.nodes.count);
    const target = this.effectTarget(data);
    if (target !== null) level[target] = LEVELS;
    return level;
  }

  private effectTarget(data = this.loaded?.data): number | null {
    if (!data) return null;
    const { selected } = this.focus;
    if (this.target !== null) return this.target;
    if (selected !== null && data.targets.includes(selected)) return selected;
    return data.targets[0] ?? null;
  }

  private effectOf(data: GraphData): Float32Array | undefined {
    const target = this.effectTarget(data);
    if (target === null) return undefined;
    let effect = this.effects.get(target);
    if (!effect) {
      effect = totalEffect(data, target);
      this.effects.set(target, effect);
    }
    return effect;
  }

  private get hasMinimap(): boolean {
    return this.options.minimap !== false;
  }

  private grabMinimap(at: Vec): ((at: Vec) => void) | null {
    const frame = this.frame();
    const map = frame && this.hasMinimap && minimapRect(frame);
    if (!frame || !map || !isInside(map, at)) return null;
    return (now) => this.moveTo(cameraFromMinimap(frame, map, now));
  }

  private hoverAt(at: Vec | null): void {
    const row = at ? this.rowAt(at.x, at.y) : null;
    if (row === this.focus.hovered) return;
    this.focus = { ...this.focus, hovered: row };
    this.root.style.cursor = row === null ? "default" : "pointer";
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
    if (!this.loaded) return;
    const { layout, data, visibility } = this.loaded;
    const stage = this.stage();
    const point = toWorld(this.world, stage, at);
    if (at.y > stage.y + stage.height) {
      const column = intervalAt(layout.columns, point.x);
      if (column !== null) this.glideTo(fitRect(stage, columnRect(layout, column, this.world.y)));
    } else if (at.x < stage.x) {
      const row = intervalAt(layout.rows, point.y);
      if (row !== null) this.glideTo(fitRect(stage, rowRect(layout, row, this.world.x)));
    } else {
      const row = this.rowAt(at.x, at.y);
      if (row === null) {
        this.glideTo(zoomAt(this.world, stage, at, 2, leastZoom(stage, layout)));
        return;
      }
      const near = [...strongestInputs(data, row, 12), ...strongestOutputs(data, row, 12)];
      this.fitRows([row, ...near.map((n) => n.row).filter((r) => visibility.mask[r])]);
    }
  }

  private zoomTo(at: Vec, factor: number): void {
    if (!this.loaded) return;
    const stage = this.stage();
    this.moveTo(zoomAt(this.world, stage, at, factor, leastZoom(stage, this.loaded.layout)));
  }

  private moveTo(camera: Camera): void {
    if (!this.loaded) return;
    this.animation = null;
    this.world = holdInside(camera, this.loaded.layout);
    this.moved();
  }

  private glideTo(camera: Camera): void {
    if (!this.loaded) return;
    const to = holdInside(camera, this.loaded.layout);
    if (this.reducedMotion) {
      this.world = to;
      this.animation = null;
    } else this.animation = { from: this.world, to, start: performance.now() };
    this.moved();
  }

  private moved(): void {
    this.atRest = false;
    clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => this.rest(), REST_MS);
    this.draw();
  }

  private rest(): void {
    if (this.animation) {
      this.restTimer = window.setTimeout(() => this.rest(), REST_MS);
      return;
    }
    this.atRest = true;
    this.draw();
    this.options.onCamera?.(this.camera);
  }

  private draw(): void {
    if (this.frameRequest === 0 && !this.isDestroyed) {
      this.frameRequest = requestAnimationFrame(() => this.drawNow());
    }
  }

  private drawNow(): void {
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    const before = performance.now();
    this.stepAnimation(before);
    const frame = this.frame();
    if (!frame) return;
    this.renderer.draw(frame, this.atRest);
    this.renderer.element.style.opacity = String(dimming(this.focus, this.theme));
    this.ground.paint((painter) => paintGround(painter, frame));
    this.top.paint((painter) => {
      painter.clip(stageClip(frame), () =>
        paintTop(painter, frame, { focus: this.focus, labels: this.labels, tooltip: true }),
      );
      if (this.hasMinimap) paintMinimap(painter, frame, this.focus);
      paintAxes(painter, frame, this.focus);
    });
    this.frameTimes.push(performance.now() - before);
    if (this.frameTimes.length > FRAMES_KEPT) this.frameTimes.shift();
    if (this.animation) this.draw();
    if (!this.wasReady) {
      this.wasReady = true;
      this.options.onReady?.(this.stats());
    }
  }

  private stepAnimation(now: number): void {
    if (!this.animation) return;
    const { from, to, start } = this.animation;
    const at = Math.min(1, (now - start) / MOVE_MS);
    this.world = betweenCameras(from, to, 1 - (1 - at) ** 3);
    if (at >= 1) this.animation = null;
  }
}

const NOTHING_SHOWN: Visibility = {
  mask: new Uint8Array(),
  shown: 0,
  hidden: { pruned: 0, kind: 0, layer: 0, position: 0, sign: 0, influence: 0, hand: 0 },
  total: 0,
};

const sameTokens = (a: GraphData, b: GraphData): boolean =>
  a.tokens.length === b.tokens.length && a.tokens.every((token, i) => token === b.tokens[i]);

const sameMask = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((bit, row) => bit === b[row]);

const firstShown = (mask: Uint8Array): number | null => {
  const row = mask.indexOf(1);
  return row < 0 ? null : row;
};

const stageClip = ({ stage, width }: Frame): Rect => ({
  x: stage.x,
  y: 0,
  width: width - stage.x,
  height: stage.y + stage.height,
});
