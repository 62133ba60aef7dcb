import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { circuitsQuery } from "../../api/circuitQueries";
import { comparisonQuery } from "../../api/circuitViewQueries";
import { asProblem } from "../../api/problem";
import { COMPARED, type CompareSearch, sizeIn } from "../../state/compareSearch";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { TopBar } from "../TopBar";
import { CircuitPicker } from "./CircuitPicker";
import styles from "./Compare.module.css";
import { ComparisonParts } from "./ComparisonParts";
import { SizeField } from "./SizeField";

/** Of a circuit in the list; a link may name one that is not listed. */
function useLevel(id: string) {
  const { data } = useInfiniteQuery(circuitsQuery());
  return data?.pages.flatMap(({ items }) => items).find((circuit) => circuit.id === id)?.level;
}

/** Two circuits beside each other: what they share, and what chance alone would. */
export function CompareView() {
  const search = useSearch({ from: "/compare" });
  const navigate = useNavigate();
  const { a = "", b = "" } = search;
  const usual = COMPARED[useLevel(a) ?? "features"];
  const nodes = sizeIn(search.n, usual.nodes);
  const edges = sizeIn(search.e, usual.edges);
  const comparison = useQuery(comparisonQuery(a, b, nodes, edges));
  useTitle("Compare circuits");
  const go = (change: CompareSearch) =>
    navigate({ to: "/compare", search: { ...search, ...change }, replace: true });
  const isAsked = a !== "" && b !== "";
  return (
    <>
      <TopBar>
        <h1 className={styles.title}>Compare circuits</h1>
      </TopBar>
      <main className={styles.page} id="main" tabIndex={-1} data-scrolls>
        <section className={styles.choosing} aria-label="What to compare">
          <CircuitPicker side="A" value={a} onChange={(id) => go({ a: id })} />
          <Button
            look="quiet"
            aria-label="Swap A and B"
            title="Swap A and B"
            disabled={!isAsked}
            onClick={() => go({ a: b, b: a })}
          >
            ⇄
          </Button>
          <CircuitPicker side="B" value={b} onChange={(id) => go({ b: id })} />
          <SizeField label="Strongest nodes" value={nodes} onChange={(n) => go({ n: String(n) })} />
          <SizeField label="Strongest edges" value={edges} onChange={(e) => go({ e: String(e) })} />
        </section>
        {!isAsked && (
          <p className={styles.intro}>
            Pick two circuits: of two methods on one task, of two tasks, or of two draws of
            examples. Their strongest nodes and edges are matched by name. <Link to="/">Home</Link>
          </p>
        )}
        {isAsked && comparison.isPending && (
          <Skeleton label="Comparing both circuits" lines={8} height="1.6rem" />
        )}
        {comparison.isError && (
          <ProblemNote
            error={comparison.error}
            {...([404, 422].includes(asProblem(comparison.error).status)
              ? {}
              : { onRetry: () => void comparison.refetch() })}
          />
        )}
        {isAsked && comparison.data && (
          <ComparisonParts
            comparison={comparison.data}
            nodes={nodes}
            edges={edges}
            isStale={comparison.isPlaceholderData}
          />
        )}
      </main>
    </>
  );
}
