import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type CircuitListItem, circuitsQuery } from "../../api/circuitQueries";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { plural } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import page from "../Page.module.css";
import { TopBar } from "../TopBar";
import styles from "./CircuitList.module.css";
import { CircuitRow } from "./CircuitRow";
import { UnderWay } from "./UnderWay";

/** Circuits found so far. Two of them can be put beside each other. */
export function CircuitsView() {
  useTitle("Circuits");
  const pages = useInfiniteQuery(circuitsQuery());
  const circuits = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const [chosen, setChosen] = useState<readonly CircuitListItem[]>([]);

  /** A third choice takes the place of the first. */
  const toggle = (circuit: CircuitListItem) =>
    setChosen((now) =>
      now.some(({ id }) => id === circuit.id)
        ? now.filter(({ id }) => id !== circuit.id)
        : [...now, circuit].slice(-2),
    );

  return (
    <>
      <TopBar />
      <main className={page.page} id="main" data-scrolls>
        <header className={page.head}>
          <div className={page.title}>
            <h1>Circuits</h1>
            <p>Parts of a model that carry a behaviour over the examples of a task.</p>
          </div>
          <div className={page.actions}>
            <Link to="/circuits/new" className={styles.new}>
              New circuit
            </Link>
          </div>
        </header>
        <UnderWay />
        {pages.isPending && <Skeleton label="Fetching circuits" lines={5} height="3.75rem" />}
        {pages.isError && <ProblemNote error={pages.error} onRetry={() => pages.refetch()} />}
        {pages.isSuccess && circuits.length === 0 && (
          <p className={page.empty}>
            No circuits yet. <Link to="/tasks">Choose a task</Link>, press “Find circuit”, and it is
            kept here.
          </p>
        )}
        {circuits.length > 0 && (
          <section className={styles.part} aria-label="Stored circuits">
            <ul className={styles.list}>
              {circuits.map((circuit) => (
                <CircuitRow
                  key={circuit.id}
                  circuit={circuit}
                  isChosen={chosen.some(({ id }) => id === circuit.id)}
                  onToggle={() => toggle(circuit)}
                />
              ))}
            </ul>
            {pages.hasNextPage && (
              <Button disabled={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
                Show more
              </Button>
            )}
          </section>
        )}
        {circuits.length > 1 && <CompareBar chosen={chosen} onClear={() => setChosen([])} />}
      </main>
    </>
  );
}

interface CompareBarProps {
  readonly chosen: readonly CircuitListItem[];
  readonly onClear: () => void;
}

function CompareBar({ chosen, onClear }: CompareBarProps) {
  const [a, b] = chosen;
  return (
    <div className={styles.compare}>
      <p role="status">
        {!a
          ? "Tick two circuits to compare them."
          : b
            ? "Two circuits chosen."
            : `${plural(1, "circuit")} chosen; tick another.`}
      </p>
      {a && (
        <Button look="quiet" size="s" onClick={onClear}>
          Clear
        </Button>
      )}
      {a && b && (
        <Link to="/compare" search={{ a: a.id, b: b.id }} className={styles.new}>
          Compare
        </Link>
      )}
    </div>
  );
}
