import { lazy, useCallback, useState } from "react";
import type { EvaluationResult } from "../../api/circuitViewQueries";
import { count, figure, percent } from "../../widgets/format";
import { LazyPart } from "../../widgets/LazyPart";
import { Section } from "../../widgets/Section";
import { Segmented } from "../../widgets/Segmented";
import { Skeleton } from "../../widgets/Skeleton";
import {
  curvesOf,
  figureOf,
  MEASURES,
  type Measure,
  type PlotColours,
  type Ranking,
  rankingsOf,
  settingsText,
} from "./curves";
import styles from "./Evaluation.module.css";
import { FigureMenu } from "./FigureMenu";
import { PointTable } from "./PointTable";
import { ScoreTable } from "./ScoreTable";
import { StabilityView } from "./StabilityView";

const Plot = lazy(() => import("./Plot"));

/** The curves of one evaluation, its scores, and every number behind them. */
export function EvaluationView({ result }: { readonly result: EvaluationResult }) {
  const rankings = rankingsOf(result);
  const [ranking, setRanking] = useState<Ranking>(rankings[0] ?? "absolute");
  const [measure, setMeasure] = useState<Measure>("faithfulness");
  const figureIn = useCallback(
    (colours: PlotColours) => figureOf(result, ranking, measure, colours),
    [result, ranking, measure],
  );
  return (
    <>
      <Section title="Over circuit size" note={`${count(result.n_examples)} examples`}>
        <div className={styles.choices}>
          <Segmented
            label="What to plot"
            name="measure"
            value={measure}
            options={MEASURES}
            onChange={setMeasure}
          />
          {rankings.length > 1 && (
            <Segmented
              label="Ranked by"
              name="ranking"
              value={ranking}
              options={[
                { value: "absolute", text: "|score|" },
                { value: "signed", text: "score" },
              ]}
              onChange={setRanking}
            />
          )}
          <FigureMenu result={result} ranking={ranking} measure={measure} />
        </div>
        <LazyPart
          fallback={
            <div className={styles.plotSpace}>
              <Skeleton label="Fetching the chart" lines={8} height="1.2rem" />
            </div>
          }
        >
          <Plot figure={figureIn} caption={captionOf(result, ranking, measure)} />
        </LazyPart>
        <p className={styles.reading}>{READING[measure]}</p>
        <p className={styles.provisos}>{settingsText(result)}</p>
        {result.notes.map((note) => (
          <p key={note} className={styles.provisos}>
            {note}
          </p>
        ))}
      </Section>
      <ScoreTable result={result} />
      <PointTable result={result} ranking={ranking} />
      {result.stability.map((stability) => (
        <StabilityView key={stability.of} stability={stability} />
      ))}
    </>
  );
}

const READING: Record<Measure, string> = {
  faithfulness:
    "1: the circuit alone does what the model does; 0: no better than nothing. Completeness is the same of everything outside the circuit: near 0 the circuit holds all that matters. The band is where half of the single examples lie.",
  soft: "The circuit's metric as a share of the model's; with a baseline far from zero it flatters.",
  hard: "How often the circuit's likeliest token is the model's.",
  kl: "How far the circuit's answers are from the model's, over the whole vocabulary. Lower is better.",
  metric: "The metric itself. Lines: the model as it is, and with everything ablated.",
};

function captionOf(result: EvaluationResult, ranking: Ranking, measure: Measure): string {
  const own = curvesOf(result, ranking)[0];
  const points = own?.points ?? [];
  const texts = points.map((point) => {
    const value = point[measure];
    return `${figure(point.size)} (${percent(point.fraction)}): ${value === null ? "undefined" : figure(value)}`;
  });
  return `${MEASURES.find(({ value }) => value === measure)?.text} of the circuit by size: ${texts.join("; ")}. The table below holds all numbers.`;
}
