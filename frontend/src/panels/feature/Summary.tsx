import { useQuery } from "@tanstack/react-query";
import { featureQuery } from "../../api/queries";
import { isDense } from "../../state/labels";
import { percent } from "../../widgets/format";
import styles from "./Summary.module.css";

interface SummaryProps {
  readonly dictionary: string;
  readonly index: number;
}

/** A few words made from the strongest tokens, always marked as made by a machine. */
export function Summary({ dictionary, index }: SummaryProps) {
  const { data } = useQuery(featureQuery(dictionary, index));
  if (!data?.summary) return null;
  return (
    <p className={styles.summary}>
      {data.summary}
      <small title="Made from the strongest tokens; nobody has checked it">automatic</small>
      {isDense(data.density) && (
        <small
          className={styles.dense}
          title="A feature that fires this often says little about one prompt in particular"
        >
          fires on {percent(data.density)} of tokens
        </small>
      )}
    </p>
  );
}
