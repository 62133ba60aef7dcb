import type { Camera, Stage } from "./camera";
import type { Scene } from "./scene";
import type { Theme } from "./theme";

/** One picture: what, from where, on what. */
export interface Frame {
  readonly scene: Scene;
  readonly camera: Camera;
  /** The graph's part of the container. */
  readonly stage: Stage;
  /** The whole container in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}
