/** Which models can be traced, and in words why the others cannot. */
import type { Model } from "../../api/types";

type Facts = Pick<
  Model,
  "name" | "architecture" | "has_tokenizer" | "can_trace" | "dictionary_sets"
>;
type DictionarySet = Model["dictionary_sets"][number];

export const traceable = <M extends Facts>(models: readonly M[]): readonly M[] =>
  models.filter((model) => model.can_trace);

export const transcodersOf = ({ dictionary_sets }: Facts): readonly DictionarySet[] =>
  dictionary_sets.filter(({ kind }) => kind === "transcoder");

/** The set a trace reads: the chosen one, else the model's own, which may be of another kind. */
export function setOf(model: Facts, chosen: string | null): DictionarySet | undefined {
  const sets = transcodersOf(model);
  return sets.find(({ id }) => id === chosen) ?? sets.find((one) => one.default) ?? sets[0];
}

/** "toy reads token ids only; …": empty when all models can be traced. */
export function untraceableNote(models: readonly Facts[]): string {
  const others = models.filter((model) => !model.can_trace);
  if (others.length === 0) return "";
  return `Not traced here: ${others.map((model) => `${model.name} ${reason(model)}`).join("; ")}. Circuits can be found in every model.`;
}

function reason(model: Facts): string {
  if (!model.has_tokenizer) return "reads token ids only";
  if (transcodersOf(model).length === 0) return "has no transcoders";
  return `is a ${model.architecture}, which tracing does not follow`;
}
