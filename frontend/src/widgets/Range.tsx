import { type CSSProperties, useId } from "react";
import styles from "./Range.module.css";

interface RangeProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value in words, shown beside the slider and read aloud. */
  readonly text: string;
  /** Where the fill starts; the left end when absent. */
  readonly origin?: number;
  readonly hint?: string;
  readonly isLabelHidden?: boolean;
  readonly onChange: (value: number) => void;
}

/** A slider with its name and value; the native element, so every key and reader works. */
export function Range(props: RangeProps) {
  const { label, value, min, max, step, text, origin = min, hint, isLabelHidden, onChange } = props;
  const id = useId();
  const at = (x: number) => `${((Math.min(max, Math.max(min, x)) - min) / (max - min)) * 100}%`;
  const style = {
    "--from": at(Math.min(origin, value)),
    "--to": at(Math.max(origin, value)),
  } as CSSProperties;
  return (
    <div className={styles.range} title={hint}>
      <label htmlFor={id} className={isLabelHidden ? "visuallyHidden" : styles.label}>
        {label}
      </label>
      <input
        id={id}
        type="range"
        className={styles.input}
        style={style}
        value={value}
        min={min}
        max={max}
        step={step}
        aria-valuetext={text}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <output htmlFor={id} className={styles.value}>
        {text}
      </output>
    </div>
  );
}
