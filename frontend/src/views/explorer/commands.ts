import { nodeId, rowOf } from "../../graph/nodeId";
import { Kind } from "../../graph/types";
import type { Action } from "../../state/actions";
import type { Direction, Explorer, ExplorerPath } from "../../state/explorer";
import { planKey } from "../../state/plan";
import { toggleTheme } from "../../state/theme";
import { linkTo } from "../../state/useAddress";
import { showToast } from "../../widgets/toasts";

export type Sheet = "help" | "find" | null;

export interface CommandContext extends Explorer {
  readonly sheet: Sheet;
  readonly openSheet: (sheet: Sheet) => void;
}

type Command = Action<CommandContext>;

const walk = (direction: Direction, key: string, label: string): Command => ({
  id: `walk-${direction}`,
  label,
  group: "Walk",
  keys: [key],
  scope: "canvas",
  run: (context) => goNext(context, direction),
});

const COMMON: readonly Command[] = [
  walk("left", "ArrowLeft", "Node to the left"),
  walk("right", "ArrowRight", "Node to the right"),
  walk("up", "ArrowUp", "Node above"),
  walk("down", "ArrowDown", "Node below"),
  {
    ...walk("output", "Alt+ArrowUp", "Follow the strongest output"),
    scope: "page",
  },
  {
    ...walk("input", "Alt+ArrowDown", "Follow the strongest input"),
    scope: "page",
  },
  {
    id: "open-node",
    label: "Open the selected node's panel",
    group: "Select",
    keys: ["Enter"],
    scope: "canvas",
    run: (context) => selectFirst(context) && context.store.getState().openPanel("node"),
  },
  {
    id: "pin",
    label: "Pin or unpin the selected node",
    group: "Select",
    keys: ["Space", "p"],
    scope: "canvas",
    run: (context) => togglePin(context),
  },
  {
    id: "find",
    label: "Find a node by token, feature or text",
    group: "Select",
    keys: ["/", "Ctrl+k"],
    scope: "page",
    run: ({ openSheet }) => openSheet("find"),
  },
  {
    id: "fit",
    label: "Fit everything",
    group: "View",
    keys: ["0"],
    scope: "page",
    run: ({ canvas }) => canvas.current?.fit(),
  },
  {
    id: "zoom-in",
    label: "Zoom in",
    group: "View",
    keys: ["+", "="],
    scope: "page",
    run: ({ canvas }) => canvas.current?.zoomBy(1.4),
  },
  {
    id: "zoom-out",
    label: "Zoom out",
    group: "View",
    keys: ["-"],
    scope: "page",
    run: ({ canvas }) => canvas.current?.zoomBy(1 / 1.4),
  },
  {
    id: "table",
    label: "Nodes as a table, and back",
    group: "View",
    keys: ["v"],
    scope: "page",
    run: ({ store }) => store.getState().setTable(!store.getState().isTable),
  },
  {
    id: "panel",
    label: "Show or hide the side panel",
    group: "View",
    keys: ["]"],
    scope: "page",
    run: ({ store }) => store.getState().togglePanel(),
  },
  {
    id: "next-panel",
    label: "Next tab of the side panel",
    group: "View",
    keys: ["["],
    scope: "page",
    run: ({ store }) => store.getState().nextPanel(),
  },
  {
    id: "theme",
    label: "Light or dark theme",
    group: "View",
    keys: ["t"],
    scope: "page",
    run: toggleTheme,
  },
  {
    id: "copy-link",
    label: "Copy a link to exactly this view",
    group: "Share and undo",
    keys: ["Shift+c"],
    scope: "page",
    run: (context) => copyLink(context),
  },
  {
    id: "undo",
    label: "Undo a change of pins or ablations",
    group: "Share and undo",
    keys: ["Ctrl+z"],
    scope: "page",
    run: ({ store }) => step(store.temporal.getState(), "undo"),
  },
  {
    id: "redo",
    label: "Redo",
    group: "Share and undo",
    keys: ["Ctrl+Shift+z", "Ctrl+y"],
    scope: "page",
    run: ({ store }) => step(store.temporal.getState(), "redo"),
  },
  {
    id: "help",
    label: "This sheet",
    group: "Share and undo",
    keys: ["?"],
    scope: "page",
    run: ({ openSheet, sheet }) => openSheet(sheet === "help" ? null : "help"),
  },
  {
    id: "back",
    label: "Step back: table, selection",
    group: "Share and undo",
    keys: ["Escape"],
    scope: "page",
    run: (context) => stepBack(context),
  },
];

/** Of an attribution graph. */
export const COMMANDS: readonly Command[] = [
  ...COMMON,
  {
    id: "ablate",
    label: "Ablate the selected feature, or stop",
    group: "Select",
    keys: ["a"],
    scope: "page",
    run: (context) => toggleAblation(context),
  },
];

/** Of a circuit over a task: nothing is ablated one by one, the whole is evaluated. */
export const CIRCUIT_COMMANDS: readonly Command[] = [
  ...COMMON,
  {
    id: "evaluate",
    label: "Open the evaluation",
    group: "Select",
    keys: ["e"],
    scope: "page",
    run: ({ store }) => store.getState().openPanel("evaluation"),
  },
  {
    id: "slots",
    label: "Colour edges by sign or by query, key, value",
    group: "View",
    keys: ["q"],
    scope: "page",
    run: ({ store }) => store.getState().setBySlot(!store.getState().isBySlot),
  },
];

export const commandsOf = (path: ExplorerPath): readonly Command[] =>
  path === "/c/$id" ? CIRCUIT_COMMANDS : COMMANDS;

function goNext(context: CommandContext, direction: Direction): void {
  if (!selectFirst(context)) return;
  const row = context.canvas.current?.focusNeighbour(direction);
  if (row === null || row === undefined) return;
  context.store.getState().select(nodeId(context.data, row));
  context.canvas.current?.reveal(row);
}

/** True when a node was selected already; else selects the main target. */
function selectFirst({ data, store, canvas }: CommandContext): boolean {
  const { selection, select } = store.getState();
  if (selection !== null && rowOf(data, selection) !== null) return true;
  const target = data.targets[0];
  if (target !== undefined) {
    select(nodeId(data, target));
    canvas.current?.reveal(target);
  }
  return false;
}

function togglePin({ store }: CommandContext): void {
  const { selection, togglePin: toggle } = store.getState();
  if (selection) toggle(selection);
}

function toggleAblation({ data, store }: CommandContext): void {
  const { selection, plan, putPlanItem, dropPlanItem, openPanel } = store.getState();
  const row = selection === null ? null : rowOf(data, selection);
  if (row === null || data.nodes.kind[row] !== Kind.feature) {
    openPanel("ablation");
    if (row !== null) showToast("Only features can be ablated. Select one, then press A.");
    return;
  }
  const where = {
    layer: data.nodes.layer[row] ?? 0,
    index: data.nodes.index[row] ?? 0,
    position: data.nodes.position[row] ?? 0,
  };
  const key = planKey(where);
  if (plan.items.some((item) => planKey(item) === key)) dropPlanItem(key);
  else putPlanItem({ ...where, everywhere: false, mode: "ablate", value: 1 });
  openPanel("ablation");
}

async function copyLink({ path, graph, store }: CommandContext): Promise<void> {
  const link = linkTo(path, graph, store);
  try {
    await navigator.clipboard.writeText(link);
    showToast("Link copied. It opens exactly this view.");
  } catch {
    // Clipboards are forbidden on plain HTTP; the address bar holds the same link.
    showToast("The browser forbids copying here. The address bar holds the same link.");
  }
}

function step(
  history: { undo: () => void; redo: () => void; pastStates: unknown[]; futureStates: unknown[] },
  way: "undo" | "redo",
): void {
  const steps = way === "undo" ? history.pastStates : history.futureStates;
  if (steps.length === 0) showToast(`Nothing to ${way}.`);
  else history[way]();
}

function stepBack({ store }: CommandContext): void {
  const { isTable, setTable, select } = store.getState();
  if (isTable) setTable(false);
  else select(null);
}
