import { Kind } from "../../graph/types";
import { useExplorer, useGoTo } from "../../state/explorer";
import { useHoverRow } from "../../state/useHoverRow";
import { classes } from "../../widgets/classes";
import { probability as formatProbability, percent } from "../../widgets/format";
import { NodeName } from "./NodeName";
import styles from "./NodeRow.module.css";

/** A node in a list: lit with the canvas, a click goes there. */
export function NodeRow({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const { kind, probability, influence } = data.nodes;
  const figure =
    kind[row] === Kind.logit
      ? formatProbability(probability[row] ?? 0)
      : percent(influence[row] ?? 0);
  const goTo = useGoTo();
  const { isLit, handlers } = useHoverRow(row);
  return (
    <button
      type="button"
      className={classes(styles.row, isLit && styles.lit)}
      onClick={() => goTo(row)}
      {...handlers}
    >
      <NodeName row={row} />
      <span className={styles.figure}>{figure}</span>
    </button>
  );
}
