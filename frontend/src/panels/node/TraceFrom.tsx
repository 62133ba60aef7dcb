import { useNavigate } from "@tanstack/react-router";
import type { TraceRequest } from "../../api/types";
import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { TraceProgress } from "../trace/TraceProgress";
import { useTrace } from "../trace/useTrace";
import styles from "./TraceFrom.module.css";

interface TraceFromProps {
  readonly layer: number;
  readonly index: number;
  readonly position: number;
}

/** Traces the same prompt with this feature as the thing to explain, and goes there. */
export function TraceFrom({ layer, index, position }: TraceFromProps) {
  const { summary } = useExplorer().data;
  const navigate = useNavigate();
  const { tracing, start, cancel, reset } = useTrace((graph) =>
    navigate({ to: "/g/$id", params: { id: graph } }),
  );
  const request: TraceRequest = {
    model: summary.model,
    dictionaries: summary.dictionaries,
    token_ids: [...summary.token_ids],
    targets: { kind: "feature", layer, index, position },
  };
  return (
    <>
      <Button
        size="s"
        icon="trace"
        title="Draw the graph that explains this feature's activation"
        disabled={tracing.at === "starting" || tracing.at === "following"}
        onClick={() => start(request)}
      >
        Trace from here
      </Button>
      {tracing.at !== "idle" && (
        <div className={styles.progress}>
          <TraceProgress
            tracing={tracing}
            onCancel={cancel}
            onRetry={() => start(request)}
            onDismiss={reset}
          />
        </div>
      )}
    </>
  );
}
