import { describeNode, longName } from "../../graph/names";
import { useExplorer, useSelectedRow } from "../../state/explorer";

/** Says aloud what the drawing shows as selected. */
export function SelectionStatus() {
  const { data } = useExplorer();
  const selected = useSelectedRow();
  return (
    <p id="canvas-selection" className="visuallyHidden" aria-live="polite">
      {selected === null
        ? "Nothing selected."
        : `Selected: ${longName(data, selected)}, ${describeNode(data, selected)}`}
    </p>
  );
}
