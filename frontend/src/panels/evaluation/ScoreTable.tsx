import type { EvaluationResult } from "../../api/circuitViewQueries";
import { score } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { curveName } from "./curves";
import styles from "./Evaluation.module.css";

/** The areas under the curves, the baselines' beside them: random scores have them for free. */
export function ScoreTable({ result }: { readonly result: EvaluationResult }) {
  const names = [...new Set(result.curves.map(({ name }) => name))];
  const find = (name: string, ranking: "absolute" | "signed") =>
    result.curves.find((curve) => curve.name === name && curve.ranking === ranking) ??
    result.curves.find((curve) => curve.name === name);
  // Of numbers of nodes there are none; the notes above say so.
  if (result.curves.every(({ cpr, cmd }) => cpr === null && cmd === null)) return null;
  const rows = [...names].sort((a, b) => Number(b === "circuit") - Number(a === "circuit"));
  return (
    <Section title="Areas under the curves" note="random scores reach about .25 and .75 for free">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Ranking</th>
            <th
              scope="col"
              title="Circuit performance ratio: area under faithfulness, ranked by the signed score; higher is better"
            >
              CPR ↑
            </th>
            <th
              scope="col"
              title="Circuit-model distance: area under |1 − faithfulness|, ranked by |score|; 0 is best"
            >
              CMD ↓
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((name) => (
            <tr key={name} className={name === "circuit" ? styles.own : undefined}>
              <th scope="row">{curveName(name)}</th>
              <td>{score(find(name, "signed")?.cpr ?? null)}</td>
              <td>{score(find(name, "absolute")?.cmd ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
