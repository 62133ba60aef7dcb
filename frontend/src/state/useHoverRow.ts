import { type PointerEvent, useEffect } from "react";
import { useStore } from "zustand";
import { useExplorer } from "./explorer";

/** Props for a list entry that stands for a node: lit with the canvas, and lighting it. */
export function useHoverRow(row: number) {
  const { hover } = useExplorer();
  const isLit = useStore(hover, (state) => state.row === row);
  const enter = () => hover.setState({ row, from: "list" });
  const leave = () => hover.setState({ row: null, from: null });
  // A finger does not hover: its tap selects, and nothing would take the light away again.
  const point = (event: PointerEvent) => event.pointerType !== "touch" && enter();
  // An entry that goes away under the pointer hears no leaving.
  useEffect(
    () => () => {
      const { row: lit, from } = hover.getState();
      if (from === "list" && lit === row) hover.setState({ row: null, from: null });
    },
    [hover, row],
  );
  return {
    isLit,
    handlers: { onPointerEnter: point, onPointerLeave: leave, onFocus: enter, onBlur: leave },
  };
}
