import Flatbush from "flatbush";
import type { Vec } from "../base/geometry";
import type { Layout } from "../graph/layout";

/** A pointer means the nearest node within this many pixels of its edge. */
export const REACH_PX = 14;

/** Finds nodes by place. Built once per layout and visibility, in world coordinates. */
export class Picker {
  private readonly index: Flatbush | null;
  private readonly rows: number[] = [];

  constructor(
    private readonly layout: Layout,
    mask: Uint8Array,
  ) {
    for (let row = 0; row < mask.length; row++) if (mask[row]) this.rows.push(row);
    this.index = this.rows.length > 0 ? new Flatbush(this.rows.length) : null;
    for (const row of this.rows) {
      const half = layout.halfBox[row];
      const high = half > 0 ? layout.radius[row] : 0;
      const { x, y } = layout;
      this.index?.add(x[row] - half, y[row] - high, x[row] + half, y[row] + high);
    }
    this.index?.finish();
  }

  /** The node nearest to a world point, within a distance in world units. */
  nearest(point: Vec, reach: number): number | null {
    const found = this.index?.neighbors(point.x, point.y, 1, reach)[0];
    return found === undefined ? null : this.rows[found];
  }

  within(x0: number, y0: number, x1: number, y1: number): number[] {
    return this.index?.search(x0, y0, x1, y1).map((at) => this.rows[at]) ?? [];
  }

  /**
   * The next node in a direction: near counts, and so does straight ahead. Sideways distance
   * weighs three times, so that ↑ climbs a column rather than drifting along a diagonal.
   */
  step(from: number, direction: "left" | "right" | "up" | "down"): number | null {
    const { x, y } = this.layout;
    const [ahead, across] = direction === "left" || direction === "right" ? [x, y] : [y, x];
    const sign = direction === "right" || direction === "down" ? 1 : -1;
    let best: number | null = null;
    let least = Infinity;
    for (const row of this.rows) {
      const forward = sign * (ahead[row] - ahead[from]);
      if (forward <= 1e-3) continue;
      const cost = forward + 3 * Math.abs(across[row] - across[from]);
      if (cost < least) {
        least = cost;
        best = row;
      }
    }
    return best;
  }
}
