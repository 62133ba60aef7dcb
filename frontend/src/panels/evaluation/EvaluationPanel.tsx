import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  type EvaluationAnswer,
  type EvaluationSettings,
  evaluationsQuery,
  startEvaluation,
} from "../../api/circuitViewQueries";
import { useExplorer } from "../../state/explorer";
import { useWork } from "../../state/useWork";
import { ago } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import styles from "./Evaluation.module.css";
import { EvaluationForm } from "./EvaluationForm";
import { EvaluationView } from "./EvaluationView";
import { WorkProgress } from "./WorkProgress";

/** How far to trust this circuit: one button, then curves, scores and their settings. */
export default function EvaluationPanel() {
  const { graph, data } = useExplorer();
  const level = data.circuit?.summary.level ?? "components";
  const { stored, newest, work, start, again, cancel, shown, choose, error, retry, isPending } =
    useEvaluations(graph);
  const isBusy = work.at === "starting" || work.at === "following";
  return (
    <div className={styles.panel}>
      <EvaluationForm
        level={level}
        layers={Math.max(1, ...[...data.nodes.layer].filter((layer) => layer >= 0))}
        isBusy={isBusy}
        isFirst={stored.length === 0}
        {...(newest ? { initial: newest.settings } : {})}
        onEvaluate={start}
      />
      <WorkProgress
        work={work}
        label="Progress of the evaluation"
        cancelled="Cancelled. What was measured is kept: evaluating again goes on from there."
        onCancel={cancel}
        onRetry={again}
        retry="Evaluate again"
      />
      {error && <ProblemNote error={error} onRetry={retry} />}
      {isPending && <Skeleton label="Looking for evaluations" lines={5} height="1.1rem" />}
      {stored.length > 1 && shown && (
        <label className={styles.which}>
          <span>Evaluation</span>
          <select value={shown.id} onChange={({ target }) => choose(target.value)}>
            {stored.map((evaluation) => (
              <option key={evaluation.id} value={evaluation.id}>
                {describe(evaluation)}
              </option>
            ))}
          </select>
        </label>
      )}
      {shown?.result && <EvaluationView key={shown.id} result={shown.result} />}
      {!isPending && !shown && !isBusy && !error && (
        <p className={styles.empty}>
          Not evaluated yet. An evaluation runs the circuit with everything else ablated, at several
          sizes, on the examples set aside, beside circuits chosen at random, by activation and by
          gradient.
        </p>
      )}
    </div>
  );
}

/** Stored evaluations, the one shown, and one that runs. */
function useEvaluations(circuit: string) {
  const queries = useQueryClient();
  const answer = useQuery(evaluationsQuery(circuit));
  const [chosen, choose] = useState<string | null>(null);
  const asked = useRef<EvaluationSettings | undefined>(undefined);
  const running = useRef<string | null>(null);
  const { work, start, resume, cancel } = useWork(() => {
    choose(running.current);
    void queries.invalidateQueries(evaluationsQuery(circuit));
  });
  const items = answer.data?.items.filter(({ against }) => against === null) ?? [];
  const stored = items.filter(({ result }) => result !== null);
  const active = items.find(({ status, job }) => job && ["queued", "running"].includes(status));
  const following = active?.job?.id;
  const latestActive = useRef(active);
  latestActive.current = active;
  useEffect(() => {
    const { current } = latestActive;
    if (!following || !current?.job) return;
    running.current = current.id;
    asked.current = current.settings;
    resume(current.job);
  }, [following, resume]);

  function ask(settings: EvaluationSettings) {
    asked.current = settings;
    return start(async () => {
      const started = await startEvaluation(circuit, { settings });
      running.current = started.id;
      return started;
    });
  }

  return {
    stored,
    newest: stored[0],
    shown: stored.find(({ id }) => id === chosen) ?? stored[0],
    choose,
    work,
    start: ask,
    again: () => asked.current && ask(asked.current),
    cancel,
    error: answer.error,
    retry: () => void answer.refetch(),
    isPending: answer.isPending,
  };
}

function describe({ settings, created_at }: EvaluationAnswer): string {
  const parts = [
    settings.ablation.replace("_", " "),
    ...(settings.selection === "greedy" ? ["greedy"] : []),
    ...(settings.errors === "circuit" ? [] : [`errors ${settings.errors}`]),
    ...(settings.start_layer > 0 ? [`from layer ${settings.start_layer}`] : []),
    ...(settings.n_resamples > 0 ? [`${settings.n_resamples} redraws`] : []),
    ago(created_at),
  ];
  return parts.join(" · ");
}
