import { AblationPanel } from "../../panels/ablation/AblationPanel";
import { NodePanel } from "../../panels/node/NodePanel";
import { PinsPanel } from "../../panels/pins/PinsPanel";
import { useExploration } from "../../state/explorer";
import { SidePanel } from "./SidePanel";

/** The tabs of an attribution graph. */
export function GraphPanels() {
  const pins = useExploration((state) => state.pins.length);
  const planned = useExploration((state) => state.plan.items.length);
  return (
    <SidePanel
      tabs={[
        { id: "node", text: "Node", content: <NodePanel /> },
        {
          id: "ablation",
          text: "Ablate",
          number: planned,
          heading: "Ablation",
          content: <AblationPanel />,
        },
        { id: "pins", text: "Pins", number: pins, heading: "Pins", content: <PinsPanel /> },
      ]}
    />
  );
}
