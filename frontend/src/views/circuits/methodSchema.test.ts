import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { costOf, methodForms, optionText, sentences, words } from "./methodSchema";

const forms = methodForms(
  JSON.parse(readFileSync(new URL("../../../../docs/openapi.json", import.meta.url), "utf8")),
);
const form = (id: string) => forms.find((one) => one.id === id)!;

it("finds every method in the server's own description, each with a sentence", () => {
  expect(forms.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["sfc", "hierarchical", "eap", "eap-ig-inputs", "exact", "peap"]),
  );
  for (const { what } of forms) expect(what).toMatch(/^[A-Z].{20,}\.$/);
});

it("reads settings with their defaults and limits", () => {
  const settings = Object.fromEntries(form("sfc").settings.map((one) => [one.name, one]));
  expect(settings.steps).toMatchObject({ kind: "number", isWhole: true, low: 1, high: 500 });
  expect(settings.positions).toMatchObject({
    kind: "choice",
    options: ["separate", "spans", "sum"],
    default: "sum",
  });
  expect(settings.metric).toMatchObject({
    kind: "choice",
    default: "logit_difference",
    takesFeature: true,
  });
  expect(settings.method).toBeUndefined();
});

it("tells baselines from methods, and which need dictionaries", () => {
  expect(forms.filter(({ isBaseline }) => isBaseline).map(({ id }) => id)).toEqual([
    "random",
    "activation",
    "gradient",
  ]);
  expect(form("sfc").needsDictionaries).toBe(true);
  expect(form("eap").needsDictionaries).toBe(false);
});

it("has words for every option that a choice offers", () => {
  for (const { settings } of forms)
    for (const setting of settings)
      if (setting.kind === "choice")
        for (const option of setting.options) expect(optionText(option)).toMatch(/^[A-Z]/);
});

it("says what every method costs, with its settings", () => {
  for (const { id, settings } of forms)
    expect(costOf(id, (name) => settings.find((one) => one.name === name)?.default)).not.toBe("");
  expect(costOf("eap-ig-inputs", () => 7)).toContain("7");
});

it("takes the citation from the end of a description", () => {
  expect(sentences("Does this.\n  And that. Marks et al. 2024 (arXiv 2403.19647).")).toEqual({
    what: "Does this. And that.",
    source: "Marks et al. 2024 (arXiv 2403.19647)",
  });
  expect(sentences("Cuts edges. After ACDC, Conmy et al. 2023 (x).").source).toContain("ACDC");
  expect(sentences("Only this.")).toEqual({ what: "Only this.", source: "" });
  expect(words("max_nodes")).toBe("Max nodes");
});
