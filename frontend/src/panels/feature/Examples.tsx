import { useState } from "react";
import type { FeatureDashboard, FeatureExample } from "../../api/types";
import { Button } from "../../widgets/Button";
import { figure } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { TintedText } from "../../widgets/TintedText";
import styles from "./Examples.module.css";

const FIRST = 4;

/** Stretches of text where the feature fired, strongest groups first. */
export function Examples({ feature }: { readonly feature: FeatureDashboard }) {
  const groups = feature.groups.filter(({ examples }) => examples.length > 0);
  const [chosen, setChosen] = useState(0);
  const [isWhole, setWhole] = useState(false);
  const group = groups[chosen] ?? groups[0];
  if (!group) return null;
  const shown = isWhole ? group.examples : group.examples.slice(0, FIRST);
  return (
    <Section title="Examples" note="from text it was not trained on">
      {groups.length > 1 && (
        <div className={styles.groups} role="group" aria-label="Strength of the examples">
          {groups.map(({ name, low, high }, i) => (
            <button
              key={name}
              type="button"
              className={styles.group}
              aria-pressed={i === chosen}
              title={`peak activation ${figure(low)} to ${figure(high)}`}
              onClick={() => setChosen(i)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <ol className={styles.list}>
        {shown.map((example, i) => (
          <ExampleText key={i} example={example} maximum={feature.max_activation ?? group.high} />
        ))}
      </ol>
      {group.examples.length > FIRST && (
        <Button size="s" look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show ${group.examples.length - FIRST} more`}
        </Button>
      )}
    </Section>
  );
}

interface ExampleTextProps {
  readonly example: FeatureExample;
  readonly maximum: number;
}

function ExampleText({ example, maximum }: ExampleTextProps) {
  return (
    <li className={styles.example}>
      <span className={styles.peak} title="Peak activation">
        {figure(example.activations[example.peak] ?? 0)}
      </span>
      <TintedText
        tokens={example.tokens}
        activations={example.activations}
        maximum={maximum}
        peak={example.peak}
      />
    </li>
  );
}
