import { Link } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import { TopBar } from "../../app/TopBar";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import styles from "./Explorer.module.css";

interface GraphAbsentProps {
  readonly id: string;
  readonly error: Error | null;
  readonly onRetry: () => void;
}

/** Before there is a graph: its frame while it comes, or why it does not. */
export function GraphAbsent({ id, error, onRetry }: GraphAbsentProps) {
  const problem = error ? asProblem(error) : null;
  return (
    <div className={styles.frame}>
      <TopBar>
        <h1 className={styles.prompt}>{problem ? "Graph not opened" : "Opening the graph…"}</h1>
      </TopBar>
      <main className={styles.absent} id="main">
        {problem ? (
          <div className={styles.absentNote}>
            <ProblemNote error={problem} onRetry={problem.status === 404 ? undefined : onRetry}>
              <Link to="/">Trace a prompt</Link>
            </ProblemNote>
            <p className={styles.absentId}>
              Graph <code>{id}</code>
            </p>
          </div>
        ) : (
          <div className={styles.absentNote}>
            <Skeleton label="Fetching nodes and edges" lines={9} height="1.6rem" />
          </div>
        )}
      </main>
    </div>
  );
}
