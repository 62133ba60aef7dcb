import { expect, it } from "vitest";
import { setsBySite, siteOf } from "./sites";

it("tells a set's site by its kind and name", () => {
  expect(siteOf({ kind: "transcoder", set: "transcoders" })).toBe("mlp");
  expect(siteOf({ kind: "sae", set: "mlp-out" })).toBe("mlp");
  expect(siteOf({ kind: "sae", set: "attn" })).toBe("attn");
  expect(siteOf({ kind: "sae", set: "resid" })).toBe("resid");
  expect(siteOf({ kind: "sae", set: "mystery" })).toBeNull();
});

it("gathers the sets that can stand at one site", () => {
  const set = (name: string, kind: string) => ({
    id: `m.${name}`,
    set: name,
    kind,
    layers: [0],
    width: 8,
    default: false,
  });
  const sites = setsBySite([set("tc", "transcoder"), set("mlp-out", "sae"), set("odd", "sae")]);
  expect(sites.get("mlp")?.map(({ id }) => id)).toEqual(["m.tc", "m.mlp-out"]);
  expect(sites.size).toBe(1);
});
