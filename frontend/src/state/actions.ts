/** Every command of a view, once: shortcuts, help sheet, buttons and tests read the same list. */

export interface Action<Context> {
  readonly id: string;
  /** What it does, as the help sheet says it. */
  readonly label: string;
  readonly group: string;
  /** As `keyOf` writes them; the first is shown. */
  readonly keys: readonly string[];
  /** `canvas`: only while nothing else wants the key, e.g. a focused button wants Space. */
  readonly scope: "page" | "canvas";
  readonly run: (context: Context) => void;
}

/** `Ctrl+Shift+z`, `Alt+ArrowUp`, `?`: modifiers in this order; Ctrl stands for ⌘ too. */
export function keyOf(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const name = event.key === " " ? "Space" : isLetter ? event.key.toLowerCase() : event.key;
  // Shift is already in a sign such as "?", but not in a letter or a named key.
  const hasShift = event.shiftKey && (isLetter || name.length > 1);
  return [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    hasShift && "Shift",
    name,
  ]
    .filter(Boolean)
    .join("+");
}

export function findAction<C>(
  actions: readonly Action<C>[],
  key: string,
  isOnCanvas: boolean,
): Action<C> | undefined {
  return actions.find(({ keys, scope }) => keys.includes(key) && (scope === "page" || isOnCanvas));
}

/** Whether the reader is writing: then keys are text, except Escape and those with Ctrl. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

const SIGNS: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  "-": "−",
};

/** A key as it is printed for people. */
export function printedKey(key: string): string[] {
  const parts = key === "+" ? ["+"] : key.split("+").filter(Boolean);
  return parts.map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
