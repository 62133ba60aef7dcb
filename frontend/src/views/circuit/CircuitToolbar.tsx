import { useState } from "react";
import type { EdgeRule } from "../../graph/selecting";
import { useExploration, useExplorer } from "../../state/explorer";
import { countable, FIRST_NODES, useVisibility } from "../../state/useFilter";
import type { SignChoice } from "../../state/viewCodec";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count } from "../../widgets/format";
import { Range } from "../../widgets/Range";
import { numberAt, positionOf } from "../explorer/budget";
import { useCommands } from "../explorer/CommandHost";
import { EdgeBudget, ToolbarEnd } from "../explorer/Toolbar";
import styles from "../explorer/Toolbar.module.css";
import own from "./Circuit.module.css";
import { HiddenNodes } from "./HiddenNodes";

export interface More {
  readonly nodes: number;
  readonly edges: number;
  readonly load: () => void;
}

interface CircuitToolbarProps {
  readonly isLoading: boolean;
  readonly isCut: boolean;
  readonly more?: More;
}

/** How much of the circuit is drawn, live: everything here works on what is loaded. */
export function CircuitToolbar({ isLoading, isCut, more }: CircuitToolbarProps) {
  const { data } = useExplorer();
  const [isUnfolded, setUnfolded] = useState(false);
  const { shown } = useVisibility();
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="View">
      <div className={styles.brief}>
        <Button
          size="s"
          icon="settings"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <span className="visuallyHidden">Thresholds: </span>
          {count(shown)} nodes
        </Button>
      </div>
      <div className={classes(styles.sliders, own.sliders, isUnfolded && styles.unfolded)}>
        <NodeBudget />
        <EdgeBudget
          label="Edges"
          hint="Edges drawn while no node is in focus, largest |weight| first, and the share of all |weight| they carry"
        />
        <EdgeRules />
        <SignFilter />
        <SlotColours />
      </div>
      <HiddenNodes isLoading={isLoading} isCut={isCut} {...(more ? { more } : {})} />
      <p className={own.counts} role="status" aria-live="polite">
        {count(shown)} of {count(data.view.nodes_total)} nodes
      </p>
      <ToolbarEnd />
    </div>
  );
}

/** Of the slider of nodes, from none to all. */
const STEP = 0.005;

/** The strongest so many nodes by |effect|. Steps grow with the number, as those of edges do. */
function NodeBudget() {
  const { data, store } = useExplorer();
  const budget = useExploration((state) => state.nodeBudget);
  const most = Math.max(1, countable(data));
  const number = Math.min(most, budget ?? FIRST_NODES);
  return (
    <Range
      label="Nodes"
      hint="The strongest nodes by |effect|; input and output always stay"
      value={positionOf(number, most, STEP)}
      min={0}
      max={1}
      step={STEP}
      text={`${count(number)} of ${count(Math.max(most, data.view.nodes_total - stays(data)))}`}
      onChange={(value) => store.getState().setNodeBudget(numberAt(value, number, most, STEP))}
    />
  );
}

const stays = (data: ReturnType<typeof useExplorer>["data"]): number =>
  data.nodes.count - countable(data);

const RULES: readonly (readonly [EdgeRule, string])[] = [
  ["strongest", "Strongest"],
  ["connected", "Connected"],
  ["greedy", "Greedy"],
];

/** Which edges the slider takes. What leads nowhere goes, and the nodes with it. */
function EdgeRules() {
  const { store } = useExplorer();
  const rule = useExploration((state) => state.edgeRule);
  return (
    <label className={own.choice}>
      <span className="visuallyHidden">Which edges</span>
      <select
        value={rule}
        title="Edges: the strongest; of those, what is connected to the output (and to the input); or greedily, best first from the output"
        onChange={({ target }) => store.getState().setEdgeRule(target.value as EdgeRule)}
      >
        {RULES.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const SIGNS: readonly (readonly [SignChoice | "", string])[] = [
  ["", "Both signs"],
  ["positive", "Supporting"],
  ["negative", "Opposing"],
];

function SignFilter() {
  const { store } = useExplorer();
  const sign = useExploration((state) => state.sign);
  return (
    <label className={own.choice}>
      <span className="visuallyHidden">Sign of the effect</span>
      <select
        value={sign ?? ""}
        title="Nodes by the sign of their effect"
        onChange={({ target }) =>
          store.getState().setSign((target.value || null) as SignChoice | null)
        }
      >
        {SIGNS.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Only where edges feed parts of heads. */
function SlotColours() {
  const { data } = useExplorer();
  const run = useCommands();
  const isBySlot = useExploration((state) => state.isBySlot);
  if (!data.edges.slot?.some((slot) => slot > 0)) return null;
  return (
    <Button
      size="s"
      look="quiet"
      aria-pressed={isBySlot}
      title="Colour edges by query, key, value, or by sign (q)"
      onClick={() => run("slots")}
    >
      <span className="visuallyHidden">Colour edges by what they feed: </span>
      <span className={own.slots}>
        <i>q</i>
        <i>k</i>
        <i>v</i>
      </span>
    </Button>
  );
}
