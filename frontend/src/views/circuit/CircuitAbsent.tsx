import { Link } from "@tanstack/react-router";
import { CircuitUnderWay } from "../../api/circuitViewQueries";
import { asProblem } from "../../api/problem";
import { useTitle } from "../../state/useTitle";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import explorer from "../explorer/Explorer.module.css";
import { TopBar } from "../TopBar";
import { UnfinishedCircuit } from "./UnfinishedCircuit";

interface CircuitAbsentProps {
  readonly id: string;
  readonly error: Error | null;
  readonly onRetry: () => void;
}

/** Before there is a circuit: its frame while it comes, or why it does not. */
export function CircuitAbsent({ id, error, onRetry }: CircuitAbsentProps) {
  const title =
    error instanceof CircuitUnderWay
      ? `Circuit of ${error.answer.task.title}`
      : error
        ? "Circuit not opened"
        : "Opening the circuit…";
  useTitle(title);
  return (
    <div className={explorer.frame}>
      <TopBar>
        <h1 className={explorer.prompt}>{title}</h1>
      </TopBar>
      <main className={explorer.absent} id="main">
        <div className={explorer.absentNote}>
          <Why error={error} onRetry={onRetry} />
          {error && (
            <p className={explorer.absentId}>
              Circuit <code>{id}</code>
            </p>
          )}
        </div>
      </main>
    </div>
  );
}

function Why({ error, onRetry }: Omit<CircuitAbsentProps, "id">) {
  if (!error) return <Skeleton label="Fetching nodes and edges" lines={9} height="1.6rem" />;
  if (error instanceof CircuitUnderWay)
    return <UnfinishedCircuit answer={error.answer} onDone={onRetry} />;
  const problem = asProblem(error);
  return (
    <ProblemNote error={problem} {...(problem.status === 404 ? {} : { onRetry })}>
      <Link to="/">Trace a prompt</Link>
    </ProblemNote>
  );
}
