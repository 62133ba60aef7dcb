import { useInfiniteQuery } from "@tanstack/react-query";
import { graphsQuery } from "../../api/queries";
import { Button } from "../../widgets/Button";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { RecentGraph } from "./RecentGraph";
import styles from "./RecentGraphs.module.css";

export function RecentGraphs() {
  const pages = useInfiniteQuery(graphsQuery());
  const graphs = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section className={styles.recent} aria-labelledby="recent">
      <h2 id="recent" className={styles.title}>
        Recent graphs
      </h2>
      {pages.isPending && <Skeleton label="Fetching stored graphs" lines={4} height="2.75rem" />}
      {pages.isError && <ProblemNote error={pages.error} onRetry={() => pages.refetch()} />}
      {pages.isSuccess && graphs.length === 0 && (
        <p className={styles.empty}>
          No graphs yet. Trace a prompt and it is kept here, on this machine, ready to open at once.
        </p>
      )}
      {graphs.length > 0 && (
        <ul className={styles.list}>
          {graphs.map((graph) => (
            <RecentGraph key={graph.id} graph={graph} />
          ))}
        </ul>
      )}
      {pages.hasNextPage && (
        <Button disabled={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
          {pages.isFetchingNextPage ? "Fetching older graphs…" : "Show older graphs"}
        </Button>
      )}
    </section>
  );
}
