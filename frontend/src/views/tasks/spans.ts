/**
 * Spans as boundaries. `[1, 3, 4, 8]` is three spans: tokens 1–2, 3, and 4–7. They touch, so moving
 * one boundary changes two spans and never leaves a token out. The start token (0) is in no span.
 */
import type { Spans } from "../../api/taskQueries";

export type Bounds = readonly number[];

export function boundsOf(spans: Spans, names: readonly string[]): Bounds {
  const starts = names.map((name) => spans[name]?.[0] ?? 1);
  const end = Math.max(1, ...Object.values(spans).map(([, last]) => last));
  return [...starts, end];
}

export function spansOf(bounds: Bounds, names: readonly string[]) {
  return Object.fromEntries(
    names.map((name, i): [string, [number, number]] => [
      name,
      [bounds[i] ?? 1, bounds[i + 1] ?? 1],
    ]),
  );
}

/** The span a token is in, or -1 for the start token and for what lies beyond the last span. */
export function spanAt(bounds: Bounds, position: number): number {
  for (let span = 0; span < bounds.length - 1; span += 1)
    if (position >= (bounds[span] ?? 0) && position < (bounds[span + 1] ?? 0)) return span;
  return -1;
}

/** Moves an inner boundary; it stops before its neighbours, so no span becomes empty. */
export function moveBound(bounds: Bounds, which: number, to: number): Bounds {
  if (which <= 0 || which >= bounds.length - 1) return bounds;
  const low = (bounds[which - 1] ?? 0) + 1;
  const high = (bounds[which + 1] ?? 0) - 1;
  const place = Math.min(high, Math.max(low, Math.round(to)));
  return low > high || place === bounds[which] ? bounds : bounds.with(which, place);
}

/** A span of one token cannot be split: the new one is empty there, for the check to report. */
export function splitBounds(bounds: Bounds, span: number, at: number): Bounds {
  const low = (bounds[span] ?? 1) + 1;
  const end = bounds[span + 1] ?? 1;
  const place = low >= end ? end : Math.min(end - 1, Math.max(low, at));
  return bounds.toSpliced(span + 1, 0, place);
}

/** The prompt has another number of tokens now: the last span takes up or gives what it can. */
export function fitBounds(bounds: Bounds, end: number): Bounds {
  if (bounds.at(-1) === end) return bounds;
  const last = bounds.length - 1;
  return bounds.map((bound, i) =>
    i === last ? end : Math.max(1, Math.min(bound, end - (last - i))),
  );
}

/**
 * First spans of a task: what comes before the tokens that differ between the prompts, those, and what
 * follows. A part that some example has not is left out for all, since all share the names.
 */
export function firstSpans(differences: readonly (readonly boolean[])[]): {
  readonly names: readonly string[];
  readonly bounds: readonly Bounds[];
} {
  const ranges = differences.map((differs) => ({
    from: Math.max(1, differs.indexOf(true)),
    to: differs.lastIndexOf(true) + 1,
    end: differs.length,
  }));
  const different = ranges.filter(({ to }) => to > 0);
  const hasBefore = different.every(({ from }) => from > 1);
  const hasAfter = different.every(({ to, end }) => to < end);
  const names = [hasBefore && "before", "changed", hasAfter && "after"].filter(
    (name) => name !== false,
  );
  return {
    names,
    bounds: ranges.map(({ from, to, end }) => {
      const inner = to > 0 ? [hasBefore && from, hasAfter && to] : [hasBefore && 2, hasAfter && 3];
      return fitBounds([1, ...inner.filter((bound) => bound !== false), end + 1], end);
    }),
  };
}
