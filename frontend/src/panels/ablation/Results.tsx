import { lazy } from "react";
import { useExploration } from "../../state/explorer";
import { requestOf } from "../../state/plan";
import { classes } from "../../widgets/classes";
import { figure } from "../../widgets/format";
import { LazyPart } from "../../widgets/LazyPart";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Section } from "../../widgets/Section";
import { Skeleton } from "../../widgets/Skeleton";
import { ActivationChanges } from "./ActivationChanges";
import { useIntervention } from "./InterventionProvider";
import { PredictedScatter } from "./PredictedScatter";
import styles from "./Results.module.css";
import { TokenChanges } from "./TokenChanges";

const Distribution = lazy(() => import("./Distribution"));

/** What the model did with the change in place, beside what the graph foretold. */
export function Results() {
  const { result, isStale, error, retry } = useIntervention();
  const isEmpty = useExploration(({ plan }) => requestOf(plan) === null);
  if (isEmpty) return <p className={styles.none}>A factor of 1 leaves everything as it is.</p>;
  if (error) return <ProblemNote error={error} onRetry={retry} />;
  if (!result)
    return <Skeleton label="Running the model with the change" lines={8} height="1.2rem" />;
  return (
    <div className={classes(styles.results, isStale && styles.stale)} aria-busy={isStale}>
      <p className="visuallyHidden" role="status">
        {isStale ? "Measuring…" : `Measured. KL divergence ${figure(result.kl)} nats.`}
      </p>
      <Section
        title="Next token, before and after"
        note={
          <span title="How far the whole distribution moved: KL divergence from before to after">
            KL {figure(result.kl)} nats
          </span>
        }
      >
        <LazyPart
          fallback={
            <div className={styles.plotSpace}>
              <Skeleton label="Fetching the chart" lines={6} height="1.2rem" />
            </div>
          }
        >
          <Distribution tokens={result.tokens} />
        </LazyPart>
      </Section>
      <Section title="Measured and predicted" note="change of logit, nats">
        <TokenChanges tokens={result.tokens} />
      </Section>
      <Section
        title="How far to trust the graph here"
        note={
          result.correlation === null
            ? "nothing moved"
            : `correlation ${result.correlation.toFixed(2)}`
        }
      >
        <PredictedScatter tokens={result.tokens} correlation={result.correlation} />
      </Section>
      <ActivationChanges result={result} />
    </div>
  );
}
