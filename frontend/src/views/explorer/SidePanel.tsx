import { useEffect, useRef } from "react";
import { AblationPanel } from "../../panels/ablation/AblationPanel";
import { NodePanel } from "../../panels/node/NodePanel";
import { PinsPanel } from "../../panels/pins/PinsPanel";
import { useExploration, useExplorer } from "../../state/explorer";
import type { Panel } from "../../state/viewCodec";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { Tabs } from "../../widgets/Tabs";
import styles from "./SidePanel.module.css";

const NAMES: Record<Panel, string> = { node: "Node", ablation: "Ablation", pins: "Pins" };

/** Right of the graph, or a sheet below it on a small screen. */
export function SidePanel() {
  const { store } = useExplorer();
  const panel = useExploration((state) => state.panel);
  const isOpen = useExploration((state) => state.isPanelOpen);
  const pins = useExploration((state) => state.pins.length);
  const planned = useExploration((state) => state.plan.items.length);
  const selection = useExploration((state) => state.selection);
  const body = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node or panel is read from its top
  useEffect(() => {
    body.current?.scrollTo(0, 0);
  }, [selection, panel]);
  const tabs: { id: Panel; text: string; number?: number }[] = [
    { id: "node", text: "Node" },
    { id: "ablation", text: "Ablate", number: planned },
    { id: "pins", text: "Pins", number: pins },
  ];
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
          {panel !== "node" && <h2 className="visuallyHidden">{NAMES[panel]}</h2>}
          {panel === "node" && <NodePanel />}
          {panel === "ablation" && <AblationPanel />}
          {panel === "pins" && <PinsPanel />}
        </div>
      )}
    </aside>
  );
}
