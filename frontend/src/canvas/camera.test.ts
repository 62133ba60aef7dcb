import { describe, expect, test } from "vitest";
import { tinyGraph } from "../graph/fixtures/tiny";
import { layoutGraph } from "../graph/layout";
import type { Camera } from "./camera";
import {
  fitRect,
  fromViewCamera,
  MAX_ZOOM,
  panBy,
  toScreenX,
  toScreenY,
  toViewCamera,
  toWorld,
  worldRect,
  zoomAt,
} from "./camera";

const stage = { x: 46, y: 6, width: 1000, height: 700 };
const camera: Camera = { x: 120, y: -40, zoom: 0.7 };
const pointer = { x: 333, y: 222 };

test.each([0.5, 1, 3, 1e9, 1e-9])("zooming by %s keeps the world under the pointer", (factor) => {
  const before = toWorld(camera, stage, pointer);
  const after = toWorld(zoomAt(camera, stage, pointer, factor, 0.1), stage, pointer);
  expect(after.x).toBeCloseTo(before.x);
  expect(after.y).toBeCloseTo(before.y);
});

test("zoom has limits", () => {
  expect(zoomAt(camera, stage, pointer, 1e9).zoom).toBe(MAX_ZOOM);
  expect(zoomAt(camera, stage, pointer, 1e-9, 0.1).zoom).toBe(0.1);
});

test("panning moves everything by exactly that", () => {
  const moved = panBy(camera, 17, -5);
  expect(toScreenX(moved, stage, 3) - toScreenX(camera, stage, 3)).toBeCloseTo(17);
  expect(toScreenY(moved, stage, 3) - toScreenY(camera, stage, 3)).toBeCloseTo(-5);
});

test("screen and world are inverse", () => {
  const world = toWorld(camera, stage, pointer);
  expect(toScreenX(camera, stage, world.x)).toBeCloseTo(pointer.x);
  expect(toScreenY(camera, stage, world.y)).toBeCloseTo(pointer.y);
});

test("fitting shows all of it", () => {
  const rect = { x: 10, y: 20, width: 4000, height: 300 };
  const fit = fitRect(stage, rect);
  expect(toScreenX(fit, stage, rect.x)).toBeGreaterThanOrEqual(stage.x);
  expect(toScreenX(fit, stage, rect.x + rect.width)).toBeLessThanOrEqual(stage.x + stage.width);
});

describe("a shared camera", () => {
  const layout = layoutGraph(tinyGraph(), 1.7);

  test("comes back the same", () => {
    const here = { x: layout.width * 0.3, y: layout.height * 0.6, zoom: 3 };
    const back = fromViewCamera(toViewCamera(here, stage, layout), stage, layout);
    expect(back.x).toBeCloseTo(here.x);
    expect(back.y).toBeCloseTo(here.y);
    expect(back.zoom).toBeCloseTo(here.zoom);
  });

  test("shows the same token and layer on a phone with another layout", () => {
    const phone = { x: 34, y: 6, width: 340, height: 700 };
    const tall = layoutGraph(tinyGraph(), 0.42);
    const onPhone = fromViewCamera({ cx: 1.5, cy: 2.5, zoom: 2 }, phone, tall);
    expect(onPhone.x).toBeCloseTo((tall.columns[1] + tall.columns[2]) / 2);
    expect(onPhone.y).toBeCloseTo((tall.rows[2] + tall.rows[3]) / 2);
    expect(onPhone.zoom).toBeCloseTo(2 * fitRect(phone, worldRect(tall)).zoom);
  });

  test("that makes no sense still shows the graph", () => {
    const back = fromViewCamera({ cx: Number.NaN, cy: 1e12, zoom: -3 }, stage, layout);
    expect(back.x).toBeGreaterThanOrEqual(0);
    expect(back.y).toBeGreaterThanOrEqual(0);
    expect(back.zoom).toBeGreaterThan(0);
  });
});
