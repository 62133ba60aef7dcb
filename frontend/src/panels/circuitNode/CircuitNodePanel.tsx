import { useQuery } from "@tanstack/react-query";
import { circuitNodeQuery } from "../../api/circuitViewQueries";
import { strongestFirst } from "../../graph/filter";
import { metricName } from "../../graph/names";
import { rowOf } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { dictionaryOfRow, useExploration, useExplorer, useGoTo } from "../../state/explorer";
import { useVisibility } from "../../state/useFilter";
import { Button } from "../../widgets/Button";
import { count, plural } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Section } from "../../widgets/Section";
import { Skeleton } from "../../widgets/Skeleton";
import { Dashboard } from "../feature/Dashboard";
import { Neighbours } from "../node/Neighbours";
import styles from "../node/NodePanel.module.css";
import { NodeRow } from "../node/NodeRow";
import { CircuitNodeHead } from "./CircuitNodeHead";
import { ExampleEffects } from "./ExampleEffects";
import { HeadInputs } from "./HeadInputs";

/** One node of a circuit: what it does, on which examples, through which edges, and what it is. */
export function CircuitNodePanel() {
  const { data } = useExplorer();
  const selection = useExploration((state) => state.selection);
  if (selection === null) return <NothingSelected />;
  const row = rowOf(data, selection);
  if (row === null)
    return (
      <div className={styles.pruned}>
        <p>
          <code>{selection}</code> is not among the {plural(data.nodes.count, "node")} loaded: its
          effect is weaker, or the circuit has no such node. The chip that counts hidden nodes loads
          more.
        </p>
      </div>
    );
  const kind = data.nodes.kind[row];
  return (
    <>
      <CircuitNodeHead row={row} />
      {kind !== Kind.logit && <Examples row={row} />}
      {kind === Kind.head && <HeadInputs row={row} />}
      <Neighbours row={row} />
      {kind === Kind.feature && (
        <Dashboard
          dictionary={dictionaryOfRow(data, row)}
          index={data.nodes.index[row] ?? 0}
          activation={null}
        />
      )}
    </>
  );
}

function Examples({ row }: { readonly row: number }) {
  const { data, graph } = useExplorer();
  const name = data.circuit?.name[row] ?? "";
  const answer = useQuery(circuitNodeQuery(graph, name));
  if (answer.isPending)
    return (
      <Section title="By example">
        <Skeleton label="Fetching its effect on every example" lines={4} height="1.1rem" />
      </Section>
    );
  if (answer.isError)
    return (
      <Section title="By example">
        <ProblemNote error={answer.error} onRetry={() => answer.refetch()} />
      </Section>
    );
  return (
    <ExampleEffects
      key={name}
      details={answer.data}
      unit={metricName(data.summary.method).toLowerCase()}
    />
  );
}

const FIRST = 12;
const MORE = 200;

/** Where to begin: the strongest nodes, as the sliders and filters leave them. */
function NothingSelected() {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const { mask } = useVisibility();
  const isWhole = useExploration((state) => state.nodeBudget !== null);
  const rows = [...strongestFirst(data)].filter((row) => mask[row] === 1);
  const listed = rows.slice(0, isWhole ? MORE : FIRST);
  const target = data.targets[0];
  return (
    <>
      <h2 className="visuallyHidden">Where to begin</h2>
      <p className={styles.intro}>
        {data.tokens.length > 1 ? "Columns are positions, rows" : "Rows"} are sublayers from the
        input up; the output is on top. Blue nodes support the behaviour (patching them hurts),
        orange ones oppose it. Click a node to see its effect on every example.
      </p>
      {target !== undefined && (
        <p className={styles.begin}>
          <Button look="primary" icon="arrow" onClick={() => goTo(target)}>
            Start at the output
          </Button>
        </p>
      )}
      <Section
        title="Strongest nodes"
        note={`effect; ${count(listed.length)} of the ${count(rows.length)} shown`}
      >
        <div>
          {listed.map((row) => (
            <NodeRow key={row} row={row} />
          ))}
        </div>
      </Section>
    </>
  );
}
