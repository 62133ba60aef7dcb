import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { graphsQuery, startTrace } from "../../api/queries";
import type { Job, TraceRequest } from "../../api/types";
import { useWork } from "../../state/useWork";

/** Starts a trace and follows its job to the end; `onDone` gets the graph's id. */
export function useTrace(onDone: (graph: string) => void) {
  const queries = useQueryClient();
  const graph = useRef("");
  const {
    work: tracing,
    start: ask,
    resume: follow,
    cancel,
    reset,
  } = useWork(() => {
    void queries.invalidateQueries(graphsQuery());
    onDone(graph.current);
  });

  const resume = useCallback(
    (id: string, job: Job) => {
      graph.current = id;
      follow(job);
    },
    [follow],
  );

  const start = useCallback(
    (request: TraceRequest) =>
      ask(async () => {
        const answer = await startTrace(request);
        graph.current = answer.id;
        return answer;
      }),
    [ask],
  );

  return { tracing, start, resume, cancel, reset };
}
