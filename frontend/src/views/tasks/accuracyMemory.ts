/** What was measured is kept on this device: a list shows it at once and asks the model nothing. */
import type { TaskAccuracy, TaskSummary } from "../../api/taskQueries";

export type AccuracyNote = Pick<TaskAccuracy, "accuracy" | "top1" | "n" | "n_total">;

const KEY = "headwater.accuracy";
const KEPT = 300;

/** Changes with the weights, the task and its examples: an old figure is never shown for new ones. */
export function memoryKey(
  task: Pick<TaskSummary, "id" | "version" | "n_examples">,
  fingerprint: string,
): string {
  return [fingerprint.slice(0, 16), task.id, task.version, task.n_examples].join(" ");
}

function all(): Record<string, AccuracyNote> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, AccuracyNote>;
  } catch {
    return {};
  }
}

export const recall = (key: string): AccuracyNote | undefined => all()[key];

export function remember(key: string, { accuracy, top1, n, n_total }: AccuracyNote): void {
  const { [key]: _, ...others } = all();
  const entries = [...Object.entries(others), [key, { accuracy, top1, n, n_total }]];
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(entries.slice(-KEPT))));
  } catch {
    // Without storage the figure is measured again next time.
  }
}
