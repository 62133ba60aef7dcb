import { useEffect, useRef, useState } from "react";
import type { Job } from "../../api/types";
import type { Work } from "../../state/useWork";
import { Button } from "../../widgets/Button";
import { count } from "../../widgets/format";
import { Icon } from "../../widgets/icons";
import { ProblemNote } from "../../widgets/ProblemNote";
import styles from "./CircuitProgress.module.css";
import { duration, rateOf, type Sample, secondsLeft, withSample } from "./pace";

interface CircuitProgressProps {
  readonly work: Work;
  readonly lastJob: Job | null;
  readonly onCancel: (job: Job) => void;
  readonly onGoOn: () => void;
}

/** What the worker is doing in counts, how fast, how long still; a way out and a way back in. */
export function CircuitProgress({ work, lastJob, onCancel, onGoOn }: CircuitProgressProps) {
  if (work.at === "cancelled")
    return (
      <div className={styles.note} role="status">
        <p>
          <strong>Cancelled.</strong> {keptNote(lastJob)}
        </p>
        <Button look="primary" onClick={onGoOn}>
          Resume
        </Button>
      </div>
    );
  if (work.at === "failed")
    return (
      <ProblemNote error={work.problem}>
        <span className={styles.kept}>{keptNote(lastJob)}</span>
        <Button size="s" onClick={onGoOn}>
          Resume
        </Button>
      </ProblemNote>
    );
  const job = work.at === "following" ? work.job : null;
  const isCancelling = work.at === "following" && work.isCancelling;
  return (
    <section className={styles.progress} aria-label="Progress of the circuit">
      <Meter job={job} />
      <div className={styles.row}>
        <div className={styles.words}>
          <p role="status" className={styles.phase}>
            {isCancelling ? "Cancelling, once the batch under way is finished…" : phaseOf(job)}
          </p>
          <Pace job={job} />
        </div>
        <Button disabled={!job || isCancelling} onClick={() => job && onCancel(job)}>
          Cancel
        </Button>
      </div>
      <p className={styles.hint}>
        You can close this page: the work goes on, and this address finds it again. Cancelling keeps
        what is finished.
      </p>
      {work.at === "following" && work.trouble && (
        <p className={styles.trouble}>
          <Icon name="offline" /> {work.trouble.message} Still trying…
        </p>
      )}
    </section>
  );
}

export function phaseOf(job: Job | null): string {
  if (!job) return "Asking the server";
  if (job.state === "queued") return "Waiting for the worker";
  const phase = job.phase || "starting";
  const counts = job.total > 0 ? `: ${countsOf(job)}` : "";
  const attempt = job.attempt > 1 ? `, attempt ${job.attempt}` : "";
  return `${phase[0]?.toUpperCase()}${phase.slice(1)}${counts}${attempt}`;
}

const countsOf = ({ done, total, unit }: Job): string =>
  [count(done), "of", count(total), unit].filter(Boolean).join(" ");

/** What stays of work that stopped. */
export function keptNote(job: Job | null): string {
  const counted = job && job.total > 0 && job.done > 0;
  return counted
    ? `${countsOf(job)} (${job.phase}) were finished and are kept; resuming goes on from there.`
    : "Finished examples are kept; resuming goes on from there.";
}

function Meter({ job }: { readonly job: Job | null }) {
  // A bar that stands at nothing for a minute looks dead; until something is finished it flows.
  const isCounted = job !== null && job.total > 0 && job.done > 0;
  return isCounted ? (
    <progress
      className={styles.meter}
      value={job.done}
      max={job.total}
      aria-label={`${count(job.done)} of ${count(job.total)}`}
    />
  ) : (
    <progress className={styles.meter} aria-label="Working" />
  );
}

/** Time gone, rate, and time left by that rate; ticks without the job saying anything. */
function Pace({ job }: { readonly job: Job | null }) {
  const now = useNow();
  const [opened] = useState(Date.now);
  const phase = useRef("");
  const samples = useRef<readonly Sample[]>([]);
  if (job?.state === "running") {
    if (phase.current !== job.phase) samples.current = [];
    phase.current = job.phase;
    samples.current = withSample(samples.current, { at: now, done: job.done });
  }
  const since = Date.parse(job?.started_at ?? job?.created_at ?? "");
  // The server's clock may be ahead of this device's.
  const elapsed = (now - Math.min(Number.isNaN(since) ? opened : since, opened)) / 1_000;
  const rate = rateOf(samples.current);
  const left = secondsLeft(samples.current, job?.total ?? 0, now);
  return (
    <p className={styles.pace}>
      <span>{duration(elapsed)} so far</span>
      {rate !== null && <span>{rate >= 10 ? Math.round(rate) : rate.toFixed(1)} a second</span>}
      {left !== null && <span>about {duration(left)} left in this phase</span>}
    </p>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}
