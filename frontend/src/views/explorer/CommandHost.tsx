import {
  createContext,
  lazy,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { findAction, isWriting, keyOf } from "../../state/actions";
import { useExplorer } from "../../state/explorer";
import { LazyPart } from "../../widgets/LazyPart";
import styles from "./CommandHost.module.css";
import { type CommandContext, commandsOf, type Sheet } from "./commands";

const HelpSheet = lazy(() => import("./HelpSheet"));
const FindSheet = lazy(() => import("./FindSheet"));

const Run = createContext<(id: string) => void>(() => {});

/** Runs a command by its id, from a button. */
export const useCommands = (): ((id: string) => void) => useContext(Run);

/** Listens to the keyboard and holds the sheets that commands open. */
export function CommandHost({ children }: { readonly children: ReactNode }) {
  const explorer = useExplorer();
  const [sheet, openSheet] = useState<Sheet>(null);
  const context = useRef<CommandContext>({ ...explorer, sheet, openSheet });
  context.current = { ...explorer, sheet, openSheet };
  const [run] = useState(() => (id: string) => {
    commandsOf(context.current.path)
      .find((command) => command.id === id)
      ?.run(context.current);
  });

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || context.current.sheet !== null) return;
      const key = keyOf(event);
      if (isWriting(event.target)) return;
      const action = findAction(commandsOf(context.current.path), key, isOnCanvas(event.target));
      if (!action || isSliderKey(event)) return;
      event.preventDefault();
      action.run(context.current);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);

  return (
    <Run value={run}>
      {children}
      {sheet && (
        <div className={styles.sheets}>
          <LazyPart>
            {sheet === "help" && <HelpSheet onClose={() => openSheet(null)} />}
            {sheet === "find" && <FindSheet onClose={() => openSheet(null)} />}
          </LazyPart>
        </div>
      )}
    </Run>
  );
}

function isOnCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return true;
  return (
    target === document.body || target.id === "main" || target.closest("[data-canvas]") !== null
  );
}

/** A focused slider keeps its own keys. */
function isSliderKey({ target, key }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLInputElement &&
    target.type === "range" &&
    /^(Arrow|Home|End|Page|[0-9.+=-]$)/.test(key)
  );
}
