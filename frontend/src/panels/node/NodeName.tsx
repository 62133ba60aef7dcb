import { longName, placeName, shortName } from "../../graph/names";
import { Kind } from "../../graph/types";
import { useExplorer } from "../../state/explorer";
import { useDensity, useLabel } from "../../state/useLabels";
import { classes } from "../../widgets/classes";
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
  if (data.circuit && k !== Kind.feature) return <PartName row={row} />;
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
      {k !== Kind.position && (
        <span className={classes(styles.layer, data.circuit && styles.sublayer)}>
          {data.circuit ? data.lines[data.line[row] ?? 0] : `L${layer[row]}`}
        </span>
      )}
      {auto ? (
        <span className={styles.auto} title={`${longName(data, row)}: ${auto} (automatic)`}>
          {auto}
        </span>
      ) : (
        <span className={styles.label}>{shortName(data, row)}</span>
      )}
      {(!data.circuit || placeName(data, row) !== "") && (
        <span className={styles.at}>
          <TokenText text={token} />
        </span>
      )}
      {density !== undefined && (
        <small className={styles.dense} title={`Fires on ${percent(density)} of all tokens`}>
          <span className="visuallyHidden">fires on </span>
          {percent(density)}
          <span className={data.circuit ? "visuallyHidden" : undefined}> of tokens</span>
        </small>
      )}
    </span>
  );
}

const MARKS: Partial<Record<number, MarkKind>> = {
  [Kind.error]: "error",
  [Kind.head]: "head",
  [Kind.mlp]: "mlp",
};

/** Of a circuit: a head, an MLP, an error term, the input or the output. */
function PartName({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const place = placeName(data, row);
  return (
    <span className={styles.name}>
      <Mark kind={MARKS[data.nodes.kind[row] ?? 0] ?? "token"} />
      <span className={styles.label}>{longName(data, row)}</span>
      {place !== "" && (
        <span className={styles.at}>
          <TokenText text={place} />
        </span>
      )}
    </span>
  );
}

type MarkKind = "feature" | "error" | "token" | "constant" | "head" | "mlp";

function Mark({ kind }: { readonly kind: MarkKind }) {
  return (
    <svg className={styles.mark} width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
      {kind === "feature" && <circle cx="6" cy="6" r="4.4" />}
      {kind === "error" && <path d="M6 1.2 10.8 6 6 10.8 1.2 6Z" />}
      {kind === "token" && <rect x="1.6" y="1.6" width="8.8" height="8.8" rx="1.5" />}
      {kind === "head" && <rect x="0.8" y="3" width="10.4" height="6" rx="3" />}
      {kind === "mlp" && <rect x="1.2" y="3" width="9.6" height="6" />}
      {kind === "constant" && <path d="M6 1.6 10.8 10H1.2Z" />}
    </svg>
  );
}
