import type { Layout } from "../graph/layout";
import type { Camera, Stage, ViewCamera } from "./camera";
import {
  betweenCameras,
  fitRect,
  fromViewCamera,
  holdInside,
  toViewCamera,
  worldRect,
} from "./camera";

const MOVE_MS = 260;
const REST_MS = 140;

export interface EyeHooks {
  /** Something moved: a frame is due. */
  readonly moved: () => void;
  /** The camera came to rest. */
  readonly rested: () => void;
}

/** Where the reader looks, over time: at once under the hand, gliding for keys and buttons. */
export class Eye {
  reducedMotion = false;
  atRest = true;
  private current: Camera = { x: 0, y: 0, zoom: 1 };
  private glide: { from: Camera; to: Camera; start: number } | null = null;
  /** A camera that came before there was anything to look at. */
  private pending: ViewCamera | null = null;
  private isPlaced = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hooks: EyeHooks) {}

  get camera(): Camera {
    return this.current;
  }

  /** Where a movement under way will end: what keys add to. */
  get goal(): Camera {
    return this.glide?.to ?? this.current;
  }

  get isGliding(): boolean {
    return this.glide !== null;
  }

  /** In units that survive another window and a new layout. */
  view(stage: Stage, layout: Layout | null): ViewCamera {
    if (!layout || !this.isPlaced) return this.pending ?? { cx: 0, cy: 0, zoom: 1 };
    return toViewCamera(this.goal, stage, layout);
  }

  /** Keep the place on the graph while the layout or the window changes; `place` goes back there. */
  remember(stage: Stage, layout: Layout | null): void {
    if (this.isPlaced && layout) this.pending ??= this.view(stage, layout);
    this.glide = null;
  }

  /** What `place` is to show instead of everything. */
  await(view: ViewCamera): void {
    this.glide = null;
    this.pending = view;
  }

  /** Where to look first, or again after the layout or the window changed. */
  place(stage: Stage, layout: Layout): void {
    if (this.pending) this.current = fromViewCamera(this.pending, stage, layout);
    else this.current = fitRect(stage, worldRect(layout));
    this.pending = null;
    this.glide = null;
    this.isPlaced = true;
  }

  jumpTo(camera: Camera, layout: Layout): void {
    this.glide = null;
    this.current = holdInside(camera, layout);
    this.stir();
  }

  glideTo(camera: Camera, layout: Layout): void {
    const to = holdInside(camera, layout);
    if (this.reducedMotion) {
      this.current = to;
      this.glide = null;
    } else this.glide = { from: this.current, to, start: performance.now() };
    this.stir();
  }

  step(now: number): void {
    if (!this.glide) return;
    const { from, to, start } = this.glide;
    const at = Math.min(1, (now - start) / MOVE_MS);
    this.current = betweenCameras(from, to, 1 - (1 - at) ** 3);
    if (at >= 1) this.glide = null;
  }

  destroy(): void {
    clearTimeout(this.timer);
  }

  private stir(): void {
    this.atRest = false;
    this.waitForRest();
    this.hooks.moved();
  }

  private waitForRest(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.glide) return this.waitForRest();
      this.atRest = true;
      this.hooks.moved();
      this.hooks.rested();
    }, REST_MS);
  }
}
