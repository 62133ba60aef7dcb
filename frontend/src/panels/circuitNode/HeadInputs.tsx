import { SLOTS } from "../../graph/types";
import { useExplorer } from "../../state/explorer";
import { percent, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import styles from "./CircuitNode.module.css";
import { readsOf } from "./reads";

const NAMES = { q: "queries", k: "keys", v: "values" } as const;

/** Through which of its inputs a head takes part: where it looks (q, k) or what it moves (v). */
export function HeadInputs({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const reads = readsOf(data, row);
  const all = reads.reduce((sum, { size }) => sum + size, 0);
  if (all === 0) return null;
  return (
    <Section title="What it reads" note="sum of loaded weights; share of their sizes">
      <ul className={styles.reads}>
        {reads.map(({ slot, sum, size, edges }) => {
          const name = SLOTS[slot] as "q" | "k" | "v";
          return (
            <li key={slot}>
              <span className={styles[name]}>{name}</span>
              <span>{NAMES[name]}</span>
              <span className={styles.track} aria-hidden="true">
                <span style={{ width: `${(size / all) * 100}%` }} />
              </span>
              <span className={styles.number} title={`${edges} edges`}>
                {signed(sum)}
              </span>
              <span className={styles.number}>{percent(size / all)}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
