import styles from "./Skeleton.module.css";

interface SkeletonProps {
  /** What is being fetched, in words. */
  readonly label: string;
  readonly lines?: number;
  readonly height?: string;
}

/** The shape of what comes, in its final size; appears only when the wait can be felt. */
export function Skeleton({ label, lines = 3, height = "0.9rem" }: SkeletonProps) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      <span className={styles.label}>{label}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span
          key={i}
          className={styles.line}
          style={{ height, width: `${96 - ((i * 23) % 48)}%` }}
        />
      ))}
    </div>
  );
}
