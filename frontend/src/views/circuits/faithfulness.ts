import type { EvaluationAnswer } from "../../api/circuitQueries";

/** Circuits are compared at these sizes: small enough to read, large enough to work. */
const NODES = 100;
const EDGE_SHARE = 0.1;

export interface FaithfulnessNote {
  readonly value: string;
  readonly name: string;
  /** No score without its settings. */
  readonly settings: string;
}

/** How faithful a circuit of a readable size is, by its newest evaluation on its own task. */
export function faithfulnessOf(evaluations: readonly EvaluationAnswer[]): FaithfulnessNote | null {
  const newest = evaluations.find(({ result, against }) => result !== null && against === null);
  const result = newest?.result;
  const curve = result?.curves.find(
    ({ name, ranking }) => name === "circuit" && ranking === "absolute",
  );
  if (!result || !curve) return null;
  const isFeatures = result.level === "features";
  const distance = isFeatures
    ? ({ size }: { size: number }) => Math.abs(Math.log(Math.max(1, size) / NODES))
    : ({ fraction }: { fraction: number }) => Math.abs(fraction - EDGE_SHARE);
  const [point] = curve.points
    .filter(({ faithfulness }) => faithfulness !== null)
    .sort((a, b) => distance(a) - distance(b));
  if (!point || point.faithfulness === null) return null;
  const size = `${point.size.toLocaleString("en-US")} ${isFeatures ? "nodes" : "edges"}`;
  return {
    value: point.faithfulness.toFixed(2),
    name: `at ${size}`,
    settings: `Faithfulness of the strongest ${size}, ${result.settings.ablation} ablation, ${result.n_examples} examples`,
  };
}
