/**
 * Sliders of a number out of `most`, which grows with the square of the position: ten more of a
 * thousand change nothing. Positions lie on the slider's own steps, else arrow keys go astray.
 */
export const positionOf = (number: number, most: number, step: number): number =>
  Number((Math.round(Math.sqrt(number / most) / step) * step).toFixed(6));

/**
 * Among few a step may round to the number that is there already; then it is one more or less, or
 * arrow keys would be stuck.
 */
export function numberAt(position: number, number: number, most: number, step: number): number {
  const there = Math.round(position * position * most);
  if (there !== number) return there;
  const towards = Math.sign(position - positionOf(number, most, step));
  return Math.min(most, Math.max(0, number + towards));
}
