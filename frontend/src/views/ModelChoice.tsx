import type { Model } from "../api/types";
import styles from "./Page.module.css";

interface ModelChoiceProps {
  readonly models: readonly Model[] | undefined;
  readonly model: Model | undefined;
  readonly onChange: (name: string) => void;
}

export function ModelChoice({ models, model, onChange }: ModelChoiceProps) {
  return (
    <label className={styles.field}>
      <span className={styles.name}>Model</span>
      <select
        className={styles.input}
        value={model?.name ?? ""}
        disabled={!models}
        onChange={({ target }) => onChange(target.value)}
      >
        {(models ?? []).map(({ name, n_layers }) => (
          <option key={name} value={name}>
            {name}, {n_layers} layers
          </option>
        ))}
      </select>
    </label>
  );
}
