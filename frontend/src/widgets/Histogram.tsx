import { count, figure } from "./format";
import styles from "./Histogram.module.css";

const WIDTH = 320;
const HEIGHT = 64;

interface HistogramProps {
  readonly label: string;
  /** Equal bins from 0 to `maximum`. */
  readonly counts: readonly number[];
  readonly maximum: number;
  /** A value to point out; null for none. */
  readonly marked: number | null;
  readonly markLabel: string;
}

/** Counts on a log scale, since rare strong activations are what one looks for. */
export function Histogram({ label, counts, maximum, marked, markLabel }: HistogramProps) {
  const tallest = Math.log1p(Math.max(...counts, 1));
  const step = WIDTH / counts.length;
  const x = marked === null ? null : Math.min(1, marked / maximum) * WIDTH;
  const here = marked === null ? "" : `; in this graph ${figure(marked)}`;
  const total = counts.reduce((sum, one) => sum + one, 0);
  return (
    <figure className={styles.figure}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className={styles.chart}
        role="img"
        aria-label={`${label}: ${count(total)} activations from 0 to ${figure(maximum)}${here}`}
        preserveAspectRatio="none"
      >
        {counts.map((number, i) => {
          const height = (Math.log1p(number) / tallest) * (HEIGHT - 2);
          return (
            <rect
              key={i}
              className={styles.bar}
              x={i * step + 0.5}
              y={HEIGHT - height}
              width={Math.max(0.5, step - 1)}
              height={height}
            >
              <title>{`${figure((i / counts.length) * maximum)} to ${figure(((i + 1) / counts.length) * maximum)}: ${count(number)}`}</title>
            </rect>
          );
        })}
        {x !== null && (
          <line
            className={styles.mark}
            x1={x}
            x2={x}
            y1={0}
            y2={HEIGHT}
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <figcaption className={styles.axis}>
        <span>0</span>
        {marked !== null && x !== null && (
          <span className={styles.here} style={{ left: `${(x / WIDTH) * 100}%` }}>
            {markLabel} {figure(marked)}
          </span>
        )}
        <span>{figure(maximum)}</span>
      </figcaption>
      <p className={styles.note}>{label}; log scale</p>
    </figure>
  );
}
