import { useInfiniteQuery } from "@tanstack/react-query";
import { circuitsQuery } from "../../api/circuitQueries";
import { ago } from "../../widgets/format";
import { methodTitle } from "../circuit/methodTitle";
import styles from "./Compare.module.css";

interface CircuitPickerProps {
  readonly side: "A" | "B";
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** A circuit of this server, newest first; one from a link stays even when it is far down. */
export function CircuitPicker({ side, value, onChange }: CircuitPickerProps) {
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery(circuitsQuery());
  const circuits = data?.pages.flatMap(({ items }) => items) ?? [];
  const isKnown = value === "" || circuits.some(({ id }) => id === value);
  return (
    <label className={styles.field}>
      <span>
        <b className={side === "A" ? styles.letterA : styles.letterB}>{side}</b> Circuit
      </span>
      <select
        className={styles.input}
        value={value}
        onChange={({ target }) =>
          target.value === "more" ? void fetchNextPage() : onChange(target.value)
        }
      >
        {value === "" && <option value="">Choose a circuit…</option>}
        {!isKnown && <option value={value}>Circuit {value.slice(0, 12)}</option>}
        {circuits.map(({ id, task, method, model, created_at }) => (
          <option key={id} value={id}>
            {task.title} · {methodTitle(method)} · {model} · {ago(created_at)}
          </option>
        ))}
        {hasNextPage && <option value="more">Load older ones…</option>}
      </select>
    </label>
  );
}
