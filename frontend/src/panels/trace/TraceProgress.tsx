import { useEffect, useState } from "react";
import type { Job } from "../../api/types";
import type { Work } from "../../state/useWork";
import { Button } from "../../widgets/Button";
import { count } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { phaseText } from "./phases";
import styles from "./TraceProgress.module.css";

interface TraceProgressProps {
  readonly tracing: Work;
  readonly onCancel: (job: Job) => void;
  readonly onRetry: () => void;
  readonly onDismiss?: () => void;
}

/** What the worker is doing, in words and counts, with a way out. */
export function TraceProgress({ tracing, onCancel, onRetry, onDismiss }: TraceProgressProps) {
  if (tracing.at === "idle") return null;
  if (tracing.at === "failed")
    return (
      <ProblemNote error={tracing.problem} onRetry={onRetry}>
        {onDismiss && (
          <Button size="s" look="quiet" onClick={onDismiss}>
            Change the prompt
          </Button>
        )}
      </ProblemNote>
    );
  if (tracing.at === "cancelled")
    return (
      <div className={styles.note} role="status">
        <span>Cancelled. Nothing was stored.</span>
        <Button size="s" onClick={onRetry}>
          Trace again
        </Button>
        {onDismiss && (
          <Button size="s" look="quiet" onClick={onDismiss}>
            Dismiss
          </Button>
        )}
      </div>
    );
  const job = tracing.at === "following" ? tracing.job : null;
  return (
    <section className={styles.progress} aria-label="Progress of the trace">
      <PhaseBar job={job} />
      <div className={styles.row}>
        <p role="status" className={styles.phase}>
          {tracing.at === "following" && tracing.isCancelling ? "Cancelling…" : phaseText(job)}
        </p>
        <Elapsed since={job?.created_at ?? null} />
        {job && tracing.at === "following" && (
          <Button size="s" disabled={tracing.isCancelling} onClick={() => onCancel(job)}>
            Cancel
          </Button>
        )}
      </div>
      {tracing.at === "following" && tracing.trouble && (
        <p className={styles.trouble}>{tracing.trouble.message} Still trying…</p>
      )}
    </section>
  );
}

function PhaseBar({ job }: { readonly job: Job | null }) {
  const { done, total } = job ?? {};
  const isCounted = typeof done === "number" && typeof total === "number" && total > 0;
  return (
    <div className={styles.bar}>
      {isCounted ? (
        <progress
          className={styles.meter}
          value={done}
          max={total}
          aria-label={`${count(done)} of ${count(total)}`}
        />
      ) : (
        <progress className={styles.meter} aria-label="Working" />
      )}
    </div>
  );
}

function Elapsed({ since }: { readonly since: string | null }) {
  const [now, setNow] = useState(Date.now);
  const [start] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  const from = since ? Math.min(Date.parse(since), start) : start;
  const seconds = Math.max(0, (now - (now - from > 3.6e6 ? start : from)) / 1000);
  return <span className={styles.elapsed}>{seconds.toFixed(1)} s</span>;
}
