import { expect, it } from "vitest";
import { EMPTY_PLAN, type PlanItem, requestOf, withItem, withoutItem } from "./plan";

const ITEM: PlanItem = {
  layer: 2,
  index: 7,
  position: 4,
  everywhere: false,
  mode: "ablate",
  value: 1,
};

it("asks for nothing when nothing is planned", () => {
  expect(requestOf(EMPTY_PLAN)).toBeNull();
});

it("writes an ablation at one position", () => {
  expect(requestOf(withItem(EMPTY_PLAN, ITEM))).toEqual({
    interventions: [{ layer: 2, index: 7, positions: [4], mode: "ablate", value: null }],
    freeze_attention: false,
  });
});

it("leaves out a factor of one, since it changes nothing", () => {
  expect(requestOf(withItem(EMPTY_PLAN, { ...ITEM, mode: "scale", value: 1 }))).toBeNull();
});

it("changes an item in its place", () => {
  const other = { ...ITEM, position: 5 };
  const plan = withItem(withItem(EMPTY_PLAN, ITEM), other);
  const changed = withItem(plan, { ...ITEM, mode: "scale", value: 2, everywhere: true });
  expect(changed.items.map(({ position, mode }) => [position, mode])).toEqual([
    [4, "scale"],
    [5, "ablate"],
  ]);
  expect(requestOf(changed)?.interventions[0]?.positions).toBe("all");
});

it("forgets an item by its key", () => {
  expect(withoutItem(withItem(EMPTY_PLAN, ITEM), "f2.7.4")).toEqual(EMPTY_PLAN);
});
