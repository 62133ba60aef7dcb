import { nodeId, rowOf } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { useExploration, useExplorer } from "../../state/explorer";
import { planKey } from "../../state/plan";
import { Button } from "../../widgets/Button";
import { Section } from "../../widgets/Section";
import { showToast } from "../../widgets/toasts";
import { NodeRow } from "../node/NodeRow";
import styles from "./PinsPanel.module.css";

/** Nodes kept at hand. They stay marked in the graph, in the link, and through every threshold. */
export function PinsPanel() {
  const { data, store } = useExplorer();
  const pins = useExploration((state) => state.pins);
  const { togglePin, clearPins, putPlanItem, openPanel } = store.getState();
  if (pins.length === 0)
    return (
      <p className={styles.empty}>
        Nothing pinned. Press <kbd>Space</kbd> on a node, or Ctrl-click it, to keep it at hand here
        and in the link.
      </p>
    );

  function ablateAll() {
    for (const id of pins) {
      const row = rowOf(data, id);
      if (row === null || data.nodes.kind[row] !== Kind.feature) continue;
      const where = {
        layer: data.nodes.layer[row] ?? 0,
        index: data.nodes.index[row] ?? 0,
        position: data.nodes.position[row] ?? 0,
      };
      const isPlanned = store
        .getState()
        .plan.items.some((item) => planKey(item) === planKey(where));
      if (!isPlanned) putPlanItem({ ...where, everywhere: false, mode: "ablate", value: 1 });
    }
    openPanel("ablation");
  }

  return (
    <Section title="Pinned nodes">
      <ul className={styles.list}>
        {pins.map((id) => {
          const row = rowOf(data, id);
          return (
            <li key={id} className={styles.pin}>
              {row === null ? (
                <span className={styles.pruned} title="Pruned away at this node threshold">
                  {id} <small>hidden by the threshold</small>
                </span>
              ) : (
                <NodeRow row={row} />
              )}
              <Button
                look="quiet"
                size="s"
                icon="close"
                aria-label={`Unpin ${id}`}
                onClick={() => {
                  togglePin(id);
                  showToast(`Unpinned ${row === null ? id : nodeId(data, row)}.`, {
                    label: "Undo",
                    run: () => store.temporal.getState().undo(),
                  });
                }}
              />
            </li>
          );
        })}
      </ul>
      <p className={styles.ways}>
        {!data.circuit && (
          <Button size="s" icon="ablate" onClick={ablateAll}>
            Ablate pinned features
          </Button>
        )}
        <Button size="s" look="quiet" onClick={clearPins}>
          Unpin all
        </Button>
      </p>
    </Section>
  );
}
