import { rowOf } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import { useExploration, useExplorer } from "../../state/explorer";
import { type PlanItem, planKey } from "../../state/plan";
import { Button } from "../../widgets/Button";
import { Section } from "../../widgets/Section";
import styles from "./AblationPanel.module.css";
import { PlanRow } from "./PlanRow";
import { Results } from "./Results";

/** Which features to change, how, and what that does to the model. */
export function AblationPanel() {
  const { store } = useExplorer();
  const plan = useExploration((state) => state.plan);
  const { clearPlan, setFreezeAttention } = store.getState();
  return (
    <>
      <Section title="Change these features">
        {plan.items.length === 0 && (
          <p className={styles.empty}>
            Nothing changed yet. Select a feature and press <kbd>A</kbd> to switch it off; several
            can be changed together. The model then runs again with the change in place.
          </p>
        )}
        <ul className={styles.plan}>
          {plan.items.map((item) => (
            <PlanRow key={planKey(item)} item={item} />
          ))}
        </ul>
        <div className={styles.ways}>
          <AddButton />
          {plan.items.length > 0 && (
            <Button size="s" look="quiet" onClick={clearPlan}>
              Clear
            </Button>
          )}
        </div>
        {plan.items.length > 0 && (
          <label className={styles.freeze}>
            <input
              type="checkbox"
              checked={plan.freezeAttention}
              onChange={(event) => setFreezeAttention(event.target.checked)}
            />
            <span>
              Freeze attention
              <small>Attention patterns keep their values, as the graph assumes.</small>
            </span>
          </label>
        )}
      </Section>
      {plan.items.length > 0 && <Results />}
    </>
  );
}

/** Adds the selected feature, or all pinned ones. */
function AddButton() {
  const { data, store } = useExplorer();
  const selection = useExploration((state) => state.selection);
  const pins = useExploration((state) => state.pins);
  const plan = useExploration((state) => state.plan);
  const planned = new Set(plan.items.map(planKey));
  const addable = (ids: readonly string[]) =>
    ids.flatMap((id) => {
      const item = itemOf(id);
      return item && !planned.has(planKey(item)) ? [item] : [];
    });

  function itemOf(id: string): PlanItem | null {
    const row = rowOf(data, id);
    if (row === null || data.nodes.kind[row] !== Kind.feature) return null;
    const { layer, index, position } = data.nodes;
    return {
      layer: layer[row] ?? 0,
      index: index[row] ?? 0,
      position: position[row] ?? 0,
      everywhere: false,
      mode: "ablate",
      value: 1,
    };
  }

  const selected = addable(selection ? [selection] : []);
  const pinned = addable(pins);
  const add = (items: readonly PlanItem[]) =>
    items.forEach((item) => {
      store.getState().putPlanItem(item);
    });
  return (
    <>
      {selected.length > 0 && (
        <Button size="s" icon="plus" onClick={() => add(selected)}>
          Add the selected feature
        </Button>
      )}
      {pinned.length > 0 && (
        <Button size="s" icon="plus" onClick={() => add(pinned)}>
          Add {pinned.length === 1 ? "the pinned feature" : `${pinned.length} pinned features`}
        </Button>
      )}
    </>
  );
}
