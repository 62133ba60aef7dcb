import { useMemo, useState } from "react";
import type { Comparison } from "../../api/circuitViewQueries";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { saveText } from "../../widgets/save";
import styles from "./Compare.module.css";
import { SIDE_NAMES, type SortKey, sidesOf, sortedEffects } from "./scatter";

interface DifferenceTableProps {
  readonly comparison: Comparison;
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}

const COLUMNS: readonly { readonly id: SortKey; readonly name: string }[] = [
  { id: "name", name: "Node" },
  { id: "a", name: "Effect in A" },
  { id: "b", name: "Effect in B" },
  { id: "difference", name: "B − A" },
  { id: "side", name: "In" },
];
const MOST = 400;

/** Every node of either circuit with both its effects, by any column. */
export function DifferenceTable({ comparison, chosen, onChoose }: DifferenceTableProps) {
  const [sort, setSort] = useState<{ by: SortKey; isDown: boolean }>({
    by: "difference",
    isDown: true,
  });
  const side = useMemo(() => sidesOf(comparison), [comparison]);
  const rows = useMemo(
    () => sortedEffects(comparison.effects, side, sort.by, sort.isDown),
    [comparison, side, sort],
  );

  function exportCsv() {
    const lines = rows.map(({ name, a, b }) =>
      [name, a, b, b - a, SIDE_NAMES[side(name)]].join(","),
    );
    const head = [`# A ${comparison.a.id}`, `# B ${comparison.b.id}`, "node,a,b,difference,in"];
    saveText(`${[...head, ...lines].join("\n")}\n`, "circuit-differences.csv", "text/csv");
  }

  return (
    <Section
      title="Differences"
      note={
        <>
          {count(Math.min(MOST, rows.length))} of {count(rows.length)} nodes{" "}
          <Button
            size="s"
            look="quiet"
            icon="export"
            aria-label="Save all as CSV"
            title="Save all as CSV"
            onClick={exportCsv}
          />
        </>
      }
    >
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Differences as a table">
        <table className={styles.table}>
          <thead>
            <tr>
              {COLUMNS.map(({ id, name }) => (
                <th
                  key={id}
                  scope="col"
                  aria-sort={sort.by !== id ? "none" : sort.isDown ? "descending" : "ascending"}
                >
                  <button
                    type="button"
                    onClick={() =>
                      setSort({ by: id, isDown: sort.by === id ? !sort.isDown : id !== "name" })
                    }
                  >
                    {name}
                    <span aria-hidden="true">
                      {sort.by === id ? (sort.isDown ? " ↓" : " ↑") : ""}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST).map(({ name, a, b }) => (
              <tr key={name} className={classes(name === chosen && styles.chosen)}>
                <th scope="row">
                  <button
                    type="button"
                    aria-pressed={name === chosen}
                    onClick={() => onChoose(name === chosen ? null : name)}
                  >
                    <code>{name}</code>
                  </button>
                </th>
                <td>{signed(a)}</td>
                <td>{signed(b)}</td>
                <td>{signed(b - a)}</td>
                <td>{SIDE_NAMES[side(name)]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
