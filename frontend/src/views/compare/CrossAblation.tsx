import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, useImperativeHandle, useRef, useState } from "react";
import {
  type CircuitSummary,
  type EvaluationAnswer,
  type EvaluationResult,
  type EvaluationSettings,
  evaluationsQuery,
  startEvaluation,
} from "../../api/circuitViewQueries";
import { curveName } from "../../panels/evaluation/curves";
import { DEFAULTS } from "../../panels/evaluation/EvaluationForm";
import { WorkProgress } from "../../panels/evaluation/WorkProgress";
import { useWork } from "../../state/useWork";
import { Button } from "../../widgets/Button";
import { percent, score } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Range } from "../../widgets/Range";
import { Section } from "../../widgets/Section";
import { methodTitle } from "../circuit/methodTitle";
import styles from "./Compare.module.css";
import { isSameQuestion, pointAt, sharesOf } from "./cross";

interface CrossAblationProps {
  readonly a: CircuitSummary;
  readonly b: CircuitSummary;
}

const SETTINGS: EvaluationSettings = { ...DEFAULTS, baselines: ["random"], n_resamples: 0 };
const ABLATIONS = ["counterfactual", "resample", "mean", "zero"] as const;

interface CellHandle {
  readonly run: () => void;
}

/** Each circuit on each task: a circuit of a task should do well there and not elsewhere. */
export function CrossAblation({ a, b }: CrossAblationProps) {
  const [settings, setSettings] = useState(SETTINGS);
  const [at, setAt] = useState<number | null>(null);
  const cells = useRef(new Map<string, CellHandle>());
  const answers = { a: useQuery(evaluationsQuery(a.id)), b: useQuery(evaluationsQuery(b.id)) };
  if (a.model !== b.model)
    return (
      <Section title="Cross-ablation">
        <p className={styles.intro}>
          These circuits are of different models, so neither can be run in the other's place.
        </p>
      </Section>
    );
  const isOneTask = a.task.fingerprint === b.task.fingerprint;
  const tasks = isOneTask ? [a] : [a, b];
  const find = (circuit: CircuitSummary, task: CircuitSummary) =>
    (circuit === a ? answers.a : answers.b).data?.items.find(
      (item) =>
        item.against === againstOf(circuit, task) && isSameQuestion(item.settings, settings),
    );
  const found = [a, b].flatMap((circuit) => tasks.map((task) => find(circuit, task)?.result));
  const shares = sharesOf(found.find((result) => result) ?? null);
  const share = shares[Math.min(shares.length - 1, at ?? Math.floor(shares.length / 2))] ?? null;
  const error = answers.a.error ?? answers.b.error;
  return (
    <Section
      title="Cross-ablation"
      note="each circuit alone, everything else ablated, on each task"
    >
      <div className={styles.crossHead}>
        <label className={styles.field}>
          <span>Ablation</span>
          <select
            className={styles.input}
            value={settings.ablation}
            onChange={({ target }) =>
              setSettings({ ...settings, ablation: target.value as EvaluationSettings["ablation"] })
            }
          >
            {ABLATIONS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {share !== null && (
          <Range
            label="Size"
            value={shares.indexOf(share)}
            min={0}
            max={Math.max(1, shares.length - 1)}
            step={1}
            text={`${percent(share)} of all`}
            onChange={setAt}
          />
        )}
        <Button
          look="primary"
          onClick={() => {
            for (const cell of cells.current.values()) cell.run();
          }}
        >
          Run all that is missing
        </Button>
      </div>
      {error && <ProblemNote error={error} />}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Cross-ablation matrix">
        <table className={styles.matrix}>
          <caption className="visuallyHidden">
            Faithfulness of each circuit on each task, with random scores beside it
          </caption>
          <thead>
            <tr>
              <td />
              {tasks.map((task) => (
                <th key={task.id} scope="col">
                  on {isOneTask ? "their task" : `the task of ${task === a ? "A" : "B"}`}
                  <small>{task.task.title}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[a, b].map((circuit, row) => (
              <tr key={`${row}${circuit.id}`}>
                <th scope="row">
                  Circuit {row === 0 ? "A" : "B"}
                  <small>{methodTitle(circuit.method)}</small>
                </th>
                {tasks.map((task) => {
                  const key = `${row}${task.id}`;
                  return (
                    <td key={task.id}>
                      <Cell
                        key={`${settings.ablation}`}
                        ref={(handle) => {
                          if (handle) cells.current.set(key, handle);
                          else cells.current.delete(key);
                        }}
                        circuit={circuit}
                        against={againstOf(circuit, task)}
                        settings={settings}
                        answer={find(circuit, task)}
                        share={share}
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** Null on its own task: then it is an ordinary evaluation. */
const againstOf = (circuit: CircuitSummary, task: CircuitSummary): string | null =>
  circuit.id === task.id || circuit.task.fingerprint === task.task.fingerprint ? null : task.id;

interface CellProps {
  readonly ref: Ref<CellHandle>;
  readonly circuit: CircuitSummary;
  readonly against: string | null;
  readonly settings: EvaluationSettings;
  readonly answer: EvaluationAnswer | undefined;
  readonly share: number | null;
}

function Cell({ ref, circuit, against, settings, answer, share }: CellProps) {
  const queries = useQueryClient();
  const { work, start, cancel } = useWork(
    () => void queries.invalidateQueries(evaluationsQuery(circuit.id)),
  );
  const run = () =>
    start(() => startEvaluation(circuit.id, { settings, ...(against ? { against } : {}) }));
  const result = answer?.result ?? null;
  const isBusy = work.at === "starting" || work.at === "following";
  useImperativeHandle(ref, () => ({
    run: () => {
      if (result === null && !isBusy) void run();
    },
  }));
  if (work.at !== "idle" && result === null)
    return (
      <WorkProgress
        work={work}
        label="Progress of this evaluation"
        cancelled="Cancelled."
        onCancel={cancel}
        onRetry={run}
        retry="Run"
      />
    );
  if (result === null)
    return (
      <Button size="s" onClick={run}>
        Run
      </Button>
    );
  return <Figures result={result} share={share} />;
}

function Figures({
  result,
  share,
}: {
  readonly result: EvaluationResult;
  readonly share: number | null;
}) {
  const own = share === null ? null : pointAt(result, "circuit", share);
  const random = share === null ? null : pointAt(result, "random", share);
  const curve = result.curves.find(({ name }) => name === "circuit");
  const value = own?.faithfulness ?? null;
  return (
    <div
      className={styles.cell}
      style={{ "--fill": Math.min(1, Math.max(0, value ?? 0)) } as object}
    >
      <strong>{rounded(value)}</strong>
      <small>
        {own && `${own.size} ${result.level === "features" ? "nodes" : "edges"}; `}
        {curveName("random").toLowerCase()} {rounded(random?.faithfulness)}
      </small>
      <small>
        CMD {score(curve?.cmd ?? null)} · {result.n_examples} examples
      </small>
    </div>
  );
}

/** Two digits, and no sign before a zero. */
const rounded = (value: number | null | undefined): string =>
  score(value == null ? null : Math.abs(value) < 0.005 ? 0 : value).replace("-", "−");
