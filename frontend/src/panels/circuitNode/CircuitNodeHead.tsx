import { longName, metricName, placeName, signWords, sublayerName } from "../../graph/names";
import { nodeId } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { dictionaryOfRow, useExploration, useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { figure, percent, signed } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import { Summary } from "../feature/Summary";
import styles from "../node/NodeHead.module.css";
import own from "./CircuitNode.module.css";

export function CircuitNodeHead({ row }: { readonly row: number }) {
  const { data, store } = useExplorer();
  const id = nodeId(data, row);
  const isPinned = useExploration((state) => state.pins.includes(id));
  const place = placeName(data, row);
  const kind = data.nodes.kind[row];
  return (
    <div className={classes(styles.head, own.head)}>
      <h2 className={styles.title}>{longName(data, row)}</h2>
      <p className={styles.where}>
        {kind === Kind.feature || kind === Kind.error ? sublayerName(data, row) : kindText(kind)}
        {place === "" ? (
          data.tokens.length === 1 && kind !== Kind.logit && ", all positions"
        ) : (
          <>
            {" "}
            at <TokenText text={place} />
          </>
        )}{" "}
        <code className={styles.id}>{id}</code>
      </p>
      {kind === Kind.feature && (
        <Summary dictionary={dictionaryOfRow(data, row)} index={data.nodes.index[row] ?? 0} />
      )}
      {kind !== Kind.logit && <Effect row={row} />}
      <div className={styles.actions}>
        <Button
          size="s"
          icon="pin"
          aria-pressed={isPinned}
          onClick={() => store.getState().togglePin(id)}
          title="Pin (Space)"
        >
          {isPinned ? "Pinned" : "Pin"}
        </Button>
      </div>
    </div>
  );
}

function kindText(kind: number | undefined): string {
  if (kind === Kind.head) return "attention head";
  if (kind === Kind.mlp) return "MLP";
  return kind === Kind.logit ? "output" : "token embeddings";
}

/** The figure, its unit, and what its sign says. */
function Effect({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const { circuit, nodes } = data;
  if (!circuit) return null;
  const effect = circuit.effect[row] ?? 0;
  const [positive, negative] = signWords(data);
  const metric = metricName(data.summary.method).toLowerCase();
  return (
    <div className={own.effect}>
      <p className={own.figures}>
        <span className={effect >= 0 ? own.supports : own.opposes}>{signed(effect)}</span>
        <span className={own.unit}>
          {metric}, ± {figure(circuit.spread[row] ?? 0)} over examples ·{" "}
          {percent(nodes.influence[row] ?? 0)} of all effects
        </span>
      </p>
      <p className={own.words}>
        {effect === 0
          ? "Patching it changes nothing on average."
          : effect > 0
            ? `It ${positive} the behaviour: patching it lowers the ${metric} by about ${figure(effect)}.`
            : `It ${negative} the behaviour: patching it raises the ${metric} by about ${figure(-effect)}.`}
      </p>
    </div>
  );
}
