import { longName, shortName } from "../../graph/names";
import { Kind } from "../../graph/types";
import { useExplorer } from "../../state/explorer";
import { useDensity, useLabel } from "../../state/useLabels";
import { percent } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./NodeName.module.css";

/** A node on one line: its mark, layer and name, and the token it sits on. */
export function NodeName({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const auto = useLabel(row);
  const density = useDensity(row);
  const { kind, layer, position } = data.nodes;
  const at = position[row] ?? 0;
  const k = kind[row];
  const token = data.tokens[at] ?? "";
  if (k === Kind.embedding)
    return (
      <span className={styles.name}>
        <Mark kind="token" />
        <TokenText text={token} /> <span className={styles.at}>token {at}</span>
      </span>
    );
  if (k === Kind.logit)
    return (
      <span className={styles.name}>
        <Mark kind="token" />
        <code>{shortName(data, row)}</code>
        <span className={styles.at}>output</span>
      </span>
    );
  return (
    <span className={styles.name}>
      <Mark kind={k === Kind.feature ? "feature" : k === Kind.error ? "error" : "constant"} />
      {k !== Kind.position && <span className={styles.layer}>L{layer[row]}</span>}
      {auto ? (
        <span className={styles.auto} title={`${longName(data, row)}: ${auto} (automatic)`}>
          {auto}
        </span>
      ) : (
        <span className={styles.label}>{shortName(data, row)}</span>
      )}
      <span className={styles.at}>
        <TokenText text={token} />
      </span>
      {density !== undefined && (
        <small className={styles.dense} title={`Fires on ${percent(density)} of all tokens`}>
          <span className="visuallyHidden">fires on </span>
          {percent(density)} of tokens
        </small>
      )}
    </span>
  );
}

function Mark({ kind }: { readonly kind: "feature" | "error" | "token" | "constant" }) {
  return (
    <svg className={styles.mark} width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
      {kind === "feature" && <circle cx="6" cy="6" r="4.4" />}
      {kind === "error" && <path d="M6 1.2 10.8 6 6 10.8 1.2 6Z" />}
      {kind === "token" && <rect x="1.6" y="1.6" width="8.8" height="8.8" rx="1.5" />}
      {kind === "constant" && <path d="M6 1.6 10.8 10H1.2Z" />}
    </svg>
  );
}
