/** Why tokens cannot be an answer, in words; null when they can. Metrics read one logit. */
export function answerFault(tokens: readonly string[]): string | null {
  if (tokens.length === 1) return null;
  return tokens.length === 0
    ? "The model reads nothing here."
    : `${tokens.length} tokens: an answer must be one. Try another word.`;
}
