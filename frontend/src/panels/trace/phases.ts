import type { Job } from "../../api/types";
import { count } from "../../widgets/format";

/** What a job is doing, as a sentence: the worker's own words for its phase, and its counts. */
export function phaseText(job: Job | null): string {
  if (!job) return "Sending the prompt";
  if (job.state === "queued") return "Waiting for the worker";
  const phase = job.phase || "starting";
  const counts =
    job.total && job.total > 1 ? `: ${count(job.done ?? 0)} of ${count(job.total)}` : "";
  const attempt = job.attempt > 1 ? `, attempt ${job.attempt}` : "";
  return `${phase[0]?.toUpperCase()}${phase.slice(1)}${counts}${attempt}`;
}
