import { useStore } from "zustand";
import { useExploration, useExplorer } from "../../state/explorer";
import { countable, useVisibility } from "../../state/useFilter";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, plural } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "../explorer/HiddenChip.module.css";
import own from "./Circuit.module.css";
import type { More } from "./CircuitToolbar";

const MANY: Record<string, string> = {
  feature: "features",
  error: "error terms",
  head: "heads",
  mlp: "MLPs",
  embedding: "inputs",
  logit: "outputs",
};

interface HiddenNodesProps {
  readonly isLoading: boolean;
  readonly isCut: boolean;
  readonly more?: More;
}

/** Nothing is hidden without a count, its reason, and a way to see it. */
export function HiddenNodes({ isLoading, isCut, more }: HiddenNodesProps) {
  const { data, store, drawn } = useExplorer();
  const { hidden, total, shown } = useVisibility();
  const sign = useExploration((state) => state.sign);
  const edges = useStore(drawn, (state) => state.edges);
  const { setNodeBudget, setSign, setHiddenKinds, setEdgeBudget } = store.getState();
  const reasons: readonly [text: string, number: number][] = [
    ["weaker than the slider", hidden.influence],
    ["of a kind switched off in the legend", hidden.kind],
    ["on no drawn way to the output", hidden.unconnected],
    [sign === "positive" ? "opposing" : "supporting", hidden.sign],
    ...Object.entries(data.circuit?.view.hidden ?? {}).map(([kind, number]): [string, number] => [
      `${MANY[kind] ?? kind} ${isCut ? "too weak to be loaded" : "with no effect"}`,
      number,
    ]),
  ];
  const edgesHidden = data.view.edges_total - (edges?.drawn ?? 0);
  return (
    <Popover
      title={`${plural(total - shown, "node")} and ${plural(edgesHidden, "edge")} hidden`}
      align="start"
      trigger={
        <button type="button" className={classes(styles.chip, own.chip, isLoading && styles.busy)}>
          {total === shown ? "No node hidden" : `${count(total - shown)} hidden`}
          {total !== shown && (
            <span className={styles.why}>
              : {reasons.find(([, number]) => number > 0)?.[0] ?? "weaker"}
              {reasons.filter(([, number]) => number > 0).length > 1 && " and others"}
            </span>
          )}
        </button>
      }
    >
      <p>
        {count(shown)} of {plural(total, "node")} and {count(edges?.drawn ?? 0)} of{" "}
        {plural(data.view.edges_total, "edge")} are drawn; a node in focus shows all its loaded
        edges. Left out are nodes
      </p>
      <ul className={styles.kinds}>
        {reasons
          .filter(([, number]) => number > 0)
          .map(([text, number]) => (
            <li key={text}>
              <span>{text}</span>
              <span>{count(number)}</span>
            </li>
          ))}
        {data.view.edges_total > data.edges.count && (
          <li>
            <span>
              and edges{" "}
              {isCut ? "too weak to be loaded" : "of no weight, or of nodes with no effect"}
            </span>
            <span>{count(data.view.edges_total - data.edges.count)}</span>
          </li>
        )}
      </ul>
      <p className={styles.ways}>
        {hidden.influence > 0 && (
          <Button size="s" onClick={() => setNodeBudget(countable(data))}>
            Show all loaded nodes
          </Button>
        )}
        {edges && edges.asked < edges.available && (
          <Button size="s" onClick={() => setEdgeBudget(edges.available)}>
            Draw all loaded edges
          </Button>
        )}
        {(hidden.kind > 0 || hidden.sign > 0) && (
          <Button
            size="s"
            onClick={() => {
              setHiddenKinds([]);
              setSign(null);
            }}
          >
            Show all kinds and signs
          </Button>
        )}
        {more && (
          <Button size="s" disabled={isLoading} onClick={more.load}>
            {isLoading ? "Loading…" : `Load up to ${count(more.nodes)} nodes`}
          </Button>
        )}
      </p>
    </Popover>
  );
}
