import { type UIEvent, useMemo, useState } from "react";
import { longName, placeName, sublayerName } from "../../graph/names";
import { nodeId } from "../../graph/nodeId";
import { useExploration, useExplorer } from "../../state/explorer";
import { useVisibility } from "../../state/useFilter";
import { classes } from "../../widgets/classes";
import { figure, percent, signed } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./NodeTable.module.css";
import { type SortColumn, sortedRows } from "./sortRows";

const ROW_PX = 32;
const AROUND = 12;

const COLUMNS: readonly { id: SortColumn; name: string }[] = [
  { id: "name", name: "Node" },
  { id: "layer", name: "Layer" },
  { id: "position", name: "Token" },
  { id: "activation", name: "Activation" },
  { id: "influence", name: "Influence" },
  { id: "inputs", name: "Inputs" },
  { id: "outputs", name: "Outputs" },
];

const IN_CIRCUITS: typeof COLUMNS = [
  { id: "name", name: "Node" },
  { id: "layer", name: "Sublayer" },
  { id: "position", name: "Position" },
  { id: "effect", name: "Effect" },
  { id: "spread", name: "Spread" },
  { id: "influence", name: "Of all effects" },
  { id: "inputs", name: "Inputs" },
  { id: "outputs", name: "Outputs" },
];

/** The same nodes as a sortable table: the graph for readers who cannot see it. */
export default function NodeTable() {
  const { data, store } = useExplorer();
  const selection = useExploration((state) => state.selection);
  const [sort, setSort] = useState<{ by: SortColumn; isDown: boolean }>({
    by: "influence",
    isDown: true,
  });
  const [top, setTop] = useState(0);
  const { mask } = useVisibility();
  const columns = data.circuit ? IN_CIRCUITS : COLUMNS;
  // A graph's table lists what the server sent; a circuit's what its sliders leave.
  const shownMask = data.circuit ? mask : undefined;
  const rows = useMemo(
    () => sortedRows(data, sort.by, sort.isDown, shownMask),
    [data, sort, shownMask],
  );
  const first = Math.max(0, Math.floor(top / ROW_PX) - AROUND);
  const shown = rows.slice(first, first + Math.ceil(window.innerHeight / ROW_PX) + 2 * AROUND);
  const onScroll = (event: UIEvent<HTMLDivElement>) => setTop(event.currentTarget.scrollTop);
  return (
    <div
      className={styles.holder}
      onScroll={onScroll}
      tabIndex={0}
      role="region"
      aria-label="Nodes as a table"
    >
      <table className={styles.table} aria-rowcount={rows.length + 1}>
        <caption className="visuallyHidden">
          {rows.length} nodes of the circuit. The first column's buttons select a node.
        </caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ id, name }) => (
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
          <Gap height={first * ROW_PX} />
          {shown.map((row, i) => (
            <tr
              key={row}
              aria-rowindex={first + i + 2}
              className={classes(styles.row, nodeId(data, row) === selection && styles.selected)}
            >
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={nodeId(data, row) === selection}
                  onClick={() => store.getState().select(nodeId(data, row))}
                >
                  {longName(data, row)}
                </button>
              </th>
              <Cells row={row} />
            </tr>
          ))}
          <Gap height={Math.max(0, rows.length - first - shown.length) * ROW_PX} />
        </tbody>
      </table>
    </div>
  );
}

function Cells({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const { layer, position, activation, influence } = data.nodes;
  const degree = (start: Uint32Array) => (start[row + 1] ?? 0) - (start[row] ?? 0);
  if (data.circuit)
    return (
      <>
        <td>{sublayerName(data, row)}</td>
        <td className={styles.token}>
          {placeName(data, row) === "" ? "all" : <TokenText text={placeName(data, row)} />}
        </td>
        <td>{signed(data.circuit.effect[row] ?? 0)}</td>
        <td>{figure(data.circuit.spread[row] ?? 0)}</td>
        <td>{percent(influence[row] ?? 0)}</td>
        <td>{degree(data.inputs.start)}</td>
        <td>{degree(data.outputs.start)}</td>
      </>
    );
  return (
    <>
      <td>{(layer[row] ?? -1) < 0 ? "–" : layer[row]}</td>
      <td className={styles.token}>
        {position[row]} <TokenText text={data.tokens[position[row] ?? 0] ?? ""} />
      </td>
      <td>{activation[row] ? figure(activation[row]) : ""}</td>
      <td>{percent(influence[row] ?? 0)}</td>
      <td>{degree(data.inputs.start)}</td>
      <td>{degree(data.outputs.start)}</td>
    </>
  );
}

function Gap({ height }: { readonly height: number }) {
  return height > 0 ? (
    <tr style={{ height }}>
      <td colSpan={IN_CIRCUITS.length} />
    </tr>
  ) : null;
}
