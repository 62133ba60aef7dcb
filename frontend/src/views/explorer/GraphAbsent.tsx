import { Link } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import { GraphUnderWay } from "../../api/queries";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { TopBar } from "../TopBar";
import styles from "./Explorer.module.css";
import { UnderWay } from "./UnderWay";

interface GraphAbsentProps {
  readonly id: string;
  readonly error: Error | null;
  readonly onRetry: () => void;
}

/** Before there is a graph: its frame while it comes, or why it does not. */
export function GraphAbsent({ id, error, onRetry }: GraphAbsentProps) {
  const title =
    error instanceof GraphUnderWay
      ? error.answer.prompt
      : error
        ? "Graph not opened"
        : "Opening the graph…";
  return (
    <div className={styles.frame}>
      <TopBar>
        <h1 className={styles.prompt}>{title}</h1>
      </TopBar>
      <main className={styles.absent} id="main">
        <div className={styles.absentNote}>
          <Why error={error} onRetry={onRetry} />
          {error && (
            <p className={styles.absentId}>
              Graph <code>{id}</code>
            </p>
          )}
        </div>
      </main>
    </div>
  );
}

function Why({ error, onRetry }: Omit<GraphAbsentProps, "id">) {
  if (!error) return <Skeleton label="Fetching nodes and edges" lines={9} height="1.6rem" />;
  if (error instanceof GraphUnderWay) return <UnderWay answer={error.answer} onDone={onRetry} />;
  const problem = asProblem(error);
  return (
    <ProblemNote error={problem} {...(problem.status === 404 ? {} : { onRetry })}>
      <Link to="/">Trace a prompt</Link>
    </ProblemNote>
  );
}
