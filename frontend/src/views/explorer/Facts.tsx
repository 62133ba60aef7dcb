import { count } from "../../widgets/format";
import styles from "./Facts.module.css";

export type Fact = [name: string, value: unknown];

/** Names and values, one below the other. */
export function Facts({ rows }: { readonly rows: readonly Fact[] }) {
  return (
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
  );
}

/** Nested settings as one list: `targets kind`. */
export function flatten(value: Readonly<Record<string, unknown>>, prefix: string): Fact[] {
  return Object.entries(value).flatMap(([name, inner]): Fact[] => {
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
