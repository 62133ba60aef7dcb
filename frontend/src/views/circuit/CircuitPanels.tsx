import { lazy } from "react";
import { CircuitNodePanel } from "../../panels/circuitNode/CircuitNodePanel";
import { PinsPanel } from "../../panels/pins/PinsPanel";
import { useExploration } from "../../state/explorer";
import { LazyPart } from "../../widgets/LazyPart";
import { Skeleton } from "../../widgets/Skeleton";
import { SidePanel } from "../explorer/SidePanel";

const EvaluationPanel = lazy(() => import("../../panels/evaluation/EvaluationPanel"));

/** The tabs of a circuit. */
export function CircuitPanels() {
  const pins = useExploration((state) => state.pins.length);
  return (
    <SidePanel
      tabs={[
        { id: "node", text: "Node", content: <CircuitNodePanel /> },
        {
          id: "evaluation",
          text: "Evaluation",
          heading: "Evaluation",
          content: (
            <LazyPart fallback={<Skeleton label="Opening the evaluation" lines={6} />}>
              <EvaluationPanel />
            </LazyPart>
          ),
        },
        { id: "pins", text: "Pins", number: pins, heading: "Pins", content: <PinsPanel /> },
      ]}
    />
  );
}
