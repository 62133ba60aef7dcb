import { useCallback, useEffect, useRef, useState } from "react";
import { followJob, isFinished } from "../api/events";
import { asProblem, type Problem, problemFromJson } from "../api/problem";
import { cancelJob } from "../api/queries";
import type { Job } from "../api/types";

/** Long work that somebody asked for, from the click to its end. */
export type Work =
  | { readonly at: "idle" }
  | { readonly at: "starting" }
  | {
      readonly at: "following";
      readonly job: Job;
      readonly isCancelling: boolean;
      readonly trouble: Problem | null;
    }
  | { readonly at: "failed"; readonly problem: Problem }
  | { readonly at: "cancelled" };

/** What a request for work answers: done already, or a job to follow. */
export interface WorkAnswer {
  readonly status: string;
  readonly job: Job | null;
}

/** Asks for work and follows its job to the end; `onDone` when the result is there. */
export function useWork(onDone: () => void) {
  const [work, setWork] = useState<Work>({ at: "idle" });
  const stopFollowing = useRef<() => void>(() => {});
  const latestOnDone = useRef(onDone);
  latestOnDone.current = onDone;

  useEffect(() => () => stopFollowing.current(), []);

  /** A job from before this page: over already, or to be followed. */
  const resume = useCallback((job: Job) => {
    stopFollowing.current();
    if (isFinished(job)) return setWork(afterJob({ at: "idle" }, job));
    setWork({ at: "following", job, isCancelling: false, trouble: null });
    stopFollowing.current = followJob(job.id, {
      onJob: (next) => {
        setWork((now) => afterJob(now, next));
        if (next.state === "done") latestOnDone.current();
      },
      onTrouble: (error) =>
        setWork((now) => (now.at === "following" ? { ...now, trouble: asProblem(error) } : now)),
    });
  }, []);

  const start = useCallback(
    async (ask: () => Promise<WorkAnswer>) => {
      stopFollowing.current();
      setWork({ at: "starting" });
      try {
        const { status, job } = await ask();
        if (job && status !== "done") return resume(job);
        setWork({ at: "idle" });
        latestOnDone.current();
      } catch (error) {
        setWork({ at: "failed", problem: asProblem(error) });
      }
    },
    [resume],
  );

  const cancel = useCallback(async (job: Job) => {
    setWork((now) => (now.at === "following" ? { ...now, isCancelling: true } : now));
    try {
      await cancelJob(job.id);
    } catch (error) {
      setWork((now) =>
        now.at === "following" ? { ...now, isCancelling: false, trouble: asProblem(error) } : now,
      );
    }
  }, []);

  const reset = useCallback(() => {
    stopFollowing.current();
    setWork({ at: "idle" });
  }, []);

  return { work, start, resume, cancel, reset };
}

function afterJob(now: Work, job: Job): Work {
  if (job.state === "cancelled") return { at: "cancelled" };
  if (job.state === "failed")
    return { at: "failed", problem: problemFromJson(job.error, 500, null) };
  if (job.state === "done") return { at: "idle" };
  const isCancelling = now.at === "following" && now.isCancelling;
  return { at: "following", job, isCancelling, trouble: null };
}
