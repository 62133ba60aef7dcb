import { type GraphData, Kind } from "../../graph/types";
import { useExplorer, useGoTo } from "../../state/explorer";
import { useHoverRow } from "../../state/useHoverRow";
import { classes } from "../../widgets/classes";
import {
  probability as formatProbability,
  isProbable,
  percent,
  signed,
} from "../../widgets/format";
import { NodeName } from "./NodeName";
import styles from "./NodeRow.module.css";

interface NodeRowProps {
  readonly row: number;
  /** Draws a bar of this share of the width. */
  readonly bar?: number;
}

/** A node in a list: lit with the canvas, a click goes there. */
export function NodeRow({ row, bar }: NodeRowProps) {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const { isLit, handlers } = useHoverRow(row);
  return (
    <button
      type="button"
      className={classes(styles.row, isLit && styles.lit)}
      onClick={() => goTo(row)}
      {...handlers}
    >
      {bar !== undefined && (
        <span className={classes(styles.bar, styles.plain)} style={{ width: `${bar * 100}%` }} />
      )}
      <NodeName row={row} />
      <span className={styles.figure}>{figureOf(data, row)}</span>
    </button>
  );
}

/** How likely an output is; how influential anything else. */
function figureOf(data: GraphData, row: number): string {
  const { kind, probability, influence } = data.nodes;
  if (data.circuit) return kind[row] === Kind.logit ? "" : signed(data.circuit.effect[row] ?? 0);
  if (kind[row] !== Kind.logit) return percent(influence[row] ?? 0);
  return isProbable(data.summary) ? formatProbability(probability[row] ?? 0) : "";
}
