import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { circuitStatusQuery } from "../../api/circuitQueries";
import { asProblem } from "../../api/problem";
import { phaseOf } from "../../panels/circuitRun/CircuitProgress";
import { methodTitle } from "../circuit/methodTitle";
import styles from "./CircuitList.module.css";
import { forgetRun, readRuns } from "./runs";

const LOOK_EVERY_MS = 2_000;

/** What was asked for here and is not complete: going on, or stopped and ready to go on. */
export function UnderWay() {
  const [runs, setRuns] = useState(readRuns);
  function drop(id: string) {
    forgetRun(id);
    setRuns(readRuns());
  }
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const note = (id: string) => setShown((now) => (now.has(id) ? now : new Set(now).add(id)));
  if (runs.length === 0) return null;
  return (
    <section className={styles.part} aria-labelledby="under-way" hidden={shown.size === 0}>
      <h2 id="under-way">Not finished</h2>
      <ul className={styles.list}>
        {runs.map((id) => (
          <RunRow key={id} id={id} onShow={() => note(id)} onOver={() => drop(id)} />
        ))}
      </ul>
    </section>
  );
}

interface RunRowProps {
  readonly id: string;
  readonly onShow: () => void;
  readonly onOver: () => void;
}

function RunRow({ id, onShow, onOver }: RunRowProps) {
  const status = useQuery({
    ...circuitStatusQuery(id),
    refetchInterval: ({ state }) =>
      state.data?.status === "running" || state.data?.status === "queued" ? LOOK_EVERY_MS : false,
  });
  const { data, error } = status;
  const isOver = data?.status === "done" || (error !== null && asProblem(error).status === 404);
  const isShown = data !== undefined && !isOver;
  useEffect(() => {
    if (isOver) onOver();
    if (isShown) onShow();
  }, [isOver, isShown, onOver, onShow]);
  if (!isShown) return null;
  return (
    <li className={styles.running}>
      <Link to="/c/$id" params={{ id }}>
        {data.task.title || data.task.name}, {methodTitle(data.method)}
      </Link>
      <p>
        {data.status === "running" || data.status === "queued"
          ? phaseOf(data.job)
          : `${data.status === "failed" ? "Failed" : "Cancelled"}; finished examples are kept. Open it to resume.`}
      </p>
    </li>
  );
}
