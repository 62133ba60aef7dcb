import { useId } from "react";
import type { TaskCheck } from "../../api/taskQueries";
import page from "../Page.module.css";
import styles from "./CircuitForm.module.css";
import {
  type CircuitSearch,
  FEATURE_SITES,
  numberFault,
  readFeature,
  settingValue,
  type Value,
  withValue,
  writeFeature,
} from "./draft";
import { costOf, type MethodForm, optionText, type Setting } from "./methodSchema";
import { positionsFault } from "./positionsFault";

interface MethodSettingsProps {
  readonly search: CircuitSearch;
  readonly form: MethodForm;
  readonly check: TaskCheck | undefined;
  readonly onChange: (search: CircuitSearch) => void;
}

/** The chosen method's own settings, as the server describes them. */
export function MethodSettings({ search, form, check, onChange }: MethodSettingsProps) {
  const value = (name: string) => {
    const setting = form.settings.find((one) => one.name === name);
    return setting && settingValue(search, setting);
  };
  const cost = costOf(form.id, value);
  return (
    <>
      <p className={styles.source}>
        {cost !== "" && <strong>{cost}. </strong>}
        {form.source !== "" && `${form.source}.`}
        {!form.settings.some(({ name }) => name === "positions") &&
          " Summed over token positions: this method has no position axis."}
      </p>
      {form.settings.length > 0 && (
        <div className={styles.settings}>
          {form.settings.map((setting) => (
            <SettingField
              key={`${form.id} ${setting.name}`}
              setting={setting}
              value={settingValue(search, setting)}
              check={check}
              onChange={(next) => onChange(withValue(search, setting, next))}
            />
          ))}
        </div>
      )}
    </>
  );
}

interface SettingFieldProps {
  readonly setting: Setting;
  readonly value: Value;
  readonly check: TaskCheck | undefined;
  readonly onChange: (value: Value) => void;
}

function SettingField({ setting, value, check, onChange }: SettingFieldProps) {
  if (setting.kind === "flag")
    return (
      <label className={styles.flag}>
        <input
          type="checkbox"
          checked={value === true}
          onChange={({ target }) => onChange(target.checked)}
        />
        {setting.title}
      </label>
    );
  if (setting.kind === "number")
    return <NumberField setting={setting} value={value} onChange={onChange} />;
  if (setting.name === "positions")
    return (
      <fieldset className={styles.options}>
        <legend>{setting.title}</legend>
        {setting.options.map((option) => {
          const fault = positionsFault(option, check);
          return (
            <label key={option} className={styles.option}>
              <input
                type="radio"
                name="positions"
                checked={value === option}
                disabled={fault !== null && value !== option}
                onChange={() => onChange(option)}
              />
              <span>
                {optionText(option)}
                {fault !== null && <small>{fault}</small>}
              </span>
            </label>
          );
        })}
      </fieldset>
    );
  return <ChoiceField setting={setting} value={value} onChange={onChange} />;
}

interface FieldProps<Kind extends Setting["kind"]> {
  readonly setting: Extract<Setting, { kind: Kind }>;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

function NumberField({ setting, value, onChange }: FieldProps<"number">) {
  const id = useId();
  const fault = numberFault(setting, value);
  return (
    <label className={page.field}>
      <span className={page.name}>{setting.title}</span>
      <input
        className={page.input}
        type="number"
        inputMode={setting.isWhole ? "numeric" : "decimal"}
        min={setting.low ?? undefined}
        max={setting.high ?? undefined}
        step={setting.isWhole ? 1 : "any"}
        value={String(value)}
        aria-invalid={fault !== null || undefined}
        aria-describedby={id}
        onChange={({ target }) =>
          onChange(target.value === "" ? setting.default : target.valueAsNumber)
        }
      />
      <small id={id} className={fault ? page.fault : page.note}>
        {fault ?? setting.description}
      </small>
    </label>
  );
}

const FEATURE = "a feature's activation";

function ChoiceField({ setting, value, onChange }: FieldProps<"choice">) {
  const feature = setting.takesFeature ? readFeature(value) : null;
  return (
    <div className={page.field}>
      <label className={page.field}>
        <span className={page.name}>{setting.title}</span>
        <select
          className={page.input}
          value={feature ? FEATURE : String(value)}
          onChange={({ target }) =>
            onChange(
              target.value === FEATURE
                ? writeFeature({ site: "resid", layer: 0, index: 0 })
                : target.value,
            )
          }
        >
          {setting.options.map((option) => (
            <option key={option} value={option}>
              {optionText(option)}
            </option>
          ))}
          {setting.takesFeature && <option value={FEATURE}>A feature's activation</option>}
        </select>
      </label>
      {feature && (
        <div className={styles.feature}>
          <label className={page.field}>
            <span className={page.note}>Site</span>
            <select
              className={page.input}
              value={feature.site}
              onChange={({ target }) =>
                onChange(writeFeature({ ...feature, site: target.value as typeof feature.site }))
              }
            >
              {FEATURE_SITES.map((site) => (
                <option key={site}>{site}</option>
              ))}
            </select>
          </label>
          {(["layer", "index"] as const).map((part) => (
            <label key={part} className={page.field}>
              <span className={page.note}>{part === "layer" ? "Layer" : "Feature"}</span>
              <input
                className={page.input}
                type="number"
                inputMode="numeric"
                min={0}
                value={feature[part]}
                onChange={({ target }) =>
                  onChange(
                    writeFeature({
                      ...feature,
                      [part]: Math.max(0, Math.round(target.valueAsNumber || 0)),
                    }),
                  )
                }
              />
            </label>
          ))}
        </div>
      )}
      {setting.description !== "" && <small className={page.note}>{setting.description}</small>}
    </div>
  );
}
