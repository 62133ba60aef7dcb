import { expect, test } from "vitest";
import { numberAt, positionOf } from "./budget";

const STEP = 0.01;

/** The number after an arrow key. */
function pressed(number: number, most: number, by: number): number {
  const position = Math.min(1, Math.max(0, positionOf(number, most, STEP) + by * STEP));
  return numberAt(position, number, most, STEP);
}

test.each([3, 40, 644, 20_000])("arrow keys get from none to all of %i and back", (most) => {
  let number = 0;
  for (let press = 0; press < 200; press++) number = pressed(number, most, 1);
  expect(number).toBe(most);
  for (let press = 0; press < 200; press++) number = pressed(number, most, -1);
  expect(number).toBe(0);
});

test("a position lies on a step, and stays there", () => {
  expect(positionOf(40, 644, STEP)).toBe(0.25);
  expect(numberAt(0.25, 40, 644, STEP)).toBe(40);
  expect(pressed(40, 644, 1)).toBe(44);
});
