import styles from "./CircuitForm.module.css";
import { costOf, type MethodForm } from "./methodSchema";

interface MethodPickerProps {
  readonly forms: readonly MethodForm[];
  readonly form: MethodForm;
  readonly hasDictionaries: boolean;
  readonly onChange: (form: MethodForm) => void;
}

/** Each method with what it does and what it costs; baselines folded below. */
export function MethodPicker({ forms, form, hasDictionaries, onChange }: MethodPickerProps) {
  const cards = (shown: readonly MethodForm[], legend: string) => (
    <fieldset className={styles.methods}>
      <legend className="visuallyHidden">{legend}</legend>
      {shown.map((one) => (
        <MethodCard
          key={one.id}
          form={one}
          isChosen={one.id === form.id}
          isPossible={hasDictionaries || !one.needsDictionaries}
          onChoose={() => onChange(one)}
        />
      ))}
    </fieldset>
  );
  const baselines = forms.filter(({ isBaseline }) => isBaseline);
  return (
    <>
      {cards(
        forms.filter(({ isBaseline }) => !isBaseline),
        "Method",
      )}
      {baselines.length > 0 && (
        <details className={styles.more} open={form.isBaseline || undefined}>
          <summary>Baselines, to compare with</summary>
          {cards(baselines, "Baseline")}
        </details>
      )}
    </>
  );
}

interface MethodCardProps {
  readonly form: MethodForm;
  readonly isChosen: boolean;
  readonly isPossible: boolean;
  readonly onChoose: () => void;
}

function MethodCard({ form, isChosen, isPossible, onChoose }: MethodCardProps) {
  const cost = costOf(
    form.id,
    (name) => form.settings.find((setting) => setting.name === name)?.default,
  );
  return (
    <label className={styles.method} title={form.source || undefined}>
      <input
        type="radio"
        name="method"
        value={form.id}
        checked={isChosen}
        disabled={!isPossible}
        onChange={onChoose}
      />
      <strong>{form.title}</strong>
      <p>{form.what}</p>
      <p className={styles.cost}>
        {isPossible
          ? cost
          : "Needs dictionaries of attention, MLP or residual stream; this model has none."}
      </p>
    </label>
  );
}
