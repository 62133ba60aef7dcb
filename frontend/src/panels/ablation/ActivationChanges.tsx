import { useState } from "react";
import type { ActivationChange, InterventionResult } from "../../api/types";
import { rowOf } from "../../graph/nodeId";
import { useExplorer, useGoTo } from "../../state/explorer";
import { useHoverRow } from "../../state/useHoverRow";
import { useLabel } from "../../state/useLabels";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { figure, plural } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { TokenText } from "../../widgets/TokenText";
import styles from "./ActivationChanges.module.css";
import { changeId } from "./marks";

const FIRST = 8;

/** Which other features moved; the same changes are painted on the graph. */
export function ActivationChanges({ result }: { readonly result: InterventionResult }) {
  const [isWhole, setWhole] = useState(false);
  const { activations, n_changed } = result;
  const shown = isWhole ? activations : activations.slice(0, FIRST);
  if (activations.length === 0) return null;
  return (
    <Section
      title="Features that moved"
      note={`${plural(n_changed, "feature")}; painted on the graph`}
    >
      <div>
        {shown.map((change) => (
          <ChangeRow key={changeId(change)} change={change} />
        ))}
      </div>
      {activations.length > FIRST && (
        <Button size="s" look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? "Show fewer"
            : `Show ${activations.length - FIRST} more${n_changed > activations.length ? ` of ${n_changed}` : ""}`}
        </Button>
      )}
    </Section>
  );
}

function ChangeRow({ change }: { readonly change: ActivationChange }) {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const row = rowOf(data, changeId(change));
  const label = useLabel(row ?? -1);
  const { isLit, handlers } = useHoverRow(row ?? -1);
  const difference = change.after - change.before;
  return (
    <button
      type="button"
      className={classes(styles.row, isLit && styles.lit)}
      disabled={row === null}
      title={
        row === null ? "Not among the nodes shown" : `predicted ${figure(change.predicted_after)}`
      }
      onClick={() => row !== null && goTo(row)}
      {...(row === null ? {} : handlers)}
    >
      <span className={styles.layer}>L{change.layer}</span>
      <span className={styles.name} title={label && `Feature ${change.layer} · ${change.index}`}>
        {label ?? change.index}
      </span>
      <span className={styles.token}>
        <TokenText text={data.tokens[change.position] ?? ""} />
      </span>
      {change.intervened && <span className={styles.set}>changed by you</span>}
      <span className={classes(styles.figure, difference >= 0 ? styles.raises : styles.lowers)}>
        {figure(change.before)} → {figure(change.after)}
      </span>
    </button>
  );
}
