import type { TaskSummary } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { count } from "../../widgets/format";
import { Icon } from "../../widgets/icons";
import page from "../Page.module.css";
import { accuracyText } from "../tasks/accuracyText";
import { useAccuracy } from "../tasks/useAccuracy";
import styles from "./TaskAccuracy.module.css";

/** Of two answers, chance gets so many right. */
export const CHANCE = 0.5;

interface TaskAccuracyProps {
  readonly task: TaskSummary;
  readonly model: Model;
}

/** How well the model does what a circuit is about to explain: a loud warning where it does not. */
export function TaskAccuracy({ task, model }: TaskAccuracyProps) {
  const { note, error } = useAccuracy(task, model, true);
  if (error && !note) return null; // what keeps the task from being read is told beside it
  if (!note)
    return (
      <p className={page.note} role="status">
        Asking {model.name} the task…
      </p>
    );
  if (note.accuracy === null) return null;
  const share = `${accuracyText(note.accuracy)} of ${count(note.n)} examples`;
  if (note.accuracy > CHANCE)
    return (
      <p className={page.note} role="status">
        {model.name} prefers the clean answer on {share}.
      </p>
    );
  return (
    <p className={styles.warning} role="alert">
      <Icon name="warning" size={18} />
      <span>
        <strong>
          {model.name} prefers the clean answer on {share} only, no better than chance.
        </strong>{" "}
        A circuit would explain a behaviour that the model does not show.
      </span>
    </p>
  );
}
