import { useStore } from "zustand";
import { useExplorer } from "./explorer";

/** Props for a list entry that stands for a node: lit with the canvas, and lighting it. */
export function useHoverRow(row: number) {
  const { hover } = useExplorer();
  const isLit = useStore(hover, (state) => state.row === row);
  const enter = () => hover.setState({ row, from: "list" });
  const leave = () => hover.setState({ row: null, from: null });
  return {
    isLit,
    handlers: { onPointerEnter: enter, onPointerLeave: leave, onFocus: enter, onBlur: leave },
  };
}
