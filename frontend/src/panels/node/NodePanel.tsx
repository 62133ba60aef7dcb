import { rowOf } from "../../graph/nodeId";
import { reachOf } from "../../graph/reach";
import { Kind } from "../../graph/types";
import { dictionaryOf, useExploration, useExplorer, useGoTo } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { isProbable } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { Dashboard } from "../feature/Dashboard";
import { Neighbours } from "./Neighbours";
import { NodeFacts } from "./NodeFacts";
import { NodeHead } from "./NodeHead";
import styles from "./NodePanel.module.css";
import { NodeRow } from "./NodeRow";

const SUGGESTED = 8;

export function NodePanel() {
  const { data, store } = useExplorer();
  const selection = useExploration((state) => state.selection);
  if (selection === null) return <NothingSelected />;
  const row = rowOf(data, selection);
  const reach = reachOf(data.view.edges_total);
  if (row === null)
    return (
      <div className={styles.pruned}>
        <p>
          <code>{selection}</code> is not among the nodes shown. Its influence lies below the node
          threshold, or it has none on this output.
        </p>
        {data.view.node_threshold < reach && (
          <Button onClick={() => store.getState().setThresholds({ node: reach })}>
            {reach < 1
              ? `Show ${Math.round(reach * 100)} % of all influence`
              : "Show all with any influence"}
          </Button>
        )}
      </div>
    );
  const { kind, layer, index, activation } = data.nodes;
  return (
    <>
      <NodeHead row={row} />
      <NodeFacts row={row} />
      <Neighbours row={row} />
      {kind[row] === Kind.feature && (
        <Dashboard
          dictionary={dictionaryOf(data, layer[row] ?? 0)}
          index={index[row] ?? 0}
          activation={activation[row] ?? 0}
        />
      )}
    </>
  );
}

/** What to look at first: the outputs and the features that matter most. */
function NothingSelected() {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const { influence, kind } = data.nodes;
  const features = Array.from({ length: data.nodes.count }, (_, row) => row)
    .filter((row) => kind[row] === Kind.feature)
    .sort((a, b) => (influence[b] ?? 0) - (influence[a] ?? 0))
    .slice(0, SUGGESTED);
  const target = data.targets[0];
  return (
    <>
      <h2 className="visuallyHidden">Where to begin</h2>
      <p className={styles.intro}>
        Columns are tokens, rows are layers, the output is on top. Click a node to see what drives
        it; or begin with what the graph explains:
      </p>
      {target !== undefined && (
        <p className={styles.begin}>
          <Button look="primary" icon="arrow" onClick={() => goTo(target)}>
            Start at the output
          </Button>
        </p>
      )}
      <Section title="What the graph explains" note={isProbable(data.summary) ? "probability" : ""}>
        <div>
          {data.targets.map((row) => (
            <NodeRow key={row} row={row} bar={data.nodes.probability[row] ?? 0} />
          ))}
        </div>
      </Section>
      <Section title="Most influential features" note="share of all influence">
        <div>
          {features.map((row) => (
            <NodeRow key={row} row={row} />
          ))}
        </div>
      </Section>
    </>
  );
}
