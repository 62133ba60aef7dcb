import type { TaskCheck } from "../../api/taskQueries";

type Facts = Pick<TaskCheck, "equal_lengths" | "lengths" | "span_names" | "n_ok">;

/** Why a task's token positions cannot be treated like this; null when they can, or before it is known. */
export function positionsFault(option: string, check: Facts | undefined): string | null {
  if (!check || check.n_ok === 0) return null;
  const { equal_lengths, lengths, span_names } = check;
  const range = `${lengths[0]} to ${lengths.at(-1)} tokens`;
  if (option === "separate" && !equal_lengths)
    return `Needs examples of one length; these have ${range}.${span_names ? " Spans work." : ""}`;
  if (option === "spans" && !span_names) return "The task has no spans: mark them in its editor.";
  return null;
}
