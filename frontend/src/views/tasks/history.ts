/** Undo as a pure value. Steps with the same `what` soon after each other are one step. */

export interface History<T> {
  readonly past: readonly Step<T>[];
  readonly present: T;
  readonly future: readonly Step<T>[];
  /** What the last step changed, and when: typing on goes into the same step. */
  readonly last: { readonly what: string; readonly at: number } | null;
}

interface Step<T> {
  readonly value: T;
  /** In words, for the message that offers to take it back. */
  readonly name: string;
}

const STEPS_MAX = 200;
const SAME_STEP_MS = 1_200;

export const startHistory = <T>(present: T): History<T> => ({
  past: [],
  present,
  future: [],
  last: null,
});

/** `what` names the thing typed into; null never joins the step before. */
export function step<T>(
  history: History<T>,
  value: T,
  name: string,
  what: string | null = null,
  now = Date.now(),
): History<T> {
  if (value === history.present) return history;
  const { last } = history;
  const joins =
    what !== null && last !== null && last.what === what && now - last.at < SAME_STEP_MS;
  return {
    past: joins
      ? history.past
      : [...history.past, { value: history.present, name }].slice(-STEPS_MAX),
    present: value,
    future: [],
    last: what === null ? null : { what, at: now },
  };
}

/** Changes the present without a step: a consequence of the last one that came late. */
export const amend = <T>(history: History<T>, value: T): History<T> => ({
  ...history,
  present: value,
});

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (!before) return history;
  return {
    past: history.past.slice(0, -1),
    present: before.value,
    future: [{ value: history.present, name: before.name }, ...history.future],
    last: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...rest] = history.future;
  if (!after) return history;
  return {
    past: [...history.past, { value: history.present, name: after.name }],
    present: after.value,
    future: rest,
    last: null,
  };
}
