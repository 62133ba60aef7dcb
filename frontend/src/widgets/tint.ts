/** Weakest tint that the eye still tells from none. */
const FLOOR = 0.14;

/**
 * How much of the heat colour a token gets, 0..1. Mixed in OKLab, where equal steps look equal;
 * a square root keeps weak activations visible beside strong ones.
 */
export function tint(activation: number, maximum: number): number {
  if (!(activation > 0) || !(maximum > 0)) return 0;
  const share = Math.min(1, activation / maximum);
  return FLOOR + (1 - FLOOR) * Math.sqrt(share);
}
