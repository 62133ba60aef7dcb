import { describe, expect, test } from "vitest";
import { tinyGraph } from "../graph/fixtures/tiny";
import { layoutGraph } from "../graph/layout";
import { Picker } from "./picking";

const data = tinyGraph();
const layout = layoutGraph(data, 1.7);
const everything = new Uint8Array(data.nodes.count).fill(1);

describe("picking", () => {
  const picker = new Picker(layout, everything);

  test("every node is found at its own place", () => {
    for (let row = 0; row < data.nodes.count; row++) {
      expect(picker.nearest({ x: layout.x[row], y: layout.y[row] }, 1)).toBe(row);
    }
  });

  test("a near miss still counts, a far one does not", () => {
    expect(picker.nearest({ x: layout.x[7] + 5, y: layout.y[7] - 4 }, 14)).toBe(7);
    expect(picker.nearest({ x: layout.x[7], y: -500 }, 14)).toBeNull();
  });

  test("a box is hit anywhere on its slot", () => {
    const x = layout.x[0] + layout.halfBox[0] * 0.9;
    expect(picker.nearest({ x, y: layout.y[0] }, 0.5)).toBe(0);
  });

  test("hidden nodes cannot be hit", () => {
    const mask = everything.slice();
    mask[7] = 0;
    expect(new Picker(layout, mask).nearest({ x: layout.x[7], y: layout.y[7] }, 1)).toBeNull();
    expect(new Picker(layout, new Uint8Array(10)).nearest({ x: 0, y: 0 }, 1e9)).toBeNull();
  });

  test("arrow keys go up a layer and along the tokens", () => {
    expect(picker.step(3, "up")).not.toBeNull();
    expect(layout.y[picker.step(3, "up") as number]).toBeLessThan(layout.y[3]);
    expect(picker.step(0, "right")).toBe(1);
    expect(picker.step(1, "left")).toBe(0);
    expect(picker.step(0, "left")).toBeNull();
  });
});
