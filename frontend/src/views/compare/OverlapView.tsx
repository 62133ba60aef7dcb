import type { Comparison, Overlap } from "../../api/circuitViewQueries";
import { count, plural, score } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import styles from "./Compare.module.css";

/** Shared, only A, only B: counts, Jaccard index, and what chance gives beside it. */
export function OverlapView({ comparison }: { readonly comparison: Comparison }) {
  return (
    <div className={styles.two}>
      <One title="Nodes" overlap={comparison.nodes} />
      <One title="Edges" overlap={comparison.edges} />
    </div>
  );
}

const MOST = 500;

function One({ title, overlap }: { readonly title: string; readonly overlap: Overlap }) {
  const { n_a, n_b, n_shared, universe, jaccard, chance, shared, only_a, only_b } = overlap;
  const onlyA = n_a - n_shared;
  const onlyB = n_b - n_shared;
  const union = Math.max(1, onlyA + onlyB + n_shared);
  return (
    <Section title={title} note={`out of ${count(universe)} there are`}>
      <div className={styles.bar} aria-hidden="true">
        <span className={styles.partA} style={{ width: `${(onlyA / union) * 100}%` }} />
        <span className={styles.partBoth} style={{ width: `${(n_shared / union) * 100}%` }} />
        <span className={styles.partB} style={{ width: `${(onlyB / union) * 100}%` }} />
      </div>
      <dl className={styles.counts}>
        <div>
          <dt>Only A</dt>
          <dd>{count(onlyA)}</dd>
        </div>
        <div>
          <dt>Shared</dt>
          <dd>{count(n_shared)}</dd>
        </div>
        <div>
          <dt>Only B</dt>
          <dd>{count(onlyB)}</dd>
        </div>
        <div title="Shared of all that is in either: 1 when both are the same">
          <dt>Jaccard</dt>
          <dd className={styles.main}>{score(jaccard)}</dd>
        </div>
        <div title="What two random sets of these sizes would share">
          <dt>by chance</dt>
          <dd>{score(chance)}</dd>
        </div>
      </dl>
      {union > 1 && (
        <details className={styles.lists}>
          <summary>Names</summary>
          <div>
            <Names title="Only A" names={only_a} />
            <Names title="Shared" names={shared} />
            <Names title="Only B" names={only_b} />
          </div>
        </details>
      )}
    </Section>
  );
}

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  return (
    <section
      className={styles.names}
      tabIndex={0}
      aria-label={`${title}: ${plural(names.length, "name")}`}
    >
      <h4>
        {title} ({count(names.length)})
      </h4>
      <ol>
        {names.slice(0, MOST).map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
        {names.length > MOST && <li>… and {count(names.length - MOST)} more</li>}
      </ol>
    </section>
  );
}
