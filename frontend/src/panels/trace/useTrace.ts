import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { followJob, isFinished } from "../../api/events";
import { asProblem, type Problem, problemFromJson } from "../../api/problem";
import { cancelJob, graphsQuery, startTrace } from "../../api/queries";
import type { Job, TraceRequest } from "../../api/types";

export type Tracing =
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

/** Starts a trace and follows its job to the end; `onDone` gets the graph's id. */
export function useTrace(onDone: (graph: string) => void) {
  const [tracing, setTracing] = useState<Tracing>({ at: "idle" });
  const queries = useQueryClient();
  const stopFollowing = useRef<() => void>(() => {});
  const latestOnDone = useRef(onDone);
  latestOnDone.current = (graph) => {
    void queries.invalidateQueries(graphsQuery());
    onDone(graph);
  };

  useEffect(() => () => stopFollowing.current(), []);

  const follow = useCallback((graph: string, job: Job) => {
    setTracing({ at: "following", job, isCancelling: false, trouble: null });
    stopFollowing.current = followJob(job.id, {
      onJob: (next) => {
        if (next.state === "done") latestOnDone.current(next.result?.graph ?? graph);
        setTracing((now) => afterJob(now, next));
      },
      onTrouble: (error) =>
        setTracing((now) => (now.at === "following" ? { ...now, trouble: asProblem(error) } : now)),
    });
  }, []);

  /** A job from before this page: over already, or to be followed. */
  const resume = useCallback(
    (graph: string, job: Job) => {
      if (isFinished(job)) setTracing((now) => afterJob(now, job));
      else follow(graph, job);
    },
    [follow],
  );

  const start = useCallback(
    async (request: TraceRequest) => {
      stopFollowing.current();
      setTracing({ at: "starting" });
      try {
        const answer = await startTrace(request);
        if (answer.job && answer.status !== "done") return follow(answer.id, answer.job);
        latestOnDone.current(answer.id);
        setTracing({ at: "idle" });
      } catch (error) {
        setTracing({ at: "failed", problem: asProblem(error) });
      }
    },
    [follow],
  );

  const cancel = useCallback(async (job: Job) => {
    setTracing((now) => (now.at === "following" ? { ...now, isCancelling: true } : now));
    try {
      await cancelJob(job.id);
    } catch (error) {
      setTracing((now) =>
        now.at === "following" ? { ...now, isCancelling: false, trouble: asProblem(error) } : now,
      );
    }
  }, []);

  const reset = useCallback(() => {
    stopFollowing.current();
    setTracing({ at: "idle" });
  }, []);

  return { tracing, start, resume, cancel, reset };
}

function afterJob(now: Tracing, job: Job): Tracing {
  if (job.state === "cancelled") return { at: "cancelled" };
  if (job.state === "failed")
    return { at: "failed", problem: problemFromJson(job.error, 500, null) };
  if (job.state === "done") return { at: "idle" };
  return {
    at: "following",
    job,
    isCancelling: now.at === "following" && now.isCancelling,
    trouble: null,
  };
}
