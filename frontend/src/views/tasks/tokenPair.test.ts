import { expect, it } from "vitest";
import { pairColumns, pairNote, wordDifferences } from "./tokenPair";

const CLEAN = ["<s>", "The", " parent"];
const PATCH = ["<s>", "The", " parents"];

it("marks the positions that differ", () => {
  expect(pairColumns(CLEAN, PATCH).map(({ differs }) => differs)).toEqual([false, false, true]);
});

it("shows what one prompt has more than the other as different", () => {
  const columns = pairColumns(CLEAN, [...PATCH, " of"]);
  expect(columns).toHaveLength(4);
  expect(columns[3]).toEqual({ position: 3, clean: undefined, patch: " of", differs: true });
});

it("says in words how two prompts compare", () => {
  expect(pairNote(CLEAN, PATCH)).toBe("3 tokens, one position differs");
  expect(pairNote(CLEAN, CLEAN)).toContain("no difference");
  expect(pairNote(CLEAN, ["<s>"])).toContain("must have equally many");
  expect(pairNote(CLEAN, null)).toContain("no patch prompt");
});

it("cuts a text where whole words differ, and loses no character", () => {
  const parts = wordDifferences("The parent near us", "The parents near us");
  expect(parts.filter(({ differs }) => differs).map(({ text }) => text)).toEqual(["parent "]);
  for (const [a, b] of [
    ["a b", "a b"],
    ["", "x"],
    ["x y z", "z"],
    ["a a", "a a a"],
  ] as const)
    expect(
      wordDifferences(a, b)
        .map(({ text }) => text)
        .join(""),
    ).toBe(a);
});
