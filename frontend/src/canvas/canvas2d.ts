import { CanvasPainter } from "./CanvasPainter";
import type { Camera } from "./camera";
import type { Frame } from "./frame";
import { paintGraph } from "./paintGraph";
import type { Renderer } from "./renderer";
import type { Scene } from "./scene";
import type { Theme } from "./theme";

/** Drawn beyond each side of the view, as a share of it: how far one can pan without redrawing. */
const MARGIN = 0.2;
/** A quarter of the memory that a phone's tab may take. */
const MOST_PIXELS = 16e6;
/**
 * While the zoom moves the bitmap is stretched, up to this factor: rasterising 1,200 curves in
 * software takes some 60 ms after our own millisecond of calls, so timing the calls misleads.
 */
const STRETCHED_AT_MOST = 1.7;

interface Drawn {
  readonly scene: Scene;
  readonly theme: Theme;
  readonly camera: Camera;
}

/**
 * The reference renderer, and the fast one wherever graphics are software: the picture is a
 * bitmap larger than the view which the compositor moves, so a pan frame draws nothing.
 */
export class Canvas2dRenderer implements Renderer {
  readonly name = "canvas2d";
  readonly element = document.createElement("canvas");
  redrawMs = 0;
  private readonly painter: CanvasPainter;
  private readonly context: CanvasRenderingContext2D;
  private drawn: Drawn | null = null;
  private width = 0;
  private height = 0;
  private margin = { x: 0, y: 0 };
  private density = 1;

  constructor() {
    const context = this.element.getContext("2d");
    if (!context) throw new Error("This browser cannot draw on a canvas.");
    this.context = context;
    this.painter = new CanvasPainter(context);
    this.element.style.transformOrigin = "0 0";
    this.element.style.willChange = "transform";
  }

  resize(width: number, height: number, density: number): void {
    this.width = width;
    this.height = height;
    this.margin = { x: Math.round(width * MARGIN), y: Math.round(height * MARGIN) };
    const full = { width: width + 2 * this.margin.x, height: height + 2 * this.margin.y };
    const most = Math.sqrt(MOST_PIXELS / Math.max(1, full.width * full.height));
    this.density = Math.min(density, most);
    this.element.width = Math.max(1, Math.round(full.width * this.density));
    this.element.height = Math.max(1, Math.round(full.height * this.density));
    this.element.style.width = `${full.width}px`;
    this.element.style.height = `${full.height}px`;
    this.drawn = null;
  }

  draw(frame: Frame, atRest: boolean): boolean {
    const { drawn } = this;
    const isSame = drawn !== null && drawn.scene === frame.scene && drawn.theme === frame.theme;
    const stretch = drawn ? frame.camera.zoom / drawn.camera.zoom : 1;
    const mustRedraw =
      !isSame ||
      (Math.abs(stretch - 1) > 1e-6
        ? atRest || stretch > STRETCHED_AT_MOST || stretch < 1 / STRETCHED_AT_MOST
        : !this.covers(frame, atRest));
    if (mustRedraw) this.redraw(frame);
    this.place(frame);
    return mustRedraw || Math.abs(stretch - 1) <= 1e-6;
  }

  destroy(): void {
    this.element.width = this.element.height = 0;
    this.element.remove();
  }

  /** How far the bitmap's middle has moved from the view's. */
  private offset(frame: Frame): { x: number; y: number; stretch: number } {
    const from = this.drawn?.camera ?? frame.camera;
    return {
      x: (from.x - frame.camera.x) * frame.camera.zoom,
      y: (from.y - frame.camera.y) * frame.camera.zoom,
      stretch: frame.camera.zoom / from.zoom,
    };
  }

  private covers(frame: Frame, atRest: boolean): boolean {
    const { x, y } = this.offset(frame);
    // At rest, renew the margins early so that the next pan starts with room.
    const slack = atRest ? 0.5 : 0.95;
    return Math.abs(x) <= this.margin.x * slack && Math.abs(y) <= this.margin.y * slack;
  }

  private redraw(frame: Frame): void {
    const before = performance.now();
    const { context, margin, density } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.element.width, this.element.height);
    context.setTransform(density, 0, 0, density, 0, 0);
    paintGraph(this.painter, {
      ...frame,
      width: this.width + 2 * margin.x,
      height: this.height + 2 * margin.y,
      stage: { ...frame.stage, x: frame.stage.x + margin.x, y: frame.stage.y + margin.y },
    });
    this.drawn = { scene: frame.scene, theme: frame.theme, camera: frame.camera };
    this.redrawMs = performance.now() - before;
  }

  private place(frame: Frame): void {
    const { x, y, stretch } = this.offset(frame);
    const middleX = frame.stage.x + frame.stage.width / 2;
    const middleY = frame.stage.y + frame.stage.height / 2;
    const left = middleX + x - (middleX + this.margin.x) * stretch;
    const top = middleY + y - (middleY + this.margin.y) * stretch;
    this.element.style.transform = `matrix(${stretch}, 0, 0, ${stretch}, ${left}, ${top})`;
  }
}
