import { useQuery } from "@tanstack/react-query";
import { lazy, useCallback, useState } from "react";
import { type Comparison, circuitQuery } from "../../api/circuitViewQueries";
import type { PlotColours } from "../../panels/evaluation/curves";
import { classes } from "../../widgets/classes";
import { LazyPart } from "../../widgets/LazyPart";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Section } from "../../widgets/Section";
import { Skeleton } from "../../widgets/Skeleton";
import { methodTitle } from "../circuit/methodTitle";
import styles from "./Compare.module.css";
import { CrossAblation } from "./CrossAblation";
import { DifferenceTable } from "./DifferenceTable";
import { OverlapView } from "./OverlapView";
import { SideBySide } from "./SideBySide";
import { haveOneUnit, scatterFigure, settingsDiffer } from "./scatter";

const Plot = lazy(() => import("../../panels/evaluation/Plot"));

interface ComparisonPartsProps {
  readonly comparison: Comparison;
  readonly nodes: number;
  readonly edges: number;
  readonly isStale: boolean;
}

export function ComparisonParts({ comparison, nodes, edges, isStale }: ComparisonPartsProps) {
  const { a, b } = comparison;
  const [chosen, setChosen] = useState<string | null>(null);
  const scatter = useCallback(
    (colours: PlotColours) => scatterFigure(comparison, chosen, colours),
    [comparison, chosen],
  );
  const onPoint = (name: unknown) => typeof name === "string" && setChosen(name);
  const isSameUnit = haveOneUnit(comparison);
  return (
    <div className={classes(styles.parts, isStale && styles.stale)} aria-busy={isStale}>
      <h2 className="visuallyHidden">What they share and where they differ</h2>
      <p className={styles.intro}>{differences(comparison)}</p>
      <OverlapView comparison={comparison} />
      <Drawings
        comparison={comparison}
        nodes={nodes}
        edges={edges}
        chosen={chosen}
        onChoose={setChosen}
      />
      <div className={styles.two}>
        <Section
          title="Effects of the same nodes"
          note={
            isSameUnit ? "both in units of the metric" : "not in one unit: compare ranks, not sizes"
          }
        >
          <LazyPart
            fallback={
              <div className={styles.plotSpace}>
                <Skeleton label="Fetching the chart" lines={8} height="1.2rem" />
              </div>
            }
          >
            <Plot
              figure={scatter}
              caption={`Effect in A against effect in B of ${comparison.effects.length} nodes. The table beside it holds the same figures.`}
              onPoint={onPoint}
            />
          </LazyPart>
        </Section>
        <DifferenceTable comparison={comparison} chosen={chosen} onChoose={setChosen} />
      </div>
      <CrossAblation a={a} b={b} />
    </div>
  );
}

/** What was asked differently, in a sentence. */
function differences({ a, b }: Comparison): string {
  const parts: string[] = [];
  if (a.task.fingerprint !== b.task.fingerprint)
    parts.push(
      a.task.title === b.task.title
        ? "they were found on different examples"
        : `A is of “${a.task.title}”, B of “${b.task.title}”`,
    );
  if (a.model !== b.model) parts.push(`A is of ${a.model}, B of ${b.model}`);
  const methods = settingsDiffer(a.method, b.method);
  if (a.method.method !== b.method.method)
    parts.push(`A comes from ${methodTitle(a.method)}, B from ${methodTitle(b.method)}`);
  else if (methods.length > 0) parts.push(`they differ in ${methods.join(", ")}`);
  if (parts.length === 0) return "Both were asked for in the same way, or are the same circuit.";
  return `${parts.join("; ")}.`.replace(/^./, (first) => first.toUpperCase());
}

interface DrawingsProps extends Omit<ComparisonPartsProps, "isStale"> {
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}

function Drawings({ comparison, nodes, edges, chosen, onChoose }: DrawingsProps) {
  const a = useQuery(circuitQuery(comparison.a.id, nodes, edges));
  const b = useQuery(circuitQuery(comparison.b.id, nodes, edges));
  const error = a.error ?? b.error;
  if (error) return <ProblemNote error={error} onRetry={() => void (a.error ? a : b).refetch()} />;
  if (!a.data || !b.data)
    return <Skeleton label="Fetching both drawings" lines={10} height="1.6rem" />;
  return (
    <SideBySide
      a={a.data}
      b={b.data}
      shared={comparison.nodes.shared}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}
