import type { Tokenised } from "../../api/types";
import { count } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { TokenChips } from "../../widgets/TokenChips";
import styles from "./PromptTokens.module.css";

/** More chips than this help nobody and slow the typing down. */
const CHIPS_MAX = 400;

interface PromptTokensProps {
  readonly isAsked: boolean;
  readonly answer: Tokenised | undefined;
  readonly isStale: boolean;
  readonly error: Error | null;
  readonly onRetry: () => void;
}

export function PromptTokens({ isAsked, answer, isStale, error, onRetry }: PromptTokensProps) {
  if (!isAsked)
    return (
      <p className={styles.hint}>
        The model reads tokens, not words. They appear here as you type.
      </p>
    );
  if (error) return <ProblemNote error={error} onRetry={onRetry} />;
  if (!answer) return <Skeleton label="Splitting the prompt into tokens" lines={1} />;
  const beyond = answer.tokens.length - answer.n_ctx;
  return (
    <>
      <TokenChips
        tokens={answer.tokens.slice(0, CHIPS_MAX)}
        isStale={isStale}
        limit={answer.n_ctx}
      />
      <p className={styles.count} role="status">
        {count(answer.tokens.length)} of {count(answer.n_ctx)} tokens
        {answer.tokens.length > CHIPS_MAX && `, the first ${CHIPS_MAX} shown`}
        {beyond > 0 && (
          <strong className={styles.beyond}>
            {" "}
            · {count(beyond)} more than the model can read. Shorten the prompt.
          </strong>
        )}
      </p>
    </>
  );
}
