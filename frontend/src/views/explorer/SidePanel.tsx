import { type ReactNode, useEffect, useRef } from "react";
import { useExploration, useExplorer } from "../../state/explorer";
import type { Panel } from "../../state/viewCodec";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { Tabs } from "../../widgets/Tabs";
import styles from "./SidePanel.module.css";

export interface PanelTab {
  readonly id: Panel;
  /** On the tab. */
  readonly text: string;
  readonly number?: number;
  /** Heading for screen readers; absent where the panel has a visible one. */
  readonly heading?: string;
  readonly content: ReactNode;
}

/** Right of the graph, or a sheet below it on a small screen. */
export function SidePanel({ tabs }: { readonly tabs: readonly PanelTab[] }) {
  const { store } = useExplorer();
  const panel = useExploration((state) => state.panel);
  const isOpen = useExploration((state) => state.isPanelOpen);
  const selection = useExploration((state) => state.selection);
  const body = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node or panel is read from its top
  useEffect(() => {
    body.current?.scrollTo(0, 0);
  }, [selection, panel]);
  const shown = tabs.find(({ id }) => id === panel) ?? tabs[0];
  return (
    <aside className={classes(styles.panel, !isOpen && styles.closed)} aria-label="Details">
      <div className={styles.head}>
        <Tabs
          label="Details"
          tabs={tabs}
          active={panel}
          isOpen={isOpen}
          onSelect={(id) => store.getState().openPanel(id)}
        />
        <Button
          look="quiet"
          size="s"
          icon="chevron"
          className={styles.toggle}
          aria-expanded={isOpen}
          aria-label={isOpen ? "Hide the panel" : "Show the panel"}
          title={`${isOpen ? "Hide" : "Show"} the panel (])`}
          onClick={() => store.getState().togglePanel()}
        />
      </div>
      {isOpen && (
        <div
          ref={body}
          className={styles.body}
          role="tabpanel"
          id={`panel-${panel}`}
          aria-labelledby={`tab-${panel}`}
          tabIndex={0}
        >
          {shown?.heading && <h2 className="visuallyHidden">{shown.heading}</h2>}
          {shown?.content}
        </div>
      )}
    </aside>
  );
}
