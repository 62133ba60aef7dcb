import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tinyGraph } from "../graph/fixtures/tiny";
import { layoutGraph } from "../graph/layout";
import { fitRect, worldRect } from "./camera";
import { Eye } from "./Eye";

const layout = layoutGraph(tinyGraph(), 1.7);
const stage = { x: 46, y: 24, width: 800, height: 500 };
const fitted = fitRect(stage, worldRect(layout));
const there = { x: layout.width * 0.8, y: layout.height * 0.3, zoom: 4 };

function placedEye() {
  const eye = new Eye({ moved: vi.fn(), rested: vi.fn() });
  eye.place(stage, layout);
  return eye;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the eye", () => {
  test("first sees everything", () => {
    expect(placedEye().camera).toEqual(fitted);
  });

  test("glides to its goal and rests there once, saying so", () => {
    const rested = vi.fn();
    const eye = new Eye({ moved: vi.fn(), rested });
    eye.place(stage, layout);
    const start = performance.now();
    eye.glideTo(there, layout);
    eye.step(start + 60);
    expect(eye.camera.zoom).toBeGreaterThan(Math.min(fitted.zoom, there.zoom));
    expect(eye.camera.zoom).toBeLessThan(Math.max(fitted.zoom, there.zoom));
    expect(eye.goal).toEqual(there);
    vi.advanceTimersByTime(150);
    expect(rested).not.toHaveBeenCalled();
    eye.step(start + 1e4);
    vi.advanceTimersByTime(500);
    expect(eye.camera.x).toBeCloseTo(there.x);
    expect(eye.camera.zoom).toBeCloseTo(there.zoom);
    expect(rested).toHaveBeenCalledTimes(1);
  });

  test("jumps where motion is unwanted, and under the hand", () => {
    const eye = placedEye();
    eye.reducedMotion = true;
    eye.glideTo(there, layout);
    expect(eye.camera).toEqual(there);
    eye.jumpTo(fitted, layout);
    expect(eye.camera).toEqual(fitted);
    expect(eye.isGliding).toBe(false);
  });

  test("never loses the drawing", () => {
    const eye = placedEye();
    eye.jumpTo({ x: -1e6, y: 1e6, zoom: 1 }, layout);
    expect(eye.camera).toEqual({ x: 0, y: layout.height, zoom: 1 });
  });

  test("goes back to the same token and layer after the window changed", () => {
    const eye = placedEye();
    eye.jumpTo(there, layout);
    const before = eye.view(stage, layout);
    eye.remember(stage, layout);
    const narrow = { ...stage, width: 300 };
    const tall = layoutGraph(tinyGraph(), 0.5, 300);
    eye.place(narrow, tall);
    const after = eye.view(narrow, tall);
    expect(after.cx).toBeCloseTo(before.cx);
    expect(after.cy).toBeCloseTo(before.cy);
  });

  test("keeps a camera that came before the graph", () => {
    const eye = new Eye({ moved: vi.fn(), rested: vi.fn() });
    eye.await({ cx: 1.5, cy: 1.5, zoom: 2 });
    expect(eye.view(stage, null)).toEqual({ cx: 1.5, cy: 1.5, zoom: 2 });
    eye.place(stage, layout);
    expect(eye.view(stage, layout).cx).toBeCloseTo(1.5);
  });
});
