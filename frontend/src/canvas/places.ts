import { toScreenX, toScreenY } from "./camera";
import type { Frame } from "./frame";
import { boxHalfHeight, LEAST_LIT_PX, nodeScale } from "./style";

/** As drawn when lit: half the height of boxes. */
export function radiusPx(frame: Frame, row: number): number {
  const { layout } = frame.scene;
  const { zoom } = frame.camera;
  return layout.halfBox[row] > 0
    ? boxHalfHeight(layout.radius[row], zoom)
    : Math.max(LEAST_LIT_PX, layout.radius[row] * nodeScale(zoom));
}

export const screenX = (frame: Frame, row: number) =>
  toScreenX(frame.camera, frame.stage, frame.scene.layout.x[row]);
export const screenY = (frame: Frame, row: number) =>
  toScreenY(frame.camera, frame.stage, frame.scene.layout.y[row]);
