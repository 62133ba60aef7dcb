import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import type { TaskSummary } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { count, plural } from "../../widgets/format";
import { accuracyText } from "./accuracyText";
import styles from "./TaskList.module.css";
import { useAccuracy, useSeen } from "./useAccuracy";

interface TaskRowProps {
  readonly task: TaskSummary;
  readonly model: Model;
}

/** One task: how well the model does it, before anything else. */
export function TaskRow({ task, model }: TaskRowProps) {
  const row = useRef<HTMLLIElement>(null);
  const accuracy = useAccuracy(task, model, useSeen(row));
  return (
    <li ref={row} className={styles.row}>
      <Figure {...accuracy} />
      <div className={styles.what}>
        <Link
          to="/tasks/$id"
          params={{ id: task.id }}
          search={{ model: model.name }}
          className={styles.title}
        >
          {task.title || task.name}
        </Link>
        {task.description && <p className={styles.description}>{task.description}</p>}
        <p className={styles.facts}>
          <span>{plural(task.n_examples, "example")}</span>
          <span title={task.cases.join(", ")}>
            {task.cases.length > 0 ? plural(task.cases.length, "case") : "no cases"}
          </span>
          <span>{task.has_spans ? "spans marked" : "no spans"}</span>
          {task.kind === "tokens" && <span>token ids</span>}
          <span>{task.bundled ? `comes with ${task.model ?? "Headwater"}` : "yours"}</span>
        </p>
      </div>
      <Link
        to="/circuits/new"
        search={{ model: model.name, task: task.id }}
        className={styles.find}
        aria-label={`Find circuit for ${task.title || task.name}`}
      >
        Find circuit
      </Link>
    </li>
  );
}

type FigureProps = Pick<ReturnType<typeof useAccuracy>, "note" | "error">;

function Figure({ note, error }: FigureProps) {
  if (error && !note)
    return (
      <p className={styles.accuracy} title={error.message}>
        <span className={styles.unknown}>–</span>
        <small>not measured</small>
      </p>
    );
  if (!note)
    return (
      <p className={styles.accuracy} role="status" aria-label="Measuring the model's accuracy">
        <span className={styles.waiting} aria-hidden="true" />
        <small>measuring</small>
      </p>
    );
  const of = note.n < note.n_total ? `on ${count(note.n)} of ${count(note.n_total)}` : "accuracy";
  return (
    <p
      className={styles.accuracy}
      title={`The clean answer beats the patch answer on ${accuracyText(note.accuracy)} of ${count(note.n)} examples`}
    >
      <span>{accuracyText(note.accuracy)}</span>
      <small>{of}</small>
    </p>
  );
}
