import { describe, expect, it } from "vitest";
import { findAction, keyOf, printedKey } from "./actions";

const press = (key: string, modifiers: Partial<KeyboardEvent> = {}) =>
  keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

describe("a key's name", () => {
  it("is the sign itself, whatever was needed to type it", () => {
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("+", { shiftKey: true })).toBe("+");
  });
  it("holds the modifiers of letters and named keys", () => {
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+z");
    expect(press("z", { metaKey: true })).toBe("Ctrl+z");
    expect(press("ArrowUp", { altKey: true })).toBe("Alt+ArrowUp");
    expect(press(" ")).toBe("Space");
  });
  it("prints in signs that people know", () => {
    expect(printedKey("Alt+ArrowUp")).toEqual(["Alt", "↑"]);
    expect(printedKey("+")).toEqual(["+"]);
    expect(printedKey("Ctrl+Shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
  });
});

it("keeps canvas keys for the canvas", () => {
  const action = {
    id: "pin",
    label: "Pin",
    group: "Select",
    keys: ["Space"],
    scope: "canvas" as const,
    run: () => {},
  };
  expect(findAction([action], "Space", true)).toBe(action);
  expect(findAction([action], "Space", false)).toBeUndefined();
});
