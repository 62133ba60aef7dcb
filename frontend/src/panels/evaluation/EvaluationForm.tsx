import { type FormEvent, type ReactNode, useState } from "react";
import type { EvaluationResult, EvaluationSettings } from "../../api/circuitViewQueries";
import { Button } from "../../widgets/Button";
import { parseSizes } from "./curves";
import styles from "./Evaluation.module.css";

const ABLATIONS: readonly (readonly [EvaluationSettings["ablation"], string])[] = [
  ["counterfactual", "Counterfactual: its value in the patch run"],
  ["resample", "Resample: its value in another example"],
  ["mean", "Mean over examples and positions"],
  ["mean_position", "Mean over examples, position by position"],
  ["zero", "Zero"],
];
const ERRORS: readonly (readonly [EvaluationSettings["errors"], string])[] = [
  ["circuit", "In the circuit like any node"],
  ["keep", "Always kept"],
  ["remove", "Never kept"],
];
const BASELINES: readonly (readonly [EvaluationSettings["baselines"][number], string])[] = [
  ["random", "Random scores"],
  ["activation", "Activation difference"],
  ["gradient", "Gradient only"],
];

export const DEFAULTS: EvaluationSettings = {
  ablation: "counterfactual",
  sizes: null,
  selection: "top",
  errors: "circuit",
  start_layer: 0,
  baselines: ["random", "activation", "gradient"],
  n_resamples: 20,
  stability_size: 0.05,
  seed: 0,
};

interface EvaluationFormProps {
  readonly level: EvaluationResult["level"];
  /** The highest layer number. */
  readonly layers: number;
  readonly isBusy: boolean;
  readonly isFirst: boolean;
  /** What the last evaluation was asked for. */
  readonly initial?: EvaluationSettings;
  readonly onEvaluate: (settings: EvaluationSettings) => void;
}

/** One button with good defaults; what they are is folded away below it. */
export function EvaluationForm(props: EvaluationFormProps) {
  const { level, layers, isBusy, isFirst, initial, onEvaluate } = props;
  const [changes, setChanges] = useState<Partial<EvaluationSettings>>({});
  const settings = { ...DEFAULTS, ...initial, ...changes };
  const [sizes, setSizes] = useState<string | null>(null);
  const sizesText = sizes ?? settings.sizes?.join(" ") ?? "";
  const parsed = parseSizes(sizesText, level);
  const problem = "problem" in parsed ? parsed.problem : null;
  const isFeatures = level === "features";
  const change = (more: Partial<EvaluationSettings>) => setChanges({ ...changes, ...more });

  function submit(event: FormEvent) {
    event.preventDefault();
    if ("sizes" in parsed && !isBusy) onEvaluate({ ...settings, sizes: parsed.sizes });
  }

  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.go}>
        <Button type="submit" look="primary" disabled={isBusy || problem !== null}>
          {isFirst ? "Evaluate" : "Evaluate again"}
        </Button>
        <span className={styles.brief}>
          {settings.ablation.replace("_", " ")} ablation,{" "}
          {settings.baselines.length === 0
            ? "no baselines"
            : `beside ${settings.baselines.length} baselines`}
          {settings.n_resamples > 0 && `, ${settings.n_resamples} redraws of examples`}
        </span>
      </div>
      <details className={styles.settings}>
        <summary>Settings</summary>
        <div className={styles.fields}>
          <Choice
            label="What stands in for the rest of the model"
            value={settings.ablation}
            options={ABLATIONS}
            onChange={(ablation) => change({ ablation })}
          />
          <Choice
            label="How a circuit of a size is chosen"
            value={settings.selection}
            options={[
              ["top", "Highest scores"],
              ["greedy", "Greedy, from the logits down"],
            ]}
            onChange={(selection) => change({ selection })}
          />
          {isFeatures && (
            <Choice
              label="Error terms"
              value={settings.errors}
              options={ERRORS}
              onChange={(errors) => change({ errors })}
            />
          )}
          {isFeatures && (
            <Field label="Start layer" note="Layers below stay as they are; free layers flatter.">
              <Count
                value={settings.start_layer}
                max={layers}
                onChange={(start_layer) => change({ start_layer })}
              />
            </Field>
          )}
          <Field
            label="Sizes"
            note={
              problem ??
              (isFeatures
                ? "Numbers of nodes; empty for a sweep over all."
                : "Shares of all edges; empty for the ten of the MIB benchmark.")
            }
            isWrong={problem !== null}
          >
            <input
              className={styles.input}
              value={sizesText}
              placeholder={isFeatures ? "10 50 100 500" : "0.1% 1% 10% 50%"}
              aria-invalid={problem !== null}
              onChange={({ target }) => setSizes(target.value)}
            />
          </Field>
          <Field
            label="Redraws of examples"
            note="How stable the circuit is when examples are drawn again; 0 for none."
          >
            <Count
              value={settings.n_resamples}
              max={10_000}
              onChange={(n_resamples) => change({ n_resamples })}
            />
          </Field>
          <Field label="Size redrawn, %" note="Of all edges or nodes: whose stability is measured.">
            <input
              className={styles.input}
              type="number"
              inputMode="decimal"
              min={0.1}
              max={100}
              step="any"
              value={settings.stability_size * 100}
              onChange={({ target }) => {
                const share = target.valueAsNumber / 100;
                if (share > 0 && share <= 1) change({ stability_size: share });
              }}
            />
          </Field>
          <Field label="Seed" note="Of redraws, resampling and random scores.">
            <Count value={settings.seed} max={2 ** 31 - 1} onChange={(seed) => change({ seed })} />
          </Field>
          <fieldset className={styles.baselines}>
            <legend>Baselines in the same plot</legend>
            {BASELINES.map(([name, text]) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={settings.baselines.includes(name)}
                  onChange={({ target }) =>
                    change({
                      baselines: BASELINES.map(([other]) => other).filter((other) =>
                        other === name ? target.checked : settings.baselines.includes(other),
                      ),
                    })
                  }
                />
                {text}
              </label>
            ))}
          </fieldset>
        </div>
      </details>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly note?: string;
  readonly isWrong?: boolean;
  readonly children: ReactNode;
}

function Field({ label, note, isWrong = false, children }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className={styles.field}>
      <span>{label}</span>
      {children}
      {note && <small className={isWrong ? styles.wrong : undefined}>{note}</small>}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      <select
        className={styles.input}
        value={value}
        onChange={({ target }) => onChange(target.value as T)}
      >
        {options.map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface CountProps {
  readonly value: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

function Count({ value, max, onChange }: CountProps) {
  return (
    <input
      className={styles.input}
      type="number"
      inputMode="numeric"
      min={0}
      max={max}
      step={1}
      value={value}
      onChange={({ target }) => {
        if (target.valueAsNumber >= 0) onChange(Math.min(max, Math.round(target.valueAsNumber)));
      }}
    />
  );
}
