import { expect, it } from "vitest";
import {
  numberFault,
  readCircuitSearch,
  readSites,
  requestOf,
  searchOf,
  settingValue,
  withMethod,
  withValue,
  writeFeature,
  writeSites,
} from "./draft";
import type { MethodForm, Setting } from "./methodSchema";

const STEPS: Setting = {
  name: "steps",
  title: "Steps",
  description: "",
  kind: "number",
  isWhole: true,
  low: 1,
  high: 500,
  default: 10,
};
const POSITIONS: Setting = {
  name: "positions",
  title: "Token positions",
  description: "",
  kind: "choice",
  options: ["separate", "spans", "sum"],
  takesFeature: false,
  default: "sum",
};
const form = (id: string, settings: readonly Setting[], needsDictionaries = true): MethodForm => ({
  id,
  title: id,
  what: "",
  source: "",
  isBaseline: false,
  needsDictionaries,
  settings,
});
const SFC = form("sfc", [STEPS, POSITIONS]);

it("asks with every setting written out", () => {
  expect(requestOf({ task: "brook:simple" }, "brook", SFC)).toEqual({
    model: "brook",
    task: "brook:simple",
    method: { method: "sfc", steps: 10, positions: "sum" },
    split: { evaluation_share: 0.3, seed: 0 },
  });
});

it("carries every choice in the address, and leaves out what is as usual", () => {
  let search = withValue({ task: "t1", n: "20", share: "0.5", seed: "3" }, STEPS, 25);
  search = withValue(search, POSITIONS, "spans");
  expect(search).toMatchObject({ "s.steps": "25", "s.positions": "spans" });
  const body = requestOf({ ...search, d: "attn:m.attn,mlp:m.tc" }, "m", SFC);
  expect(body).toMatchObject({
    method: { steps: 25, positions: "spans" },
    dictionaries: { attn: "m.attn", mlp: "m.tc" },
    examples: 20,
    split: { evaluation_share: 0.5, seed: 3 },
  });
  expect(withValue(search, STEPS, 10)).not.toHaveProperty("s.steps");
});

it("drops what an address should not have", () => {
  expect(
    readCircuitSearch({ task: "t", evil: "x", "s.steps": "4", "s.__proto__ ": "1", n: 3 }),
  ).toEqual({ task: "t", "s.steps": "4" });
  expect(settingValue({ "s.positions": "nowhere" }, POSITIONS)).toBe("sum");
  expect(settingValue({ "s.steps": "" }, STEPS)).toBe(10);
});

it("keeps settings that the next method has too", () => {
  const search = { task: "t", method: "sfc", "s.steps": "4", "s.positions": "spans" } as const;
  expect(withMethod(search, form("eap-ig-inputs", [STEPS], false))).toEqual({
    task: "t",
    method: "eap-ig-inputs",
    "s.steps": "4",
  });
});

it("asks for one feature's activation where a metric may be one", () => {
  const metric: Setting = {
    ...POSITIONS,
    name: "metric",
    options: ["kl"],
    takesFeature: true,
    default: "kl",
  };
  const chosen = writeFeature({ site: "resid", layer: 3, index: 120 });
  expect(requestOf({ task: "t", "s.metric": chosen }, "m", form("sfc", [metric])).method).toEqual({
    method: "sfc",
    metric: { kind: "feature", site: "resid", layer: 3, index: 120 },
  });
  expect(settingValue({ "s.metric": "feature.resid.x.1" }, metric)).toBe("kl");
});

it("names no dictionaries for methods on heads and MLPs", () => {
  const body = requestOf({ task: "t", d: "mlp:m.tc" }, "m", form("eap", [], false));
  expect(body.dictionaries).toBeUndefined();
});

it("leads back from a request to the form that sends it", () => {
  const metric: Setting = { ...POSITIONS, name: "metric", takesFeature: true, default: "kl" };
  const all = form("sfc", [STEPS, POSITIONS, metric]);
  const search = {
    task: "t",
    d: "attn:m.attn,mlp:m.tc",
    n: "20",
    share: "0.5",
    seed: "3",
    "s.steps": "25",
    "s.metric": "feature.resid.3.120",
  } as const;
  for (const one of [search, { task: "t" }]) {
    const request = requestOf(one, "m", all);
    expect(requestOf(searchOf(request), "m", all)).toEqual(request);
  }
});

it("says which numbers cannot be", () => {
  expect([0, 1.5, 501, 5].map((value) => numberFault(STEPS, value))).toEqual([
    "At least 1.",
    "A whole number, please.",
    "At most 500.",
    null,
  ]);
});

it("writes and reads the dictionaries of sites", () => {
  const sites = { attn: "brook.attn", resid: "brook.resid" };
  expect(readSites(writeSites(sites))).toEqual(sites);
  expect(readSites(undefined)).toBeNull();
  expect(readSites("")).toEqual({});
});
