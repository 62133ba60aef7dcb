import { useMemo, useState } from "react";
import type { Comparison } from "../../api/circuitViewQueries";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { Segmented } from "../../widgets/Segmented";
import { saveText } from "../../widgets/save";
import styles from "./Compare.module.css";
import { SIDE_NAMES, type SortKey, sidesOf, sortedEffects } from "./scatter";

interface DifferenceTableProps {
  readonly comparison: Comparison;
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}

const COLUMNS: readonly { readonly id: SortKey; readonly name: string }[] = [
  { id: "name", name: "Name" },
  { id: "a", name: "In A" },
  { id: "b", name: "In B" },
  { id: "difference", name: "B − A" },
  { id: "side", name: "Found" },
];
const MOST = 400;

/** Every node of either circuit with both its effects, by any column. */
export function DifferenceTable({ comparison, chosen, onChoose }: DifferenceTableProps) {
  const [sort, setSort] = useState<{ by: SortKey; isDown: boolean }>({
    by: "difference",
    isDown: true,
  });
  const [what, setWhat] = useState<"nodes" | "edges">("nodes");
  const side = useMemo(() => sidesOf(comparison[what]), [comparison, what]);
  const all = what === "nodes" ? comparison.effects : comparison.weights;
  const rows = useMemo(() => sortedEffects(all, side, sort.by, sort.isDown), [all, side, sort]);

  function exportCsv() {
    const lines = rows.map(({ name, a, b }) =>
      [name, a, b, b - a, SIDE_NAMES[side(name)]].join(","),
    );
    const head = [
      `# A ${comparison.a.id}`,
      `# B ${comparison.b.id}`,
      `${what.slice(0, -1)},a,b,difference,in`,
    ];
    saveText(`${[...head, ...lines].join("\n")}\n`, `circuit-differences-${what}.csv`, "text/csv");
  }

  return (
    <Section
      title="Differences"
      note={
        <>
          {count(Math.min(MOST, rows.length))} of {count(rows.length)}{" "}
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
      <div>
        <Segmented
          label="Differences of"
          name="differences"
          value={what}
          options={[
            { value: "nodes", text: "Nodes" },
            { value: "edges", text: "Edges" },
          ]}
          onChange={setWhat}
        />
      </div>
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
              <tr
                key={name}
                className={classes(what === "nodes" && name === chosen && styles.chosen)}
              >
                <th scope="row">
                  <Name name={name} isEdge={what === "edges"} chosen={chosen} onChoose={onChoose} />
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

interface NameProps extends Omit<DifferenceTableProps, "comparison"> {
  readonly name: string;
  readonly isEdge: boolean;
}

/** A node is found in both drawings; of an edge the node that it ends at. */
function Name({ name, isEdge, chosen, onChoose }: NameProps) {
  const node = isEdge ? (name.split("->").at(-1) ?? name).replace(/<[qkv]>/, "") : name;
  return (
    <button
      type="button"
      aria-pressed={node === chosen}
      onClick={() => onChoose(node === chosen ? null : node)}
    >
      <code>{name}</code>
    </button>
  );
}
