import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { describeNode, longName } from "../../graph/names";
import { useExplorer, useGoTo } from "../../state/explorer";
import { useRowLabels } from "../../state/useLabels";
import { classes } from "../../widgets/classes";
import { Dialog } from "../../widgets/Dialog";
import styles from "./FindSheet.module.css";
import { findNodes } from "./findNodes";

const SHOWN = 40;

export default function FindSheet({ onClose }: { readonly onClose: () => void }) {
  const { data } = useExplorer();
  const goTo = useGoTo();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const list = useId();
  const names = useRowLabels();
  const found = useMemo(() => findNodes(data, query, names), [data, query, names]);
  const shown = found.slice(0, SHOWN);

  function choose(row: number | undefined) {
    if (row === undefined) return;
    goTo(row);
    onClose();
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setActive((now) => Math.min(shown.length - 1, Math.max(0, now + step)));
    }
    if (event.key === "Enter") choose(shown[active]);
  }

  return (
    <Dialog isOpen title="Find a node" isTitleHidden onClose={onClose}>
      <input
        className={styles.input}
        type="search"
        role="combobox"
        aria-label="Find a node by token, feature number, layer or text"
        aria-expanded={shown.length > 0}
        aria-controls={list}
        aria-activedescendant={shown.length > 0 ? `${list}-${active}` : undefined}
        placeholder={
          data.circuit
            ? "A head (“a2.h3”), a feature number, “L3”, “error”…"
            : "A token, a feature number, “L3”, “error”…"
        }
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <p className={styles.count} role="status">
        {found.length === 0
          ? data.circuit
            ? "No loaded node matches. Weaker nodes can be loaded from the chip that counts them."
            : "No shown node matches. Pruned nodes are not searched: raise the node threshold to include them."
          : `${found.length} of ${data.nodes.count} ${data.circuit ? "loaded" : "shown"} nodes, strongest first${found.length > SHOWN ? `; the first ${SHOWN} listed` : ""}`}
      </p>
      <div className={styles.list} id={list} role="listbox" aria-label="Nodes found">
        {shown.map((row, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above handles the keys
          <div
            key={row}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === active}
            className={classes(styles.entry, i === active && styles.active)}
            onPointerMove={() => setActive(i)}
            onClick={() => choose(row)}
          >
            <span>
              {longName(data, row)} <span className={styles.where}>{names.get(row)}</span>
            </span>
            <span className={styles.where}>{describeNode(data, row)}</span>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
