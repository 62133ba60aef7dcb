import { useMemo } from "react";
import { count, percent } from "../../widgets/format";
import { Range } from "../../widgets/Range";
import page from "../Page.module.css";
import type { EditedExample } from "./document";
import styles from "./SplitControl.module.css";
import { type Split, splitCounts } from "./split";

interface SplitControlProps {
  readonly examples: readonly EditedExample[];
  readonly split: Split;
  readonly onChange: (split: Split) => void;
}

/** Which part of the examples a circuit is found on, and which it is tested on. */
export function SplitControl({ examples, split, onChange }: SplitControlProps) {
  const marks = useMemo(() => examples.map((example) => example.split), [examples]);
  const marked = marks.filter((mark) => mark !== null).length;
  const { train, evaluation } = splitCounts(marks, split.share);
  return (
    <section className={styles.panel} aria-labelledby="split">
      <h2 id="split">Train / evaluation split</h2>
      <div className={styles.bar} aria-hidden="true">
        <span style={{ flexGrow: train }} />
        <span style={{ flexGrow: evaluation }} />
      </div>
      <p className={styles.counts} role="status">
        <span>
          <strong>{count(train)}</strong> to find the circuit
        </span>
        <span>
          <strong>{count(evaluation)}</strong> to test it
        </span>
      </p>
      {marked === marks.length ? (
        <p className={page.note}>Every example is marked for its side.</p>
      ) : (
        <Draw marked={marked} split={split} onChange={onChange} />
      )}
    </section>
  );
}

interface DrawProps {
  readonly marked: number;
  readonly split: Split;
  readonly onChange: (split: Split) => void;
}

/** For examples that are not marked: how many, and by which seed. */
function Draw({ marked, split, onChange }: DrawProps) {
  return (
    <>
      <Range
        label="Set aside"
        value={split.share}
        min={0.1}
        max={0.9}
        step={0.05}
        text={percent(split.share)}
        onChange={(share) => onChange({ ...split, share: Math.round(share * 100) / 100 })}
      />
      <label className={styles.seed}>
        <span>Seed</span>
        <input
          className={page.input}
          type="number"
          inputMode="numeric"
          min={0}
          step={1}
          value={split.seed}
          onChange={({ target }) =>
            onChange({ ...split, seed: Math.max(0, Math.round(target.valueAsNumber || 0)) })
          }
        />
        <small className={page.note}>
          {marked > 0
            ? `${count(marked)} examples are marked for a side; the seed draws among the others.`
            : "Equal examples stay together."}
        </small>
      </label>
    </>
  );
}
