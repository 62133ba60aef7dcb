import { useExplorer, useGoTo } from "../../state/explorer";
import { useHoverRow } from "../../state/useHoverRow";
import { classes } from "../../widgets/classes";
import { percent } from "../../widgets/format";
import { NodeName } from "./NodeName";
import styles from "./NodeRow.module.css";

/** A node in a list: lit with the canvas, a click goes there. */
export function NodeRow({ row }: { readonly row: number }) {
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
      <NodeName row={row} />
      <span className={styles.figure}>{percent(data.nodes.influence[row] ?? 0)}</span>
    </button>
  );
}
