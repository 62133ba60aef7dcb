import type { Job } from "../../api/types";
import type { Work } from "../../state/useWork";
import { Button } from "../../widgets/Button";
import { count } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { phaseText } from "../trace/phases";
import styles from "../trace/TraceProgress.module.css";

interface WorkProgressProps {
  readonly work: Work;
  /** Names the progress for screen readers. */
  readonly label: string;
  /** What a cancellation leaves, in a sentence. */
  readonly cancelled: string;
  readonly onCancel: (job: Job) => void;
  readonly onRetry: () => void;
  readonly retry: string;
}

/** What the worker is doing, in words and counts, with a way out. */
export function WorkProgress(props: WorkProgressProps) {
  const { work, label, cancelled, onCancel, onRetry, retry } = props;
  if (work.at === "idle") return null;
  if (work.at === "failed") return <ProblemNote error={work.problem} onRetry={onRetry} />;
  if (work.at === "cancelled")
    return (
      <div className={styles.note} role="status">
        <span>{cancelled}</span>
        <Button size="s" onClick={onRetry}>
          {retry}
        </Button>
      </div>
    );
  const job = work.at === "following" ? work.job : null;
  const isCancelling = work.at === "following" && work.isCancelling;
  return (
    <section className={styles.progress} aria-label={label}>
      <Meter job={job} />
      <div className={styles.row}>
        <p role="status" className={styles.phase}>
          {isCancelling ? "Cancelling…" : job ? phaseText(job) : "Asking the server"}
        </p>
        {job && (
          <Button size="s" disabled={isCancelling} onClick={() => onCancel(job)}>
            Cancel
          </Button>
        )}
      </div>
      {work.at === "following" && work.trouble && (
        <p className={styles.trouble}>{work.trouble.message} Still trying…</p>
      )}
    </section>
  );
}

function Meter({ job }: { readonly job: Job | null }) {
  const { done = 0, total = 0 } = job ?? {};
  return total > 0 ? (
    <progress
      className={styles.meter}
      value={done}
      max={total}
      aria-label={`${count(done)} of ${count(total)}`}
    />
  ) : (
    <progress className={styles.meter} aria-label="Working" />
  );
}
