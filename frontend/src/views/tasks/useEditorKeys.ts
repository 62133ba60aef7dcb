import { useEffect, useRef } from "react";

interface Keys {
  readonly undo: () => void;
  readonly redo: () => void;
  readonly save: () => void;
}

/**
 * Ctrl or ⌘ with Z, Y and S, wherever the focus is: else the browser would take back letters in a field
 * and leave the rest of that step in place. Searching has nothing to do with the task and keeps its own.
 */
export function useEditorKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const key = event.key.toLowerCase();
      const isOurs = (event.ctrlKey || event.metaKey) && !event.altKey && /^[zys]$/.test(key);
      const isSearch = event.target instanceof HTMLInputElement && event.target.type === "search";
      if (!isOurs || (isSearch && key !== "s")) return;
      event.preventDefault();
      const { undo, redo, save } = latest.current;
      if (key === "s") save();
      else if (key === "y" || event.shiftKey) redo();
      else undo();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
