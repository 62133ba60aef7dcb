import { useQuery } from "@tanstack/react-query";
import { featureQuery } from "../../api/queries";
import type { FeatureDashboard } from "../../api/types";
import { count, figure, percent } from "../../widgets/format";
import { Histogram } from "../../widgets/Histogram";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Section } from "../../widgets/Section";
import { Skeleton } from "../../widgets/Skeleton";
import styles from "./Dashboard.module.css";
import { Examples } from "./Examples";
import { TokenEffects } from "./TokenEffects";

interface DashboardProps {
  readonly dictionary: string;
  readonly index: number;
  /** In this graph, marked in the histogram; null where there are many prompts. */
  readonly activation: number | null;
}

/** What the feature responds to elsewhere, and what it does to the output by itself. */
export function Dashboard({ dictionary, index, activation }: DashboardProps) {
  const answer = useQuery(featureQuery(dictionary, index));
  if (answer.isPending)
    return (
      <Section title="The feature elsewhere">
        <Skeleton label="Fetching where this feature fires" lines={7} height="1.1rem" />
      </Section>
    );
  if (answer.isError)
    return (
      <Section title="The feature elsewhere">
        <ProblemNote error={answer.error} onRetry={() => answer.refetch()} />
      </Section>
    );
  const feature = answer.data;
  return (
    <>
      <Section title="The feature elsewhere" note={dictionary}>
        <Density feature={feature} />
        {feature.histogram && (
          <Histogram
            counts={feature.histogram.counts}
            maximum={feature.histogram.maximum}
            marked={activation}
            markLabel="here"
            label="How strongly it fires when it does"
          />
        )}
      </Section>
      {feature.top_logits.length > 0 && (
        <Section title="Direct effect on the next token" note="per unit of activation">
          <TokenEffects top={feature.top_logits} bottom={feature.bottom_logits} />
        </Section>
      )}
      {feature.has_examples ? (
        <Examples feature={feature} />
      ) : (
        <p className={styles.none}>
          No examples are stored for this dictionary. <code>headwater harvest</code> collects them
          from text of yours.
        </p>
      )}
    </>
  );
}

function Density({ feature }: { readonly feature: FeatureDashboard }) {
  if (feature.is_dead)
    return <p className={styles.density}>It never fired in {count(feature.tokens_seen)} tokens.</p>;
  if (feature.density === null) return null;
  return (
    <p className={styles.density}>
      Fires on {percent(feature.density)} of {count(feature.tokens_seen)} tokens
      {feature.max_activation !== null && `, at most ${figure(feature.max_activation)}`}
      {feature.mean_activation !== null && `, ${figure(feature.mean_activation)} on average`}.
    </p>
  );
}
