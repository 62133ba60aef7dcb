import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { count, score } from "../../widgets/format";
import { Popover } from "../../widgets/Popover";
import styles from "./Provenance.module.css";

/** Where the graph comes from and what it was made with: enough to make it again. */
export function Provenance() {
  const { summary } = useExplorer().data;
  const rows: [name: string, value: unknown][] = [
    ["Graph", summary.id],
    ["Model", summary.model],
    ["Dictionaries", summary.dictionaries],
    ["Traced", new Date(summary.created_at).toLocaleString()],
    [
      "Size",
      `${count(summary.n_nodes)} nodes, ${count(summary.n_edges)} edges, ${count(summary.n_features)} features`,
    ],
    [
      "Scores",
      `replacement ${score(summary.replacement_score)}, completeness ${score(summary.completeness_score)}, leaf-free ${score(summary.completeness_score_leaf_free)}`,
    ],
    ...flatten(summary.method, "").filter(([, value]) => value !== null),
    ...flatten(summary.provenance, "").filter(([name]) => !name.startsWith("method")),
  ];
  return (
    <Popover
      title="How this graph was made"
      trigger={
        <Button
          look="quiet"
          icon="info"
          aria-label="How this graph was made"
          title="How this graph was made"
        />
      }
    >
      <dl className={styles.list}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Value value={text(value)} />
            </dd>
          </div>
        ))}
      </dl>
    </Popover>
  );
}

function flatten(value: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const path = `${prefix} ${name.replaceAll("_", " ")}`.trim();
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? flatten(inner as Record<string, unknown>, path)
      : [[path, inner]];
  });
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "number")
    return Number.isInteger(value) ? count(value) : value.toPrecision(3);
  return Array.isArray(value) ? value.map(text).join(", ") : String(value);
}

/** Fingerprints are told apart by their first letters; the whole one is a hover away. */
function Value({ value }: { readonly value: string }) {
  const isFingerprint = /^[0-9a-f]{40,}$/.test(value);
  return isFingerprint ? (
    <code title={value} className={styles.fingerprint}>
      {value.slice(0, 20)}…
    </code>
  ) : (
    value
  );
}
