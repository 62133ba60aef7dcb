import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast, mix } from "../base/colour";
import { tint } from "./tint";

const TOKENS = readFileSync(new URL("../app/tokens.css", import.meta.url), "utf8");

/** Both themes' value of a colour in tokens.css. */
function colour(name: string): [light: string, dark: string] {
  const match = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(TOKENS);
  if (!match?.[1] || !match[2]) throw new Error(`tokens.css has no ${name}`);
  return [match[1], match[2]];
}

describe("tinting tokens", () => {
  it("grows with the activation, from visible to full", () => {
    const tints = [0, 0.01, 0.2, 0.5, 1, 2].map((activation) => tint(activation, 1));
    expect(tints[0]).toBe(0);
    expect(tints[1]).toBeGreaterThan(0.14);
    expect(tints.at(-1)).toBe(1);
    expect(tints).toEqual([...tints].sort((a, b) => a - b));
  });

  it("keeps text readable at every strength, in both themes", () => {
    for (const theme of [0, 1] as const) {
      for (let at = 0; at <= 1; at += 0.05) {
        const ground = mix(colour("surface")[theme], colour("heat")[theme], at);
        expect(contrast(colour("ink")[theme], ground)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe("colours", () => {
  const pairs = [
    ["ink", "page"],
    ["ink-2", "sunken"],
    ["ink-2", "hover"],
    ["ink-3", "surface"],
    ["ink-3", "page"],
    ["ink-3", "sunken"],
    ["accent", "surface"],
    ["on-accent", "accent"],
    ["ink-2", "accent-soft"],
    ["ink-2", "positive-soft"],
    ["ink-2", "negative-soft"],
    ["positive", "surface"],
    ["negative", "surface"],
    ["danger", "danger-soft"],
    ["ink-2", "danger-soft"],
    ["ink-2", "warn-soft"],
  ] as const;
  it.each(pairs)("%s is readable on %s in both themes", (text, ground) => {
    for (const theme of [0, 1] as const)
      expect(contrast(colour(text)[theme], colour(ground)[theme])).toBeGreaterThanOrEqual(4.5);
  });
});
