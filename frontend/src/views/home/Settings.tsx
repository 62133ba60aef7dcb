import { useStore } from "zustand";
import type { Model } from "../../api/types";
import { draftStore, type TargetKind } from "../../state/draft";
import { classes } from "../../widgets/classes";
import { count } from "../../widgets/format";
import { Icon } from "../../widgets/icons";
import { Segmented } from "../../widgets/Segmented";
import styles from "./Settings.module.css";
import { setOf, traceable, transcodersOf, untraceableNote } from "./traceable";

const TARGETS: readonly { value: TargetKind; text: string; brief: string }[] = [
  { value: "top_logits", text: "Top predictions", brief: "top predictions" },
  { value: "tokens", text: "Chosen tokens", brief: "chosen tokens" },
  { value: "logit_difference", text: "Difference A − B", brief: "difference A − B" },
];

interface SettingsProps {
  readonly models: readonly Model[] | undefined;
  readonly model: Model | undefined;
}

/** Folded away: the defaults are good, and the closed line says what they are. */
export function Settings({ models, model }: SettingsProps) {
  const draft = useStore(draftStore);
  const set = model && setOf(model, draft.dictionaries);
  const note = untraceableNote(models ?? []);
  return (
    <details className={styles.settings}>
      <summary className={styles.summary}>
        <Icon name="settings" />
        <span>{model ? `${model.name} · ${set?.set ?? "dictionaries"}` : "Settings"}</span>
        <span className={styles.rest}>
          {TARGETS.find(({ value }) => value === draft.targetKind)?.brief} ·{" "}
          {draft.maxFeatures
            ? `at most ${count(draft.maxFeatures)} features`
            : "up to 5,000 features"}
        </span>
      </summary>
      <div className={styles.fields}>
        <Choice
          label="Model"
          value={model?.name ?? ""}
          options={traceable(models ?? []).map(({ name, n_layers, d_model }) => [
            name,
            `${name}: ${n_layers} layers, width ${count(d_model)}`,
          ])}
          onChange={(name) => draftStore.setState({ model: name, dictionaries: null })}
          note={note}
        />
        <Choice
          label="Dictionaries"
          value={set?.id ?? ""}
          options={(model ? transcodersOf(model) : []).map(({ id, set: name, kind, width }) => [
            id,
            `${name}: ${kind}s, ${count(width)} features a layer`,
          ])}
          onChange={(dictionaries) => draftStore.setState({ dictionaries })}
        />
        <div className={classes(styles.field, styles.wide)}>
          <span className={styles.name}>Explain</span>
          <Segmented
            label="What to explain"
            name="targets"
            value={draft.targetKind}
            options={TARGETS}
            onChange={(targetKind) => draftStore.setState({ targetKind })}
          />
        </div>
        <label className={styles.field}>
          <span className={styles.name}>Features at most</span>
          <input
            className={styles.input}
            type="number"
            inputMode="numeric"
            min={1}
            step={100}
            placeholder="5,000"
            value={draft.maxFeatures ?? ""}
            onChange={({ target }) =>
              draftStore.setState({
                maxFeatures: target.valueAsNumber > 0 ? Math.round(target.valueAsNumber) : null,
              })
            }
          />
          <small className={styles.note}>
            The most influential ones; few prompts have more. What is left out is counted as error,
            never lost.
          </small>
        </label>
      </div>
    </details>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
  readonly note?: string;
}

function Choice({ label, value, options, onChange, note }: ChoiceProps) {
  return (
    <label className={styles.field}>
      <span className={styles.name}>{label}</span>
      <select
        className={styles.input}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      >
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
      {note && <small className={styles.note}>{note}</small>}
    </label>
  );
}
