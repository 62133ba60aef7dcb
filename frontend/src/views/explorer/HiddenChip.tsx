import { reachOf } from "../../graph/reach";
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
  const reach = reachOf(edges_total);
  const pruned = nodes_total - nodes_shown;
  const byHand = countKinds(data.nodes.kind, hiddenKinds);
  const { setThresholds, setHiddenKinds } = store.getState();
  return (
    <Popover
      title={`${plural(pruned + byHand, "node")} and ${plural(edges_total - edges_shown, "edge")} hidden`}
      align="start"
      trigger={
        <button type="button" className={classes(styles.chip, isPruning && styles.busy)}>
          <ChipText number={pruned + byHand} threshold={node_threshold} isByKind={byHand > 0} />
        </button>
      }
    >
      <p>{reason(node_threshold)}</p>
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
      {reach < 1 && (
        <p>
          With {count(edges_total)} edges this graph is too large to be drawn whole: the page shows
          up to {Math.round(reach * 100)} % of its influence.
        </p>
      )}
      <p className={styles.ways}>
        {node_threshold < reach && (
          <Button
            size="s"
            onClick={() => setThresholds({ node: reach, edge: reach < 1 ? 0.98 : 1 })}
          >
            {reach < 1
              ? `Show ${Math.round(reach * 100)} % of all influence`
              : "Show all with any influence"}
          </Button>
        )}
        {byHand > 0 && (
          <Button size="s" onClick={() => setHiddenKinds([])}>
            Show all kinds
          </Button>
        )}
      </p>
    </Popover>
  );
}

interface ChipTextProps {
  readonly number: number;
  readonly threshold: number;
  readonly isByKind: boolean;
}

function ChipText({ number, threshold, isByKind }: ChipTextProps) {
  if (number === 0) return "Nothing hidden";
  const why = threshold < 1 ? `below ${Math.round(threshold * 100)} %` : "without influence";
  return (
    <>
      {count(number)}
      <span className={styles.long}> {number === 1 ? "node" : "nodes"}</span> hidden
      <span className={styles.why}>
        {" "}
        {why}
        {isByKind && " or by kind"}
      </span>
    </>
  );
}

function reason(threshold: number): string {
  if (threshold === 1)
    return "Every node with any influence on the output is shown. Left out are those with none, and constants that give every shown node less than 1 % of its input:";
  return `The nodes shown carry ${Math.round(threshold * 100)} % of all influence on the output. Left out are:`;
}

function countKinds(kinds: Uint8Array, hidden: readonly string[]): number {
  if (hidden.length === 0) return 0;
  const codes = new Set<number>(hidden.map((name) => Kind[name as keyof typeof Kind]));
  return kinds.reduce((sum, kind) => sum + (codes.has(kind) ? 1 : 0), 0);
}
