import type { CurvePoint, EvaluationResult } from "../../api/circuitViewQueries";
import { count, figure, percent } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { curvesOf, type Ranking } from "./curves";
import styles from "./Evaluation.module.css";

interface PointTableProps {
  readonly result: EvaluationResult;
  readonly ranking: Ranking;
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : figure(value);

const COLUMNS: readonly {
  readonly name: string;
  readonly title: string;
  readonly text: (point: CurvePoint) => string;
}[] = [
  {
    name: "Faithful",
    title: "Faithfulness, a ratio of means",
    text: (p) => number(p.faithfulness),
  },
  {
    name: "Complete",
    title: "Completeness: faithfulness of the rest; near 0 is good",
    text: (p) => number(p.completeness),
  },
  {
    name: "Median",
    title: "Faithfulness of single examples: their median",
    text: (p) => number(p.quantiles?.median),
  },
  {
    name: "Middle half",
    title: "Faithfulness of single examples: first and third quartile",
    text: ({ quantiles: q }) => (q ? `${figure(q.q1)} … ${figure(q.q3)}` : "–"),
  },
  {
    name: "Worst 5 %",
    title: "A twentieth of the examples lie below",
    text: (p) => number(p.quantiles?.worst5),
  },
  {
    name: "Soft",
    title: "Metric of the circuit / metric of the model",
    text: (p) => number(p.soft),
  },
  {
    name: "Hard",
    title: "Share of examples with the model's top token",
    text: (p) => number(p.hard),
  },
  { name: "KL", title: "Nats", text: (p) => number(p.kl) },
  { name: "Metric", title: "Mean metric", text: (p) => number(p.metric) },
];

/** The circuit's curve in numbers: what the plot shows, for eyes, ears and papers. */
export function PointTable({ result, ranking }: PointTableProps) {
  const own = curvesOf(result, ranking)[0];
  if (!own) return null;
  const unit = result.level === "features" ? "Nodes" : "Edges";
  return (
    <Section title="By size, and over single examples" note="this circuit">
      <div
        className={styles.scroll}
        tabIndex={0}
        role="region"
        aria-label="Numbers by circuit size"
      >
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{unit}</th>
              {COLUMNS.map(({ name, title }) => (
                <th key={name} scope="col" title={title}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {own.points.map((point) => (
              <tr key={point.asked}>
                <th
                  scope="row"
                  title={
                    point.asked === point.size
                      ? percent(point.fraction)
                      : `${percent(point.fraction)}; ${count(point.asked)} before dead ends were removed`
                  }
                >
                  {count(point.size)}
                </th>
                {COLUMNS.map(({ name, text }) => (
                  <td key={name}>{text(point)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
