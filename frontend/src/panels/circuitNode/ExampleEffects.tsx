import { useState } from "react";
import type { ExampleEffect, NodeDetails } from "../../api/circuitViewQueries";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { count, plural, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { Segmented } from "../../widgets/Segmented";
import styles from "./CircuitNode.module.css";
import { extremes, promptOf, quartiles, strip } from "./effects";
import { PromptPair } from "./PromptPair";

const WIDTH = 336;
const HEIGHT = 84;
const PAD = 10;
const MIDDLE = 44;
const DOT = 3.4;
const LANES = 4;
const LISTED = 5;

interface ExampleEffectsProps {
  readonly details: NodeDetails;
  readonly unit: string;
}

/** A mean hides who disagrees: every example's effect, the extremes with their prompts. */
export function ExampleEffects({ details, unit }: ExampleEffectsProps) {
  const { per_example: examples, n_examples, effect } = details;
  const [chosen, setChosen] = useState<number | null>(null);
  if (examples.length === 0)
    return (
      <Section title="By example">
        <p className={styles.none}>
          This method keeps no effects of single examples, only their mean.
        </p>
      </Section>
    );
  const note =
    examples.length < n_examples
      ? `the largest ${examples.length} of ${n_examples}; the rest are smaller or zero`
      : plural(n_examples, "example");
  return (
    <Section title="By example" note={note}>
      <Strip examples={examples} unit={unit} mean={effect} chosen={chosen} onChoose={setChosen} />
      <Extremes examples={examples} mean={effect} chosen={chosen} onChoose={setChosen} />
    </Section>
  );
}

interface Choosing {
  readonly examples: readonly ExampleEffect[];
  readonly mean: number;
  readonly chosen: number | null;
  readonly onChoose: (example: number | null) => void;
}

/** Dots on one axis with the quartiles behind them; the list below holds the same for keys. */
function Strip({ examples, unit, chosen, onChoose }: Choosing & { readonly unit: string }) {
  const effects = examples.map(({ effect }) => effect);
  const low = Math.min(0, ...effects);
  const high = Math.max(0, ...effects);
  const x = (value: number) => PAD + ((value - low) / (high - low || 1)) * (WIDTH - 2 * PAD);
  const { q1, median, q3 } = quartiles(effects);
  const dots = strip(examples, x, 2 * DOT - 0.6, LANES);
  return (
    <figure className={styles.strip}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Effects of ${examples.length} examples from ${signed(low)} to ${signed(high)}: median ${signed(median)}, half of them between ${signed(q1)} and ${signed(q3)}.`}
      >
        <line className={styles.axis} x1={PAD} x2={WIDTH - PAD} y1={MIDDLE} y2={MIDDLE} />
        <line className={styles.zero} x1={x(0)} x2={x(0)} y1={8} y2={HEIGHT - 8} />
        <rect
          className={styles.box}
          x={x(q1)}
          y={MIDDLE - 15}
          width={Math.max(1, x(q3) - x(q1))}
          height={30}
          rx={3}
        />
        <line
          className={styles.median}
          x1={x(median)}
          x2={x(median)}
          y1={MIDDLE - 19}
          y2={MIDDLE + 19}
        />
        {dots.map(({ example, at, lane }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list below is the way for keys
          <circle
            key={example.example}
            className={classes(
              example.effect < 0 ? styles.dotOpposes : styles.dotSupports,
              example.example === chosen && styles.dotChosen,
            )}
            cx={at}
            cy={MIDDLE + lane * (2 * DOT - 0.6)}
            r={example.example === chosen ? DOT + 2 : DOT}
            onClick={() => onChoose(example.example === chosen ? null : example.example)}
          >
            <title>{`${signed(example.effect)}: ${promptOf(example.clean_tokens)}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption className={styles.scale}>
        <span>{low === 0 ? "0" : signed(low)}</span>
        <span>
          median {signed(median)}, half between {signed(q1)} and {signed(q3)} {unit}
        </span>
        <span>{high === 0 ? "0" : signed(high)}</span>
      </figcaption>
    </figure>
  );
}

function Extremes({ examples, mean, chosen, onChoose }: Choosing) {
  const { strongest, against } = extremes(examples, mean);
  const [side, setSide] = useState<"strongest" | "against">("strongest");
  const [isWhole, setWhole] = useState(false);
  const all = side === "against" ? against : strongest;
  const picked = examples.find(({ example }) => example === chosen);
  const listed = isWhole ? all : all.slice(0, LISTED);
  const rows = picked && !listed.includes(picked) ? [picked, ...listed] : listed;
  return (
    <>
      {against.length > 0 && (
        <Segmented
          label="Which examples"
          name="extremes"
          value={side}
          options={[
            { value: "strongest", text: `With the mean (${strongest.length})` },
            { value: "against", text: `Against it (${against.length})` },
          ]}
          onChange={setSide}
        />
      )}
      <ol className={styles.examples}>
        {rows.map((example) => (
          <li key={example.example}>
            <button
              type="button"
              className={styles.example}
              aria-expanded={example.example === chosen}
              onClick={() => onChoose(example.example === chosen ? null : example.example)}
            >
              <span className={example.effect < 0 ? styles.opposes : styles.supports}>
                {signed(example.effect)}
              </span>
              <span className={styles.prompt}>{promptOf(example.clean_tokens)}</span>
            </button>
            {example.example === chosen && <PromptPair example={example} />}
          </li>
        ))}
      </ol>
      {all.length > LISTED && (
        <Button size="s" look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show ${count(all.length - LISTED)} more`}
        </Button>
      )}
    </>
  );
}
