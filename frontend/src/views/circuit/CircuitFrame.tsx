import { lazy } from "react";
import { useExploration, useExplorer } from "../../state/explorer";
import { classes } from "../../widgets/classes";
import { LazyPart } from "../../widgets/LazyPart";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { Canvas } from "../explorer/Canvas";
import { CommandHost } from "../explorer/CommandHost";
import styles from "../explorer/Explorer.module.css";
import { Legend } from "../explorer/Legend";
import { SelectionStatus } from "../explorer/SelectionStatus";
import { ZoomControls } from "../explorer/ZoomControls";
import own from "./Circuit.module.css";
import { CircuitHeader } from "./CircuitHeader";
import { CircuitPanels } from "./CircuitPanels";
import { CircuitToolbar, type More } from "./CircuitToolbar";

const NodeTable = lazy(() => import("../explorer/NodeTable"));

interface CircuitFrameProps {
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly onRetry: () => void;
  /** Whether weaker nodes or edges were left on the server. */
  readonly isCut: boolean;
  /** How to get weaker nodes and edges; absent when all are here. */
  readonly more?: More;
}

/** The explorer of a circuit: the same drawing, other figures. */
export function CircuitFrame({ isLoading, error, onRetry, isCut, more }: CircuitFrameProps) {
  const isTable = useExploration((state) => state.isTable);
  const isPanelOpen = useExploration((state) => state.isPanelOpen);
  const isWide = useExploration((state) => state.panel === "evaluation");
  return (
    <CommandHost>
      <div
        className={classes(styles.frame, isWide && own.wide, !isPanelOpen && styles.panelClosed)}
      >
        <CircuitHeader />
        <main className={styles.main} id="main" tabIndex={-1}>
          <CircuitToolbar isLoading={isLoading} isCut={isCut} {...(more ? { more } : {})} />
          <div className={styles.stage}>
            <div className={classes(styles.canvasHolder, isTable && styles.away)}>
              <Canvas />
              <SelectionStatus />
              <Legend />
              <ZoomControls />
              <NoEdges />
            </div>
            {isTable && (
              <LazyPart fallback={<Skeleton label="Building the table" lines={8} />}>
                <NodeTable />
              </LazyPart>
            )}
            {error && (
              <div className={styles.stageNote}>
                <ProblemNote error={error} onRetry={onRetry} />
              </div>
            )}
          </div>
        </main>
        <CircuitPanels />
      </div>
    </CommandHost>
  );
}

/** A method may score nodes alone; an empty drawing would look like a fault. */
function NoEdges() {
  const { data } = useExplorer();
  if (data.view.edges_total > 0) return null;
  return <p className={own.noEdges}>This method scored nodes only: there are no edges to draw.</p>;
}
