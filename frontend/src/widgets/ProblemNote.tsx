import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { Button } from "./Button";
import { Icon } from "./icons";
import styles from "./ProblemNote.module.css";

interface ProblemNoteProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** A failure in the panel that asked: the server's own words, one way on, an id to quote. */
export function ProblemNote({ error, onRetry, children }: ProblemNoteProps) {
  const problem = asProblem(error);
  return (
    <div className={styles.note} role="alert">
      <span className={styles.icon}>
        <Icon name={problem.kind === "offline" ? "offline" : "warning"} size={18} />
      </span>
      <div className={styles.body}>
        <p className={styles.title}>{problem.title}</p>
        <p className={styles.detail}>{problem.message}</p>
        {(onRetry || children) && (
          <p className={styles.ways}>
            {onRetry && (
              <Button size="s" onClick={onRetry}>
                Retry
              </Button>
            )}
            {children}
          </p>
        )}
        {problem.requestId && (
          <p className={styles.id}>
            Request <code>{problem.requestId}</code>
          </p>
        )}
      </div>
    </div>
  );
}
