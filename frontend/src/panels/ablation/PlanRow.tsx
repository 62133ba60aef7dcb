import { rowOf } from "../../graph/nodeId";
import { useExplorer, useGoTo } from "../../state/explorer";
import { type PlanItem, type PlanMode, planKey, SCALE_MAX, SCALE_MIN } from "../../state/plan";
import { useLabel } from "../../state/useLabels";
import { Button } from "../../widgets/Button";
import { figure } from "../../widgets/format";
import { Range } from "../../widgets/Range";
import { Segmented } from "../../widgets/Segmented";
import { TokenText } from "../../widgets/TokenText";
import styles from "./PlanRow.module.css";

const MODES: readonly { value: PlanMode; text: string }[] = [
  { value: "ablate", text: "Ablate" },
  { value: "scale", text: "Scale" },
  { value: "set", text: "Set" },
];

/** One feature and what is done to it. */
export function PlanRow({ item }: { readonly item: PlanItem }) {
  const { data, store } = useExplorer();
  const goTo = useGoTo();
  const key = planKey(item);
  const label = useLabel(rowOf(data, key) ?? -1);
  const row = rowOf(data, key);
  const activation = row === null ? null : (data.nodes.activation[row] ?? null);
  const change = (part: Partial<PlanItem>) => store.getState().putPlanItem({ ...item, ...part });

  function setMode(mode: PlanMode) {
    const value =
      mode === "set" ? Number((activation ?? 1).toFixed(2)) : mode === "scale" ? 2 : item.value;
    change({ mode, value });
  }

  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <button
          type="button"
          className={styles.name}
          disabled={row === null}
          onClick={() => row !== null && goTo(row)}
        >
          Feature {item.layer} · {item.index}
        </button>
        <span className={styles.was}>{activation !== null && <>now {figure(activation)}</>}</span>
        <Button
          look="quiet"
          size="s"
          icon="close"
          aria-label={`Leave feature ${item.layer} ${item.index} as it is`}
          onClick={() => store.getState().dropPlanItem(key)}
        />
      </div>
      <div className={styles.line}>
        <Segmented
          label="What to do"
          name={`mode-${key}`}
          value={item.mode}
          options={MODES}
          onChange={setMode}
        />
        <Segmented
          label="At which positions"
          name={`where-${key}`}
          value={item.everywhere ? "all" : "here"}
          options={[
            { value: "here", text: `at ${item.position}` },
            { value: "all", text: "everywhere" },
          ]}
          onChange={(where) => change({ everywhere: where === "all" })}
        />
      </div>
      {item.mode === "scale" && (
        <Range
          label="Factor"
          value={item.value}
          min={SCALE_MIN}
          max={SCALE_MAX}
          step={0.1}
          origin={1}
          text={`${figure(item.value)}×`}
          onChange={(value) => change({ value: Number(value.toFixed(2)) })}
        />
      )}
      {item.mode === "set" && (
        <label className={styles.set}>
          Activation
          <input
            type="number"
            step={0.1}
            value={item.value}
            onChange={({ target }) =>
              Number.isFinite(target.valueAsNumber) && change({ value: target.valueAsNumber })
            }
          />
        </label>
      )}
      <p className={styles.token}>
        {label && <>{label}, </>}
        {item.everywhere ? (
          "at every position"
        ) : (
          <>
            on <TokenText text={data.tokens[item.position] ?? ""} />
          </>
        )}
      </p>
    </li>
  );
}
