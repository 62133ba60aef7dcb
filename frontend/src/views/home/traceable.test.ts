import { expect, it } from "vitest";
import { setOf, traceable, untraceableNote } from "./traceable";

const set = (name: string, kind: string, isDefault = false) => ({
  id: `m.${name}`,
  set: name,
  kind,
  site: null,
  layers: [0],
  width: 8,
  default: isDefault,
});
const model = (name: string, facts: object = {}) => ({
  name,
  architecture: "GPT2LMHeadModel",
  has_tokenizer: true,
  can_trace: false,
  dictionary_sets: [set("tc", "transcoder")],
  ...facts,
});

it("offers what can be traced and says why the rest cannot", () => {
  const models = [
    model("brook", { can_trace: true }),
    model("toy", { has_tokenizer: false }),
    model("bare", { dictionary_sets: [] }),
    model("pythia", { architecture: "GPTNeoXForCausalLM" }),
  ];
  expect(traceable(models).map(({ name }) => name)).toEqual(["brook"]);
  expect(untraceableNote(models)).toBe(
    "Not traced here: toy reads token ids only; bare has no transcoders; pythia is a " +
      "GPTNeoXForCausalLM, which tracing does not follow. Circuits can be found in every model.",
  );
  expect(untraceableNote(models.slice(0, 1))).toBe("");
});

it("traces by transcoders also where a model's usual dictionaries are SAEs", () => {
  const sets = [set("resid", "sae", true), set("tc", "transcoder"), set("wide", "transcoder")];
  const mixed = model("m", { dictionary_sets: sets });
  expect(setOf(mixed, null)?.id).toBe("m.tc");
  expect(setOf(mixed, "m.wide")?.id).toBe("m.wide");
});
