import type { PromptToken } from "../api/types";
import { classes } from "./classes";
import styles from "./TokenChips.module.css";
import { TokenText } from "./TokenText";

interface TokenChipsProps {
  readonly tokens: readonly PromptToken[];
  readonly isStale: boolean;
  /** Tokens from here on do not fit the model's context. */
  readonly limit: number;
}

/** The prompt as the model reads it. */
export function TokenChips({ tokens, isStale, limit }: TokenChipsProps) {
  return (
    <ol
      className={classes(styles.chips, isStale && styles.stale)}
      aria-label="Tokens of the prompt"
    >
      {tokens.map((token, position) => (
        <li
          key={position}
          className={classes(
            styles.chip,
            token.special && styles.special,
            position >= limit && styles.beyond,
          )}
          title={`position ${position}, token ${token.id}${token.special ? ", added by the model" : ""}`}
        >
          <TokenText text={token.text} />
        </li>
      ))}
    </ol>
  );
}
