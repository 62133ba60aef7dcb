import { useEffect, useState } from "react";
import styles from "./Compare.module.css";

interface SizeFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** A number that counts once it is left or confirmed: a comparison for every digit would be noise. */
export function SizeField({ label, value, onChange }: SizeFieldProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  function settle() {
    const next = Math.round(Number(text));
    if (next >= 1 && next <= 1_000_000) {
      if (next !== value) onChange(next);
    } else setText(String(value));
  }
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        className={styles.input}
        type="number"
        inputMode="numeric"
        min={1}
        max={1_000_000}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onBlur={settle}
        onKeyDown={({ key }) => key === "Enter" && settle()}
      />
    </label>
  );
}
