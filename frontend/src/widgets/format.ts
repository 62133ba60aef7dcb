/** Numbers and times as people read them; true minus signs, no jitter in width. */

const counter = new Intl.NumberFormat("en-US");

export const count = (value: number): string => counter.format(value);

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export { percent, plain as figure, probability, signed } from "../base/text";

/** Whether the graph explains tokens; a difference or a feature has no probability. */
export function isProbable(graph: { readonly method: Readonly<Record<string, unknown>> }): boolean {
  const { kind } = (graph.method.targets ?? {}) as { kind?: unknown };
  return kind === "top_logits" || kind === "tokens";
}

export const score = (value: number | null): string => (value === null ? "–" : value.toFixed(2));

const STEPS: [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3_600, 60, "minute"],
  [86_400, 3_600, "hour"],
  [604_800, 86_400, "day"],
  [2_629_800, 604_800, "week"],
  [31_557_600, 2_629_800, "month"],
  [Number.POSITIVE_INFINITY, 31_557_600, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function ago(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 10) return "just now";
  const [, size, unit] = STEPS.find(([limit]) => seconds < limit) ?? STEPS[0]!;
  return relative.format(-Math.round(seconds / size), unit);
}
