/** How fast a phase goes, from counts seen while looking; never from a formula. */

export interface Sample {
  readonly at: number;
  readonly done: number;
}

/** Older counts say little about the rate now. */
const WINDOW_MS = 60_000;
const ENOUGH_MS = 1_500;

/** The samples with one more; a phase that begins again (or a new one) begins anew. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && next.done < last.done) return [next];
  if (last?.done === next.done) return samples;
  return [...samples.filter(({ at }) => next.at - at <= WINDOW_MS), next];
}

/** Steps a second, or null before it can be told. */
export function rateOf(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < ENOUGH_MS || last.done <= first.done) return null;
  return ((last.done - first.done) / (last.at - first.at)) * 1_000;
}

/** Seconds until the phase ends, counted from `now`; null when the rate is not known. */
export function secondsLeft(samples: readonly Sample[], total: number, now: number): number | null {
  const rate = rateOf(samples);
  const last = samples.at(-1);
  if (rate === null || !last || total <= 0) return null;
  return Math.max(0, (total - last.done) / rate - (now - last.at) / 1_000);
}

/** "12 s", "3 min", "1 h 20 min": as exact as an estimate deserves. */
export function duration(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ""}`;
}
