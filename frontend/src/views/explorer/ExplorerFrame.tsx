import { lazy } from "react";
import { InterventionProvider } from "../../panels/ablation/InterventionProvider";
import { useExploration } from "../../state/explorer";
import { classes } from "../../widgets/classes";
import { LazyPart } from "../../widgets/LazyPart";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { Canvas } from "./Canvas";
import { CommandHost } from "./CommandHost";
import styles from "./Explorer.module.css";
import { ExplorerHeader } from "./ExplorerHeader";
import { GraphPanels } from "./GraphPanels";
import { Legend } from "./Legend";
import { SelectionStatus } from "./SelectionStatus";
import { Toolbar } from "./Toolbar";
import { ZoomControls } from "./ZoomControls";

const NodeTable = lazy(() => import("./NodeTable"));

interface ExplorerFrameProps {
  readonly isPruning: boolean;
  readonly error: Error | null;
  readonly onRetry: () => void;
}

export function ExplorerFrame({ isPruning, error, onRetry }: ExplorerFrameProps) {
  const isTable = useExploration((state) => state.isTable);
  const isPanelOpen = useExploration((state) => state.isPanelOpen);
  return (
    <InterventionProvider>
      <CommandHost>
        <div className={classes(styles.frame, !isPanelOpen && styles.panelClosed)}>
          <ExplorerHeader />
          <main className={styles.main} id="main" tabIndex={-1}>
            <Toolbar isPruning={isPruning} />
            <div className={styles.stage}>
              <div className={classes(styles.canvasHolder, isTable && styles.away)}>
                <Canvas />
                <SelectionStatus />
                <Legend />
                <ZoomControls />
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
          <GraphPanels />
        </div>
      </CommandHost>
    </InterventionProvider>
  );
}
