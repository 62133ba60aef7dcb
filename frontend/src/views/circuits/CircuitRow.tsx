import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { type CircuitListItem, circuitEvaluationsQuery } from "../../api/circuitQueries";
import { ago, plural } from "../../widgets/format";
import { methodTitle } from "../circuit/methodTitle";
import { useSeen } from "../tasks/useAccuracy";
import styles from "./CircuitList.module.css";
import { faithfulnessOf } from "./faithfulness";

interface CircuitRowProps {
  readonly circuit: CircuitListItem;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

export function CircuitRow({ circuit, isChosen, onToggle }: CircuitRowProps) {
  const row = useRef<HTMLLIElement>(null);
  const isSeen = useSeen(row);
  const evaluations = useQuery({ ...circuitEvaluationsQuery(circuit.id), enabled: isSeen });
  const evaluated = faithfulnessOf(evaluations.data?.items ?? []);
  const title = circuit.task.title || circuit.task.name;
  return (
    <li ref={row} className={styles.row}>
      <label className={styles.tick} title="Choose for comparing">
        <input type="checkbox" checked={isChosen} onChange={onToggle} />
        <span className="visuallyHidden">
          Compare {title}, {methodTitle(circuit.method)}, {circuit.model}
        </span>
      </label>
      <div className={styles.what}>
        <Link to="/c/$id" params={{ id: circuit.id }} className={styles.title}>
          {title}
        </Link>
        <p className={styles.facts}>
          <span>{methodTitle(circuit.method)}</span>
          <span>{circuit.model}</span>
          <span>{plural(circuit.task.n_train, "example")}</span>
          <span>
            {circuit.bins.length > 1 ? plural(circuit.bins.length, "position") : "summed positions"}
          </span>
        </p>
      </div>
      <span className={styles.size}>
        {plural(circuit.n_nodes, "node")} · {plural(circuit.n_edges, "edge")}
      </span>
      <span className={styles.score} title={evaluated?.settings}>
        {evaluated ? (
          <>
            <strong>{evaluated.value}</strong> {evaluated.name}
          </>
        ) : (
          <span className={styles.unknown}>not evaluated</span>
        )}
      </span>
      <time className={styles.when} dateTime={circuit.created_at}>
        {ago(circuit.created_at)}
      </time>
    </li>
  );
}
