import { useEffect, useRef } from "react";
import type { GraphAnswer, Targets } from "../../api/types";
import { TraceProgress } from "../../panels/trace/TraceProgress";
import { useTrace } from "../../panels/trace/useTrace";

interface UnderWayProps {
  readonly answer: GraphAnswer;
  readonly onDone: () => void;
}

/** A graph somebody asked for that is still computed, or failed: its job, and the way on. */
export function UnderWay({ answer, onDone }: UnderWayProps) {
  const { tracing, start, resume, cancel } = useTrace(onDone);
  const job = useRef(answer.job);
  useEffect(() => {
    if (job.current) resume(answer.id, job.current);
  }, [answer.id, resume]);
  const again = () =>
    start({
      model: answer.model,
      dictionaries: answer.dictionaries,
      token_ids: [...answer.token_ids],
      targets: answer.method.targets as Targets,
      method: { max_features: (answer.method.max_features as number | null) ?? null },
    });
  return <TraceProgress tracing={tracing} onCancel={cancel} onRetry={again} />;
}
