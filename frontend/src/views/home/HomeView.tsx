import { useQuery } from "@tanstack/react-query";
import { modelsQuery } from "../../api/queries";
import { useTitle } from "../../state/useTitle";
import { ProblemNote } from "../../widgets/ProblemNote";
import { TopBar } from "../TopBar";
import { Composer } from "./Composer";
import styles from "./HomeView.module.css";
import { RecentGraphs } from "./RecentGraphs";
import { WorkerNote } from "./WorkerNote";

export function HomeView() {
  useTitle(null);
  const models = useQuery(modelsQuery());
  return (
    <>
      <TopBar />
      <main className={styles.page} id="main" data-scrolls>
        <header className={styles.hero}>
          <h1>What made the model say that?</h1>
          <p>
            Type a prompt. Headwater runs the model once and draws which features led to its next
            word, and through which others.
          </p>
        </header>
        {models.data && <WorkerNote worker={models.data.worker} isUnreachable={models.isError} />}
        {models.isError && !models.data ? (
          <ProblemNote error={models.error} onRetry={() => models.refetch()} />
        ) : (
          <Composer models={models.data?.models} />
        )}
        <RecentGraphs />
      </main>
    </>
  );
}
