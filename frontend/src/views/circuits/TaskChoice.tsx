import type { TaskSummary } from "../../api/taskQueries";
import page from "../Page.module.css";
import styles from "./CircuitForm.module.css";

interface TaskChoiceProps {
  readonly tasks: readonly TaskSummary[];
  readonly task: TaskSummary | undefined;
  readonly onChange: (id: string) => void;
}

export function TaskChoice({ tasks, task, onChange }: TaskChoiceProps) {
  const groups = [
    ["Yours", tasks.filter(({ bundled }) => !bundled)],
    ["Bundled", tasks.filter(({ bundled }) => bundled)],
  ] as const;
  return (
    <label className={`${page.field} ${styles.wide}`}>
      <span className={page.name}>Task</span>
      <select
        className={page.input}
        value={task?.id ?? ""}
        onChange={({ target }) => onChange(target.value)}
      >
        {!task && <option value="">Choose one</option>}
        {groups.map(([name, members]) =>
          members.length === 0 ? null : (
            <optgroup key={name} label={name}>
              {members.map(({ id, title, name: short, n_examples }) => (
                <option key={id} value={id}>
                  {title || short} ({n_examples})
                </option>
              ))}
            </optgroup>
          ),
        )}
      </select>
    </label>
  );
}
