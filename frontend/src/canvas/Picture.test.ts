import { describe, expect, test } from "vitest";
import { syntheticGraph } from "../graph/fixtures/synthetic";
import { Picture } from "./Picture";
import { LEVELS } from "./style";

const data = syntheticGraph({ tokens: 12, layers: 6, nodes: 400, edges: 4000 });

function shown() {
  const picture = new Picture();
  picture.setData(data, 900, 700);
  const now = () => {
    if (!picture.now) throw new Error("nothing loaded");
    return picture.now;
  };
  return { picture, now };
}

describe("a picture", () => {
  test("keeps its layout through filters, budgets and selections", () => {
    const { picture, now } = shown();
    const { layout } = now();
    picture.setFilter({ hiddenKinds: ["error"] });
    picture.setEdgeBudget(10);
    picture.setSelected(data.targets[1]);
    picture.resize(905, 702);
    expect(now().layout).toBe(layout);
    picture.resize(390, 800);
    expect(now().layout).not.toBe(layout);
  });

  test("draws anew only when a filter changes what is shown", () => {
    const { picture, now } = shown();
    const { scene } = now();
    expect(picture.setFilter({ keepRows: new Set([3]) })).toBe(false);
    expect(now().scene).toBe(scene);
    expect(picture.setFilter({ hiddenRows: new Set([30]) })).toBe(true);
    expect(now().scene).not.toBe(scene);
    expect(now().picker.nearest({ x: now().layout.x[30], y: now().layout.y[30] }, 0.1)).toBeNull();
  });

  test("a budget overrides the automatic one until it is taken back", () => {
    const { picture, now } = shown();
    const automatic = now().scene.edges;
    expect(automatic.isAutomatic).toBe(true);
    picture.setEdgeBudget(7);
    expect(now().scene.edges).toMatchObject({ drawn: 7, isAutomatic: false });
    picture.setEdgeBudget(null);
    expect(now().scene.edges).toEqual(automatic);
  });

  test("colours follow the selected target, the named one, then marks", () => {
    const { picture, now } = shown();
    expect(now().scene.level[data.targets[0]]).toBe(LEVELS);
    expect(picture.setSelected(data.targets[1])).toBe(true);
    expect(now().scene.level[data.targets[1]]).toBe(LEVELS);
    picture.setTarget(data.targets[2]);
    expect(picture.setSelected(null)).toBe(false);
    expect(now().scene.level[data.targets[2]]).toBe(LEVELS);
    picture.setMarks(new Map([[40, -2]]));
    expect(now().scene.level[40]).toBe(-LEVELS);
    expect(now().scene.level.filter((level) => level !== 0)).toHaveLength(1);
  });

  test("other data forgets whatever names rows", () => {
    const { picture, now } = shown();
    picture.setFilter({ hiddenRows: new Set([30, 31]), hiddenKinds: ["error"] });
    picture.setMarks(new Map([[40, -2]]));
    picture.setData(syntheticGraph({ tokens: 12, layers: 6, nodes: 300, edges: 100 }), 900, 700);
    expect(now().visibility.hidden.hand).toBe(0);
    expect(now().visibility.hidden.kind).toBeGreaterThan(0);
    expect(now().scene.level.some((level) => level > 0)).toBe(true);
  });
});
