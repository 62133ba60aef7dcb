import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type CircuitAnswer, postCircuit } from "../../api/circuitQueries";
import type { Job } from "../../api/types";
import { useWork } from "../../state/useWork";

/**
 * One circuit on its way, from where the server says it stands: a reload loses nothing, nor does its link
 * on another machine. `onDone` is called once the circuit can be opened; with another id when going on led
 * to another circuit, as the task was changed since.
 */
export function useCircuitRun({ id, job, request }: CircuitAnswer, onDone: (id: string) => void) {
  const queries = useQueryClient();
  const latestJob = useRef<Job | null>(job);
  const { work, start, resume, cancel } = useWork(() => {
    void queries.invalidateQueries({ queryKey: ["circuits"] });
    onDone(id);
  });
  if (work.at === "following") latestJob.current = work.job;

  useEffect(() => {
    if (job) resume(job);
  }, [job, resume]);

  return {
    work,
    /** The last that was heard of the job: what it had finished when it stopped. */
    lastJob: latestJob.current,
    cancel,
    /** The same request again: finished examples are kept, so it goes on where it stopped. */
    goOn: () =>
      start(async () => {
        const next = await postCircuit(request);
        if (next.id !== id) onDone(next.id);
        return next;
      }),
  };
}
