/** Which rows of a long list are drawn. All rows are equally high, so this is arithmetic. */

export const ROW_PX = 54;
const AROUND = 8;

export function rowsAround(
  top: number,
  height: number,
  n: number,
): { first: number; last: number } {
  const first = Math.min(n, Math.max(0, Math.floor(top / ROW_PX) - AROUND));
  return { first, last: Math.min(n, Math.ceil((top + height) / ROW_PX) + AROUND) };
}

/** Where to scroll so that a row is in view, moving as little as possible. */
export function scrollToShow(row: number, top: number, height: number): number {
  const from = row * ROW_PX;
  if (from < top) return from;
  return from + ROW_PX > top + height ? from + ROW_PX - height : top;
}
