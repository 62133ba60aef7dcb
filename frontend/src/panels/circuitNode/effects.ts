import type { ExampleEffect } from "../../api/circuitViewQueries";

export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** Linear interpolation between neighbours, as the server does it. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = (sorted.length - 1) * share;
    const low = sorted[Math.floor(place)] ?? 0;
    return low + ((sorted[Math.ceil(place)] ?? low) - low) * (place - Math.floor(place));
  };
  return { q1: at(0.25), median: at(0.5), q3: at(0.75) };
}

/** The examples that carry the mean, and those that go most against it. */
export function extremes(
  examples: readonly ExampleEffect[],
  mean: number,
): { readonly strongest: readonly ExampleEffect[]; readonly against: readonly ExampleEffect[] } {
  const sign = mean < 0 ? -1 : 1;
  const sorted = [...examples].sort((a, b) => sign * (b.effect - a.effect));
  return {
    strongest: sorted.filter(({ effect }) => sign * effect > 0),
    against: sorted.filter(({ effect }) => sign * effect < 0).reverse(),
  };
}

/** The text as it was written: without the token that the model puts in front. */
export const promptOf = (tokens: readonly string[]): string =>
  tokens.slice(/^<.+>$/.test(tokens[0] ?? "") ? 1 : 0).join("");

export interface Dot {
  readonly example: ExampleEffect;
  /** 0..1 along the axis. */
  readonly at: number;
  /** Lane above or below the middle, so that equal effects do not hide one another. */
  readonly lane: number;
}

/** A strip of dots: each in the nearest lane where it touches no other. */
export function strip(
  examples: readonly ExampleEffect[],
  place: (effect: number) => number,
  apart: number,
  lanes: number,
): Dot[] {
  const ends = new Map<number, number>();
  const order = [...examples].sort((a, b) => a.effect - b.effect);
  return order.map((example) => {
    const at = place(example.effect);
    for (let step = 0; step <= 2 * lanes; step++) {
      const lane = step % 2 === 0 ? 0 - step / 2 : (step + 1) / 2;
      if ((ends.get(lane) ?? Number.NEGATIVE_INFINITY) + apart > at) continue;
      ends.set(lane, at);
      return { example, at, lane };
    }
    return { example, at, lane: 0 };
  });
}
