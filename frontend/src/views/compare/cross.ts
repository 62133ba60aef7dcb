import type {
  CurvePoint,
  EvaluationResult,
  EvaluationSettings,
} from "../../api/circuitViewQueries";

/** Whether two evaluations may stand in one matrix; baselines and redraws do not matter there. */
export function isSameQuestion(one: EvaluationSettings, other: EvaluationSettings): boolean {
  return (
    one.ablation === other.ablation &&
    one.selection === other.selection &&
    one.errors === other.errors &&
    one.start_layer === other.start_layer &&
    one.seed === other.seed &&
    JSON.stringify(one.sizes ?? null) === JSON.stringify(other.sizes ?? null)
  );
}

function pointsOf(result: EvaluationResult, name: string): readonly CurvePoint[] {
  const own = result.curves.filter((curve) => curve.name === name);
  return (own.find(({ ranking }) => ranking === "absolute") ?? own[0])?.points ?? [];
}

/** Circuit sizes of an evaluation as shares of all there is, smallest first. */
export const sharesOf = (result: EvaluationResult | null): number[] =>
  result ? pointsOf(result, "circuit").map(({ fraction }) => fraction) : [];

/** The point of a curve whose size is nearest, by ratio. */
export function pointAt(result: EvaluationResult, name: string, share: number): CurvePoint | null {
  const away = ({ fraction }: CurvePoint) =>
    Math.abs(Math.log(Math.max(1e-9, fraction) / Math.max(1e-9, share)));
  return [...pointsOf(result, name)].sort((one, two) => away(one) - away(two))[0] ?? null;
}
