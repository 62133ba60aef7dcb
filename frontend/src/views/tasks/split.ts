/** How many examples are set aside, as the server counts them. */
import type { SplitMark } from "./document";

export interface Split {
  /** Share of the examples set aside, 0.05 to 0.9. */
  readonly share: number;
  readonly seed: number;
}

export const DEFAULT_SPLIT: Split = { share: 0.3, seed: 0 };

interface SplitCounts {
  readonly train: number;
  readonly evaluation: number;
}

/** Marked examples go where they say; the share is of the others. */
export function splitCounts(marks: readonly SplitMark[], share: number): SplitCounts {
  const marked = marks.filter((mark) => mark === "evaluation").length;
  const free = marks.filter((mark) => mark === null).length;
  const evaluation = marked + drawn(free, share);
  return { train: marks.length - evaluation, evaluation };
}

/** Of examples without marks. */
export const freeCounts = (n: number, share: number): SplitCounts => {
  const evaluation = drawn(n, share);
  return { train: n - evaluation, evaluation };
};

function drawn(n: number, share: number): number {
  if (share <= 0 || n < 2) return 0;
  return Math.min(Math.max(1, roundHalfEven(share * n)), n - 1);
}

/** As Python rounds: 2.5 is 2, 3.5 is 4. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
