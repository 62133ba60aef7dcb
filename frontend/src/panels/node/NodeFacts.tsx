import { Kind } from "../../graph/types";
import { useExplorer } from "../../state/explorer";
import {
  figure,
  probability as formatProbability,
  isProbable,
  percent,
} from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "./NodeFacts.module.css";

/** The node in figures. */
export function NodeFacts({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const { nodes } = data;
  const { kind, activation, influence, probability, value, rowResidual } = nodes;
  const measured = value[row] ?? Number.NaN;
  const residual = rowResidual[row] ?? Number.NaN;
  return (
    <div className={styles.facts}>
      {kind[row] === Kind.feature && (
        <Fact name="Activation" value={figure(activation[row] ?? 0)} />
      )}
      {kind[row] === Kind.logit && isProbable(data.summary) && (
        <Fact name="Probability" value={formatProbability(probability[row] ?? 0)} />
      )}
      {kind[row] !== Kind.logit && <Fact name="Influence" value={percent(influence[row] ?? 0)} />}
      {Number.isFinite(measured) && (
        <Popover
          title="Row completeness"
          opensOnHover
          trigger={
            <button type="button" className={styles.check}>
              <span className={styles.name}>Sum of inputs</span>
              <span className={styles.value}>{figure(measured - residual)}</span>
            </button>
          }
        >
          <p>
            Measured in the model: {figure(measured)}. All inputs of this node added up, pruned
            ones, errors and constants included: {figure(measured - residual)}. They differ by{" "}
            {figure(Math.abs(residual))}, which is rounding: nothing is left unexplained.
          </p>
        </Popover>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>{value}</span>
    </div>
  );
}
