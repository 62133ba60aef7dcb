import type { Rect } from "../base/geometry";
import { chooseRenderer } from "./choose";
import type { Focus } from "./focus";
import type { Frame } from "./frame";
import { paintMinimap } from "./minimap";
import { paintAxes } from "./paintAxes";
import { paintGround } from "./paintGraph";
import { dimming, paintTop } from "./paintTop";
import type { Renderer } from "./renderer";
import { Surface } from "./Surface";

const MOST_DENSITY = 2.5;
const FRAMES_KEPT = 240;

export interface LayerOptions {
  readonly focus: Focus;
  readonly labels: ReadonlyMap<number, string>;
  readonly minimap: boolean;
  readonly atRest: boolean;
}

/**
 * Three canvases: the ground; edges and round nodes, which dim as one; and above them all that
 * stays bright. Only the middle one is drawn by a renderer that depends on the machine.
 */
export class Layers {
  readonly root = document.createElement("div");
  readonly top = new Surface();
  readonly frameTimes: number[] = [];
  rendererReason: string;
  width = 0;
  height = 0;
  private readonly ground = new Surface();
  private renderer: Renderer;
  private density = 1;
  private reducedMotion = false;

  constructor(
    private readonly container: HTMLElement,
    forced: "canvas2d" | "webgl2" | undefined,
    private readonly onFallback: () => void,
  ) {
    const choice = chooseRenderer(forced, () => this.fallBack());
    this.renderer = choice.renderer;
    this.rendererReason = choice.reason;
    Object.assign(this.root.style, {
      position: "absolute",
      inset: "0",
      overflow: "hidden",
      touchAction: "none",
      userSelect: "none",
      cursor: "default",
    });
    if (getComputedStyle(container).position === "static") container.style.position = "relative";
    // Screen readers get the table of nodes beside it; a bitmap has nothing to say.
    this.root.setAttribute("aria-hidden", "true");
    this.root.append(this.ground.element, this.renderer.element, this.top.element);
    this.styleRenderer();
    container.append(this.root);
  }

  get rendererName(): "canvas2d" | "webgl2" {
    return this.renderer.name;
  }

  get redrawMs(): number {
    return this.renderer.redrawMs;
  }

  /** The container's size as it is now; null when it has none or nothing changed. */
  measure(): { width: number; height: number } | null {
    const { clientWidth: width, clientHeight: height } = this.container;
    const isSame = width === this.width && height === this.height && density() === this.density;
    return isSame || width === 0 || height === 0 ? null : { width, height };
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.density = density();
    this.ground.resize(width, height, this.density);
    this.top.resize(width, height, this.density);
    this.renderer.resize(width, height, this.density);
  }

  paint(frame: Frame, { focus, labels, minimap, atRest }: LayerOptions): void {
    const before = performance.now();
    this.renderer.draw(frame, atRest);
    this.renderer.element.style.opacity = String(dimming(focus, frame.theme));
    this.ground.paint((painter) => paintGround(painter, frame));
    this.top.paint((painter) => {
      painter.clip(stageClip(frame), () =>
        paintTop(painter, frame, { focus, labels, tooltip: true }),
      );
      if (minimap) paintMinimap(painter, frame, focus);
      paintAxes(painter, frame, focus);
    });
    this.frameTimes.push(performance.now() - before);
    if (this.frameTimes.length > FRAMES_KEPT) this.frameTimes.shift();
  }

  setReducedMotion(reduced: boolean): void {
    this.reducedMotion = reduced;
    this.styleRenderer();
  }

  destroy(): void {
    this.renderer.destroy();
    this.root.remove();
  }

  private styleRenderer(): void {
    Object.assign(this.renderer.element.style, {
      position: "absolute",
      left: "0",
      top: "0",
      transition: this.reducedMotion ? "none" : "opacity 110ms linear",
    });
  }

  /** The context is gone: the same picture by other means. */
  private fallBack(): void {
    if (!this.root.isConnected || this.renderer.name === "canvas2d") return;
    const lost = this.renderer.element;
    this.renderer = chooseRenderer("canvas2d", () => undefined).renderer;
    this.rendererReason = "WebGL2 context lost";
    lost.replaceWith(this.renderer.element);
    this.styleRenderer();
    this.renderer.resize(this.width, this.height, this.density);
    this.onFallback();
  }
}

const density = (): number => Math.min(MOST_DENSITY, window.devicePixelRatio || 1);

const stageClip = ({ stage, width }: Frame): Rect => ({
  x: stage.x,
  y: 0,
  width: width - stage.x,
  height: stage.y + stage.height,
});
