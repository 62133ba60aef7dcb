import { Kind } from "../../graph/types";
import { useExploration, useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, plural } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "./HiddenChip.module.css";

const MANY: Record<string, string> = {
  feature: "features",
  error: "error terms",
  embedding: "tokens",
  position: "position embeddings",
  bias: "biases",
  start: "start-of-text terms",
  logit: "outputs",
};

/** Nothing is hidden without a count and a way to see it. */
export function HiddenChip({ isPruning }: { readonly isPruning: boolean }) {
  const { data, store } = useExplorer();
  const hiddenKinds = useExploration((state) => state.hiddenKinds);
  const { nodes_total, nodes_shown, edges_total, edges_shown, node_threshold, hidden } = data.view;
  const pruned = nodes_total - nodes_shown;
  const byHand = countKinds(data.nodes.kind, hiddenKinds);
  const { setThresholds, setHiddenKinds } = store.getState();
  return (
    <Popover
      title={`${plural(pruned + byHand, "node")} and ${plural(edges_total - edges_shown, "edge")} hidden`}
      align="start"
      trigger={
        <button type="button" className={classes(styles.chip, isPruning && styles.busy)}>
          {pruned + byHand === 0 ? (
            "Nothing hidden"
          ) : (
            <>
              {count(pruned + byHand)}
              <span className={styles.long}> nodes</span> hidden
              <span className={styles.long}>
                {" "}
                below {Math.round(node_threshold * 100)} %{byHand > 0 ? ", or by kind" : ""}
              </span>
            </>
          )}
        </button>
      }
    >
      <p>
        The nodes shown carry {Math.round(node_threshold * 100)} % of all influence on the output.
        Left out are:
      </p>
      <ul className={styles.kinds}>
        {Object.entries(hidden)
          .filter(([, number]) => number > 0)
          .sort(([, a], [, b]) => b - a)
          .map(([kind, number]) => (
            <li key={kind}>
              <span>{MANY[kind] ?? kind}</span>
              <span>{count(number)}</span>
            </li>
          ))}
        {byHand > 0 && (
          <li>
            <span>hidden by kind in the legend</span>
            <span>{count(byHand)}</span>
          </li>
        )}
      </ul>
      <p className={styles.ways}>
        <Button size="s" onClick={() => setThresholds({ node: 1, edge: 1 })}>
          Show everything
        </Button>
        {byHand > 0 && (
          <Button size="s" onClick={() => setHiddenKinds([])}>
            Show all kinds
          </Button>
        )}
      </p>
    </Popover>
  );
}

function countKinds(kinds: Uint8Array, hidden: readonly string[]): number {
  if (hidden.length === 0) return 0;
  const codes = new Set<number>(hidden.map((name) => Kind[name as keyof typeof Kind]));
  return kinds.reduce((sum, kind) => sum + (codes.has(kind) ? 1 : 0), 0);
}
