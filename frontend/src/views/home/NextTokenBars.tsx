import type { NextToken } from "../../api/types";
import type { ChosenToken, Draft } from "../../state/draft";
import { classes } from "../../widgets/classes";
import { probability } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./NextTokenBars.module.css";

interface NextTokenBarsProps {
  readonly candidates: readonly NextToken[];
  readonly isStale: boolean;
  readonly draft: Draft;
  readonly onChoose: (token: ChosenToken) => void;
}

export function NextTokenBars({ candidates, isStale, draft, onChoose }: NextTokenBarsProps) {
  const most = Math.max(...candidates.map(({ probability }) => probability), 1e-9);
  return (
    <ol className={classes(styles.list, isStale && styles.stale)}>
      {candidates.map((token) => {
        const role = roleOf(token, draft);
        return (
          <li key={token.id}>
            <button
              type="button"
              className={styles.row}
              aria-pressed={role !== ""}
              title={`logit ${token.logit.toFixed(2)}`}
              onClick={() => onChoose({ id: token.id, text: token.text })}
            >
              <span
                className={styles.bar}
                style={{ width: `${(token.probability / most) * 100}%` }}
              />
              <span className={styles.text}>
                <span className="visuallyHidden">Explain </span>
                <TokenText text={token.text} />
              </span>
              {role !== "" && <span className={styles.role}>{role}</span>}
              <span className={styles.share}>{probability(token.probability)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function roleOf(token: NextToken, draft: Draft): string {
  if (draft.targetKind === "logit_difference") {
    if (draft.plus?.id === token.id) return "A";
    return draft.minus?.id === token.id ? "B" : "";
  }
  return draft.tokens.some(({ id }) => id === token.id) ? "explain" : "";
}
