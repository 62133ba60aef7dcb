import type { UseQueryResult } from "@tanstack/react-query";
import type { TaskAccuracy } from "../../api/taskQueries";
import { count, figure } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import styles from "./AccuracyPanel.module.css";
import { accuracyText } from "./accuracyText";

interface AccuracyPanelProps {
  readonly accuracy: UseQueryResult<TaskAccuracy>;
  readonly model: string;
  readonly isChanged: boolean;
  readonly chosenCase: string | null;
  readonly onCase: (name: string) => void;
}

/** The first question about a task: can the model do it at all? */
export function AccuracyPanel(props: AccuracyPanelProps) {
  const { accuracy, model, isChanged, chosenCase, onCase } = props;
  const { data, error } = accuracy;
  return (
    <section className={styles.panel} aria-labelledby="accuracy">
      <h2 id="accuracy">What {model} gets right</h2>
      {error && !data ? (
        <ProblemNote error={error} onRetry={() => accuracy.refetch()} />
      ) : !data ? (
        <Skeleton label={`Asking ${model} every example`} lines={3} height="1.1rem" />
      ) : (
        <>
          <dl className={styles.figures}>
            <div>
              <dt>clean answer beats patch answer</dt>
              <dd className={styles.main}>{accuracyText(data.accuracy)}</dd>
            </div>
            <div>
              <dt>clean answer is the likeliest token</dt>
              <dd>{accuracyText(data.top1)}</dd>
            </div>
            <div>
              <dt>mean logit difference{data.mean_metric_patch !== null && ", clean → patch"}</dt>
              <dd>
                {data.mean_metric === null ? "–" : figure(data.mean_metric)}
                {data.mean_metric_patch !== null && ` → ${figure(data.mean_metric_patch)}`}
              </dd>
            </div>
          </dl>
          <Cases accuracy={data} chosen={chosenCase} onChoose={onCase} />
          <p className={styles.note}>
            {data.n < data.n_total
              ? `Measured on ${count(data.n)} of ${count(data.n_total)} examples.`
              : `Measured on all ${count(data.n)} usable examples.`}
            {isChanged && " Your changes are measured once saved."}
          </p>
        </>
      )}
    </section>
  );
}

interface CasesProps {
  readonly accuracy: TaskAccuracy;
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

/** One bar a case; a click shows its examples alone. */
function Cases({ accuracy, chosen, onChoose }: CasesProps) {
  if (accuracy.by_case.length < 2) return null;
  return (
    <ul className={styles.cases} aria-label="By case">
      {accuracy.by_case.map((one) => (
        <li key={one.case}>
          <button
            type="button"
            className={styles.case}
            aria-pressed={one.case === chosen}
            title={`Show only “${one.case || "no case"}”`}
            onClick={() => onChoose(one.case)}
          >
            <span className={styles.name}>{one.case || "no case"}</span>
            <span className={styles.track} aria-hidden="true">
              <span style={{ width: `${(one.accuracy ?? 0) * 100}%` }} />
            </span>
            <span className={styles.value}>{accuracyText(one.accuracy)}</span>
            <span className={styles.number}>of {count(one.n)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
