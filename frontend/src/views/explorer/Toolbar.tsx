import { useState } from "react";
import { useStore } from "zustand";
import { reachOf } from "../../graph/reach";
import { useExploration, useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count } from "../../widgets/format";
import { Range } from "../../widgets/Range";
import { numberAt, positionOf } from "./budget";
import { useCommands } from "./CommandHost";
import { HiddenChip } from "./HiddenChip";
import styles from "./Toolbar.module.css";

const share = (value: number) => `${Math.round(value * 100)} %`;

/** What is shown of the graph, and how much is not. */
export function Toolbar({ isPruning }: { readonly isPruning: boolean }) {
  const { data, store } = useExplorer();
  const [isUnfolded, setUnfolded] = useState(false);
  const reach = reachOf(data.view.edges_total);
  const node = Math.min(
    reach,
    useExploration((state) => state.nodeThreshold),
  );
  const edge = useExploration((state) => state.edgeThreshold);
  const { setThresholds } = store.getState();
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="View">
      <div className={styles.brief}>
        <Button
          size="s"
          icon="settings"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <span className="visuallyHidden">Thresholds: nodes </span>
          {share(node)} · <span className="visuallyHidden">edges </span>
          {share(edge)}
        </Button>
      </div>
      <div className={classes(styles.sliders, isUnfolded && styles.unfolded)}>
        <Range
          label="Nodes"
          hint="Keep the strongest nodes that together carry this share of all influence on the output"
          value={node}
          min={0.05}
          max={reach}
          step={0.01}
          text={share(node)}
          onChange={(value) => setThresholds({ node: value })}
        />
        <Range
          label="Edges"
          hint="Keep the strongest edges that together carry this share of the influence between kept nodes"
          value={edge}
          min={0.05}
          max={1}
          step={0.01}
          text={share(edge)}
          onChange={(value) => setThresholds({ edge: value })}
        />
        <EdgeBudget />
      </div>
      <HiddenChip isPruning={isPruning} />
      <p className={styles.counts} role="status" aria-live="polite">
        <span>
          {count(data.view.nodes_shown)} of {count(data.view.nodes_total)} nodes
        </span>
        <span>
          {count(data.view.edges_shown)} of {count(data.view.edges_total)} edges
        </span>
      </p>
      <ToolbarEnd />
    </div>
  );
}

/** What every explorer's toolbar ends with. */
export function ToolbarEnd() {
  const run = useCommands();
  return (
    <div className={styles.end}>
      <Button
        look="quiet"
        size="s"
        icon="search"
        aria-label="Find a node"
        title="Find a node (/)"
        onClick={() => run("find")}
      />
      <UndoRedo />
      <TableToggle />
    </div>
  );
}

/** Of a slider from none to all. */
const STEP = 0.01;

interface EdgeBudgetProps {
  readonly label?: string;
  readonly hint?: string;
}

/** Edges drawn at rest. Steps grow with the number, since ten more of a thousand change nothing. */
export function EdgeBudget({
  label = "Drawn",
  hint = "Edges drawn while no node is in focus, strongest first, and the share of all score they carry",
}: EdgeBudgetProps) {
  const { data, store, drawn } = useExplorer();
  const edges = useStore(drawn, (state) => state.edges);
  const most = Math.max(1, edges?.available ?? data.edges.count);
  const total = data.circuit ? data.view.edges_total : data.edges.count;
  const number = edges?.asked ?? 0;
  const { setEdgeBudget } = store.getState();
  return (
    <div className={styles.budget}>
      <Range
        label={label}
        hint={hint}
        value={positionOf(number, most, STEP)}
        min={0}
        max={1}
        step={STEP}
        text={`${count(edges?.drawn ?? 0)} of ${count(total)} (${share(edges?.share ?? 0)})`}
        onChange={(value) => setEdgeBudget(numberAt(value, number, most, STEP))}
      />
      {edges?.isAutomatic === false && (
        <Button
          look="quiet"
          size="s"
          icon="undo"
          aria-label="Draw an automatic number of edges"
          title="Back to an automatic number"
          onClick={() => setEdgeBudget(null)}
        />
      )}
    </div>
  );
}

function TableToggle() {
  const run = useCommands();
  const isTable = useExploration((state) => state.isTable);
  return (
    <Button
      look="quiet"
      size="s"
      icon={isTable ? "graph" : "table"}
      aria-pressed={isTable}
      aria-label="Nodes as a table"
      title={isTable ? "Back to the graph (v)" : "Nodes as a table (v)"}
      onClick={() => run("table")}
    />
  );
}

function UndoRedo() {
  const run = useCommands();
  const { store } = useExplorer();
  const canUndo = useStore(store.temporal, ({ pastStates }) => pastStates.length > 0);
  const canRedo = useStore(store.temporal, ({ futureStates }) => futureStates.length > 0);
  return (
    <>
      <Button
        look="quiet"
        size="s"
        icon="undo"
        aria-label="Undo"
        title="Undo (Ctrl+Z)"
        disabled={!canUndo}
        onClick={() => run("undo")}
      />
      <Button
        look="quiet"
        size="s"
        icon="redo"
        aria-label="Redo"
        title="Redo (Ctrl+Shift+Z)"
        disabled={!canRedo}
        onClick={() => run("redo")}
      />
    </>
  );
}
