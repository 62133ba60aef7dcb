import type { WorkerStatus } from "../../api/types";
import { Icon } from "../../widgets/icons";
import styles from "./WorkerNote.module.css";

interface WorkerNoteProps {
  readonly worker: WorkerStatus;
  /** The server was there before and is not now. */
  readonly isUnreachable: boolean;
}

/** Says what the worker is doing while it cannot trace yet. */
export function WorkerNote({ worker, isUnreachable }: WorkerNoteProps) {
  if (isUnreachable)
    return (
      <div className={styles.note} role="status" data-state="down">
        <Icon name="offline" />
        <p>
          <strong>Headwater does not answer.</strong> It may have been stopped. Your prompt stays
          here; this page tries again by itself.
        </p>
      </div>
    );
  if (worker.state === "ready") return null;
  const isStarting = worker.state === "starting";
  return (
    <div className={styles.note} role="status" data-state={worker.state}>
      {isStarting ? <span className={styles.pulse} aria-hidden="true" /> : <Icon name="warning" />}
      <p>
        <strong>
          {isStarting ? "The model is warming up." : "The model worker is not running."}
        </strong>{" "}
        {isStarting
          ? "Its weights and dictionaries are being read into memory, which takes a few seconds. You can type already: tokens are shown at once, predictions follow, and a trace started now waits its turn."
          : "Headwater is restarting it. Stored graphs still open; a trace started now waits until it is back."}
        {!isStarting && worker.detail ? ` ${worker.detail}` : ""}
      </p>
    </div>
  );
}
