import { longName } from "../../graph/names";
import { nodeId } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { dictionaryOf, useExploration, useExplorer } from "../../state/explorer";
import { planKey } from "../../state/plan";
import { Button } from "../../widgets/Button";
import { TokenText } from "../../widgets/TokenText";
import { Summary } from "../feature/Summary";
import styles from "./NodeHead.module.css";
import { TraceFrom } from "./TraceFrom";

export function NodeHead({ row }: { readonly row: number }) {
  const { data, store } = useExplorer();
  const { kind, layer, position, index } = data.nodes;
  const id = nodeId(data, row);
  const isPinned = useExploration((state) => state.pins.includes(id));
  const at = position[row] ?? 0;
  const where = { layer: layer[row] ?? 0, index: index[row] ?? 0, position: at };
  const isPlanned = useExploration(({ plan }) =>
    plan.items.some((item) => planKey(item) === planKey(where)),
  );
  const isFeature = kind[row] === Kind.feature;
  const { togglePin, putPlanItem, dropPlanItem, openPanel } = store.getState();

  function toggleAblation() {
    if (isPlanned) return dropPlanItem(planKey(where));
    putPlanItem({ ...where, everywhere: false, mode: "ablate", value: 1 });
    openPanel("ablation");
  }

  return (
    <div className={styles.head}>
      <h2 className={styles.title}>{longName(data, row)}</h2>
      <p className={styles.where}>
        {kind[row] === Kind.logit ? "predicted after" : "at"}{" "}
        <TokenText text={data.tokens[at] ?? ""} /> <span className={styles.at}>position {at}</span>{" "}
        <code className={styles.id}>{id}</code>
      </p>
      {isFeature && <Summary dictionary={dictionaryOf(data, where.layer)} index={where.index} />}
      <div className={styles.actions}>
        <Button
          size="s"
          icon="pin"
          aria-pressed={isPinned}
          onClick={() => togglePin(id)}
          title="Pin (Space)"
        >
          {isPinned ? "Pinned" : "Pin"}
        </Button>
        {isFeature && (
          <Button
            size="s"
            icon="ablate"
            aria-pressed={isPlanned}
            onClick={toggleAblation}
            title="Ablate (a)"
          >
            {isPlanned ? "In ablation" : "Ablate"}
          </Button>
        )}
        {isFeature && <TraceFrom layer={where.layer} index={where.index} position={at} />}
      </div>
    </div>
  );
}
