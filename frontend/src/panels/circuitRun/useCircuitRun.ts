import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import {
  type CircuitAnswer,
  type CircuitBody,
  circuitStatusQuery,
  postCircuit,
} from "../../api/circuitQueries";
import type { Job } from "../../api/types";
import { useWork } from "../../state/useWork";

/**
 * One circuit on its way. What the server knows comes first, so a reload loses nothing; then its job is
 * followed. `onDone` is called once the circuit can be opened.
 */
export function useCircuitRun(id: string, onDone: (id: string) => void) {
  const queries = useQueryClient();
  const status = useQuery(circuitStatusQuery(id));
  const latestJob = useRef<Job | null>(null);
  const { work, start, resume, cancel } = useWork(() => {
    void queries.invalidateQueries({ queryKey: ["circuits"] });
    onDone(id);
  });
  if (work.at === "following") latestJob.current = work.job;

  const answer = status.data;
  const latestOnDone = useRef(onDone);
  latestOnDone.current = onDone;
  useEffect(() => {
    if (answer?.status === "done") latestOnDone.current(answer.id);
    else if (answer?.job) {
      latestJob.current = answer.job;
      resume(answer.job);
    }
  }, [answer, resume]);

  return {
    /** Undefined until the server has answered once. */
    answer,
    error: status.error,
    lookAgain: () => status.refetch(),
    work,
    /** The last that was heard of the job: what it had finished when it stopped. */
    lastJob: latestJob.current,
    cancel,
    /** The same request again: finished examples are kept, so it goes on where it stopped. */
    goOn: (body: CircuitBody) => start(() => postCircuit(body)),
  };
}

export type CircuitRun = ReturnType<typeof useCircuitRun>;
export type { CircuitAnswer };
