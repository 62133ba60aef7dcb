import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { openApiQuery } from "../../api/circuitQueries";
import type { CircuitAnswer } from "../../api/circuitViewQueries";
import { CircuitProgress } from "../../panels/circuitRun/CircuitProgress";
import { useCircuitRun } from "../../panels/circuitRun/useCircuitRun";
import { useTitle } from "../../state/useTitle";
import { count } from "../../widgets/format";
import { searchOf } from "../circuits/draft";
import { methodForms, optionText, words } from "../circuits/methodSchema";
import page from "../Page.module.css";
import { methodTitle } from "./methodTitle";
import styles from "./UnfinishedCircuit.module.css";

interface UnfinishedCircuitProps {
  /** As the server last told it. */
  readonly answer: CircuitAnswer;
  readonly onDone: () => void;
}

/** A circuit on its way, or stopped: how far it is, what was asked, and the way on, for whoever has its link. */
export function UnfinishedCircuit({ answer, onDone }: UnfinishedCircuitProps) {
  const navigate = useNavigate();
  const { work, lastJob, cancel, goOn } = useCircuitRun(answer, (found) =>
    found === answer.id
      ? onDone()
      : void navigate({ to: "/c/$id", params: { id: found }, replace: true }),
  );
  const title = `Circuit of ${answer.task.title}`;
  useTitle(work.at === "following" && work.job.phase ? `${work.job.phase} · ${title}` : title);
  const isStopped = work.at === "cancelled" || work.at === "failed";
  return (
    <div className={styles.run}>
      <CircuitProgress work={work} lastJob={lastJob} onCancel={cancel} onGoOn={goOn} />
      {isStopped && (
        <Link to="/circuits/new" search={searchOf(answer.request)} className={styles.back}>
          Change the settings
        </Link>
      )}
      <AskedFor answer={answer} />
    </div>
  );
}

function AskedFor({ answer }: { readonly answer: CircuitAnswer }) {
  const openApi = useQuery(openApiQuery());
  const forms = openApi.data ? methodForms(openApi.data) : [];
  const form = forms.find(({ id }) => id === answer.method.method);
  const { task } = answer;
  return (
    <section className={page.card} aria-label="What was asked for">
      <h2 className={styles.title}>
        <Link to="/tasks/$id" params={{ id: task.id }} search={{ model: answer.model }}>
          {task.title || task.name}
        </Link>
      </h2>
      <dl className={styles.facts}>
        <Fact name="Model">{answer.model}</Fact>
        <Fact name="Method">{methodTitle(answer.method)}</Fact>
        <Fact name="Examples">
          {count(task.n_train)} to find it, {count(task.n_evaluation)} set aside
          {task.n_dropped > 0 && `, ${count(task.n_dropped)} not usable`}
        </Fact>
        {Object.entries(answer.method)
          .filter(([name]) => name !== "method")
          .map(([name, value]) => (
            <Fact
              key={name}
              name={form?.settings.find((setting) => setting.name === name)?.title ?? words(name)}
            >
              {settingText(value)}
            </Fact>
          ))}
      </dl>
    </section>
  );
}

function settingText(value: unknown): string {
  if (typeof value === "string") return optionText(value);
  if (typeof value === "number") return count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "none";
  return Object.values(value as object).join(" ");
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
