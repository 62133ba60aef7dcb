import { expect, it } from "vitest";
import { ago, count, plural, probability, score } from "./format";

it("groups thousands and agrees in number", () => {
  expect(count(12345)).toBe("12,345");
  expect(plural(1, "node")).toBe("1 node");
  expect(plural(1204, "node")).toBe("1,204 nodes");
});

it("tells times as distances", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  expect(ago("2026-01-02T11:59:55Z", now)).toBe("just now");
  expect(ago("2026-01-02T11:55:00Z", now)).toBe("5 minutes ago");
  expect(ago("2026-01-01T11:00:00Z", now)).toBe("yesterday");
  expect(ago("nonsense", now)).toBe("");
});

it("keeps digits where probabilities crowd", () => {
  const shown = [0.5, 0.0312, 0.00042, 0.9987, 0.99999999, 1e-9].map(probability);
  expect(shown).toEqual(["50 %", "3.1 %", "0.04 %", "99.87 %", ">99.99 %", "<0.01 %"]);
});

it("shows a missing score as a dash", () => {
  expect(score(null)).toBe("–");
  expect(score(0.71234)).toBe("0.71");
});
