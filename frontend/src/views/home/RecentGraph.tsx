import { Link } from "@tanstack/react-router";
import type { GraphSummary } from "../../api/types";
import { ago, isProbable, plural, probability, score } from "../../widgets/format";
import { TokenText } from "../../widgets/TokenText";
import styles from "./RecentGraphs.module.css";

export function RecentGraph({ graph }: { readonly graph: GraphSummary }) {
  const top = graph.targets?.[0];
  return (
    <li>
      <Link to="/g/$id" params={{ id: graph.id }} className={styles.graph}>
        <span className={styles.prompt}>{graph.prompt}</span>
        <span className={styles.target}>
          {top && (
            <>
              {isProbable(graph) ? (
                <TokenText text={top.label} />
              ) : (
                <span className={styles.label}>{top.label}</span>
              )}
              {isProbable(graph) && (
                <span className={styles.share}>{probability(top.probability)}</span>
              )}
            </>
          )}
        </span>
        <span className={styles.size}>
          {graph.status === "done" ? plural(graph.n_nodes, "node") : graph.status}
        </span>
        <span className={styles.scores} title="Replacement score and completeness score">
          {score(graph.replacement_score)} · {score(graph.completeness_score)}
        </span>
        <time className={styles.when} dateTime={graph.created_at}>
          {ago(graph.created_at)}
        </time>
      </Link>
    </li>
  );
}
