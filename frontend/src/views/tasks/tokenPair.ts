/** Two prompts side by side, position by position: what the model will see swapped. */

export interface PairColumn {
  readonly position: number;
  /** Undefined beyond the shorter prompt's end. */
  readonly clean: string | undefined;
  readonly patch: string | undefined;
  readonly differs: boolean;
}

export function pairColumns(
  clean: readonly string[],
  patch: readonly string[] | null,
): readonly PairColumn[] {
  const length = Math.max(clean.length, patch?.length ?? 0);
  return Array.from({ length }, (_, position) => ({
    position,
    clean: clean[position],
    patch: patch?.[position],
    differs: patch !== null && clean[position] !== patch[position],
  }));
}

/** How the two prompts compare, in words. */
export function pairNote(clean: readonly string[], patch: readonly string[] | null): string {
  const tokens = `${clean.length} tokens`;
  if (patch === null) return `${tokens}, no patch prompt`;
  if (clean.length !== patch.length)
    return `${clean.length} and ${patch.length} tokens: the prompts must have equally many`;
  const number = pairColumns(clean, patch).filter(({ differs }) => differs).length;
  if (number === 0) return `${tokens}, no difference: patching would change nothing`;
  return `${tokens}, ${number === 1 ? "one position differs" : `${number} positions differ`}`;
}

/** A text cut where two texts differ, for rows whose tokens are not asked: whole words. */
export function wordDifferences(text: string, other: string | null) {
  if (other === null) return [{ text, differs: false }];
  const words = text.split(/(?<=\s)/);
  const others = other.split(/(?<=\s)/);
  let head = 0;
  while (head < words.length && head < others.length && words[head] === others[head]) head += 1;
  let tail = 0;
  while (
    tail < words.length - head &&
    tail < others.length - head &&
    words.at(-1 - tail) === others.at(-1 - tail)
  )
    tail += 1;
  return [
    { text: words.slice(0, head).join(""), differs: false },
    { text: words.slice(head, words.length - tail).join(""), differs: true },
    { text: words.slice(words.length - tail).join(""), differs: false },
  ].filter((part) => part.text !== "");
}
