import type { Frame } from "./frame";

/**
 * Draws what dims: edges and round nodes. Boxes, names, axes and whatever is lit lie on a canvas
 * above it (`paintTop`), so a renderer knows nothing of focus.
 */
export interface Renderer {
  readonly name: "canvas2d" | "webgl2";
  readonly element: HTMLCanvasElement;
  resize(width: number, height: number, density: number): void;
  /**
   * Bring the picture to this frame as cheaply as possible. False when it is an approximation
   * (a stretched bitmap) that `draw(frame, true)` should replace once the camera rests.
   */
  draw(frame: Frame, atRest: boolean): boolean;
  /** Main-thread time of the last full drawing. */
  readonly redrawMs: number;
  destroy(): void;
}
