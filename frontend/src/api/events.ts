/** Follows one job: server-sent events, and polling where events do not get through. */
import { API } from "./client";
import { getJob } from "./queries";
import type { Job } from "./types";

const POLL_MS = 800;
/** A stream that says nothing for this long is checked by hand. */
const SILENCE_MS = 4_000;
const EVENTS = ["progress", "done", "failed", "cancelled"] as const;

export const isFinished = (job: Pick<Job, "state">): boolean =>
  job.state === "done" || job.state === "failed" || job.state === "cancelled";

interface JobListener {
  readonly onJob: (job: Job) => void;
  /** The server cannot be reached for now; following goes on. */
  readonly onTrouble: (error: unknown) => void;
}

/** Calls back until the job is finished; returns a function that stops following. */
export function followJob(id: string, { onJob, onTrouble }: JobListener): () => void {
  const source = new EventSource(`${API}/jobs/${encodeURIComponent(id)}/events`);
  const abort = new AbortController();
  let timer = window.setTimeout(poll, SILENCE_MS);
  let isOver = false;

  function stop() {
    isOver = true;
    source.close();
    abort.abort();
    window.clearTimeout(timer);
  }

  function receive(job: Job) {
    if (isOver) return;
    if (isFinished(job)) stop();
    onJob(job);
  }

  function pollIn(delay: number) {
    window.clearTimeout(timer);
    if (!isOver) timer = window.setTimeout(poll, delay);
  }

  async function poll() {
    try {
      receive(await getJob(id, abort.signal));
    } catch (error) {
      if (!isOver) onTrouble(error);
    }
    pollIn(source.readyState === EventSource.OPEN ? SILENCE_MS : POLL_MS);
  }

  for (const name of EVENTS) {
    source.addEventListener(name, (event) => {
      receive(JSON.parse((event as MessageEvent<string>).data) as Job);
      pollIn(SILENCE_MS);
    });
  }
  source.onerror = () => pollIn(POLL_MS);
  return stop;
}
