import { beforeEach, describe, expect, it, vi } from "vitest";
import { createExploration } from "./exploration";
import type { PlanItem } from "./plan";
import { DEFAULT_VIEW } from "./viewCodec";

const ITEM: PlanItem = {
  layer: 1,
  index: 2,
  position: 3,
  everywhere: false,
  mode: "scale",
  value: 1,
};

beforeEach(() => {
  vi.useFakeTimers();
});

describe("undo", () => {
  it("takes back a pin and gives it again", () => {
    const store = createExploration(DEFAULT_VIEW);
    store.getState().togglePin("f1.2.3");
    vi.advanceTimersByTime(1000);
    store.getState().togglePin("e4");
    store.temporal.getState().undo();
    expect(store.getState().pins).toEqual(["f1.2.3"]);
    store.temporal.getState().redo();
    expect(store.getState().pins).toEqual(["f1.2.3", "e4"]);
  });

  it("counts a drag as one step", () => {
    const store = createExploration(DEFAULT_VIEW);
    store.getState().putPlanItem(ITEM);
    vi.advanceTimersByTime(1000);
    for (const value of [1.1, 1.4, 2, 3]) {
      store.getState().putPlanItem({ ...ITEM, value });
      vi.advanceTimersByTime(16);
    }
    store.temporal.getState().undo();
    expect(store.getState().plan.items).toEqual([ITEM]);
    store.temporal.getState().undo();
    expect(store.getState().plan.items).toEqual([]);
  });

  it("does not remember looking around", () => {
    const store = createExploration(DEFAULT_VIEW);
    store.getState().select("f1.2.3");
    store.getState().setCamera({ cx: 1, cy: 1, zoom: 2 });
    store.getState().setThresholds({ node: 0.5 });
    expect(store.temporal.getState().pastStates).toEqual([]);
  });

  it("brings back the starting state from any run of changes", () => {
    const store = createExploration(DEFAULT_VIEW);
    const before = JSON.stringify(store.getState());
    let seed = 1;
    const roll = (sides: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % sides;
    };
    for (let i = 0; i < 150; i++) {
      vi.advanceTimersByTime(1000);
      if (roll(3) === 0) store.getState().togglePin(`e${roll(6)}`);
      else if (roll(2) === 0)
        store.getState().putPlanItem({ ...ITEM, position: roll(4), value: roll(9) });
      else store.getState().dropPlanItem(`f1.2.${roll(4)}`);
    }
    const { pastStates, undo } = store.temporal.getState();
    undo(pastStates.length);
    expect(JSON.stringify(store.getState())).toBe(before);
  });
});

it("walks through the panel's tabs and comes round", () => {
  const store = createExploration(DEFAULT_VIEW);
  for (const panel of ["ablation", "pins", "node"]) {
    store.getState().nextPanel();
    expect(store.getState().panel).toBe(panel);
  }
});
