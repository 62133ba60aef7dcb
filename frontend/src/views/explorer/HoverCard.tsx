import { useStore } from "zustand";
import { describeNode, longName } from "../../graph/names";
import { useExplorer, useSelectedRow } from "../../state/explorer";
import styles from "./HoverCard.module.css";

const GAP = 14;

/** A few words beside the node under the pointer, on the side that has room. */
export function HoverCard() {
  const { data, hover, canvas } = useExplorer();
  const { row, from } = useStore(hover);
  const selected = useSelectedRow();
  const point = row === null ? null : canvas.current?.screenOf(row);
  const isShown = row !== null && row < data.nodes.count && point && from === "canvas";
  return (
    <>
      {isShown && (
        <div
          className={styles.card}
          aria-hidden="true"
          style={{ left: point.x, top: point.y, translate: placement(point) }}
        >
          <strong>{longName(data, row)}</strong>
          <span>{describeNode(data, row)}</span>
        </div>
      )}
      <p id="canvas-selection" className="visuallyHidden" aria-live="polite">
        {selected === null
          ? "Nothing selected."
          : `Selected: ${longName(data, selected)}, ${describeNode(data, selected)}`}
      </p>
    </>
  );
}

function placement({ x, y }: { readonly x: number; readonly y: number }): string {
  const across = x > window.innerWidth * 0.45 ? `calc(-100% - ${GAP}px)` : `${GAP}px`;
  const down = y > window.innerHeight * 0.5 ? `calc(-100% - ${GAP}px)` : `${GAP}px`;
  return `${across} ${down}`;
}
