import { useState } from "react";
import type { Stability } from "../../api/circuitViewQueries";
import { rowOf } from "../../graph/nodeId";
import { useExplorer, useGoTo } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { count, percent, score, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import styles from "./Evaluation.module.css";

const FIRST = 12;
const MORE = 300;

/** Circuits are not unique: how much of this one comes back when examples are drawn again. */
export function StabilityView({ stability }: { readonly stability: Stability }) {
  const { n_resamples, size, n_examples, total, mean_jaccard, chance, items, of } = stability;
  const [isWhole, setWhole] = useState(false);
  const sorted = [...items].sort((a, b) => b.frequency - a.frequency);
  return (
    <Section
      title={`Stability of ${of}`}
      note={`${count(n_resamples)} redraws of ${count(n_examples)} examples`}
    >
      <p className={styles.verdict}>
        A redrawn circuit of {count(size)} {of} shares <strong>{score(mean_jaccard)}</strong> with
        this one (Jaccard index); two random sets of that size out of {count(total)} share{" "}
        <strong>{score(chance)}</strong>.
      </p>
      <ol className={styles.stability}>
        {sorted.slice(0, isWhole ? MORE : FIRST).map(({ name, frequency, score: own }) => (
          <li key={name}>
            <span className={styles.share} aria-hidden="true">
              <span style={{ width: `${frequency * 100}%` }} />
            </span>
            <span className={styles.often}>{percent(frequency)}</span>
            <ItemName name={name} />
            <span className={styles.own}>{signed(own)}</span>
          </li>
        ))}
      </ol>
      {items.length > FIRST && (
        <Button size="s" look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show ${count(Math.min(MORE, items.length) - FIRST)} more`}
        </Button>
      )}
    </Section>
  );
}

/** A node that is loaded can be gone to; of an edge its target can. */
function ItemName({ name }: { readonly name: string }) {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const target =
    name
      .split("->")
      .at(-1)
      ?.replace(/<[qkv]>/, "") ?? name;
  const row = rowOf(data, target);
  if (row === null) return <code>{name}</code>;
  return (
    <button type="button" className={styles.item} onClick={() => goTo(row)}>
      <code>{name}</code>
    </button>
  );
}
