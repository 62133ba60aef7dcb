import { useState } from "react";
import type { TokenChange } from "../../api/types";
import { visibleToken } from "../../base/text";
import { figure, signed } from "../../widgets/format";
import styles from "./PredictedScatter.module.css";

const SIZE = 220;
const PAD = 26;

interface PredictedScatterProps {
  readonly tokens: readonly TokenChange[];
  readonly correlation: number | null;
}

/** Predicted across, measured up; on the diagonal the graph foretold exactly what happened. */
export function PredictedScatter({ tokens, correlation }: PredictedScatterProps) {
  const [named, setNamed] = useState<TokenChange | null>(null);
  const reach =
    Math.max(
      ...tokens.flatMap((t) => [Math.abs(t.predicted_change), Math.abs(t.measured_change)]),
      1e-6,
    ) * 1.1;
  const at = (value: number) => PAD + ((value + reach) / (2 * reach)) * (SIZE - 2 * PAD);
  const x = (value: number) => at(value);
  const y = (value: number) => SIZE - at(value);
  return (
    <figure className={styles.figure}>
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        className={styles.chart}
        role="img"
        aria-label={`Measured against predicted change for ${tokens.length} tokens${correlation === null ? "" : `, correlation ${correlation.toFixed(2)} over the whole vocabulary`}. The table above holds the same figures.`}
      >
        <line className={styles.axis} x1={PAD} x2={SIZE - PAD} y1={y(0)} y2={y(0)} />
        <line className={styles.axis} x1={x(0)} x2={x(0)} y1={PAD} y2={SIZE - PAD} />
        <line
          className={styles.diagonal}
          x1={x(-reach)}
          y1={y(-reach)}
          x2={x(reach)}
          y2={y(reach)}
        />
        <text className={styles.text} x={SIZE - 4} y={y(0) + 15} textAnchor="end">
          predicted {signed(reach)}
        </text>
        <text className={styles.text} x={x(0) - 6} y={PAD - 8} textAnchor="middle">
          measured {signed(reach)}
        </text>
        {tokens.map((token) => (
          <circle
            key={token.id}
            className={styles.point}
            cx={x(token.predicted_change)}
            cy={y(token.measured_change)}
            r={named?.id === token.id ? 6 : 4.2}
            onPointerEnter={() => setNamed(token)}
            onPointerLeave={() => setNamed(null)}
          />
        ))}
      </svg>
      <figcaption className={styles.caption}>
        {named ? (
          <>
            <code>{visibleToken(named.text)}</code> predicted {signed(named.predicted_change)},
            measured {signed(named.measured_change)}
          </>
        ) : (
          verdict(correlation)
        )}
      </figcaption>
    </figure>
  );
}

function verdict(correlation: number | null): string {
  if (correlation === null) return "The change moved nothing, so there is nothing to compare.";
  const over = `Over the whole vocabulary the correlation is ${figure(correlation)}.`;
  if (correlation > 0.9) return `${over} Here the linear graph foretells the model well.`;
  const limits =
    "The graph holds attention, norms and the set of active features fixed; the model does not.";
  return correlation > 0.6
    ? `${over} The graph foretells the direction better than the size. ${limits}`
    : `${over} The graph foretells little of this change. ${limits}`;
}
