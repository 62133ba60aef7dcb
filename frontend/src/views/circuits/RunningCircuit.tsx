import { Link, useNavigate } from "@tanstack/react-router";
import type { Model } from "../../api/types";
import { CircuitProgress } from "../../panels/circuitRun/CircuitProgress";
import { useCircuitRun } from "../../panels/circuitRun/useCircuitRun";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { count } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import page from "../Page.module.css";
import { type CircuitSearch, requestOf } from "./draft";
import { type MethodForm, optionText, words } from "./methodSchema";
import styles from "./RunningCircuit.module.css";

interface RunningCircuitProps {
  readonly id: string;
  readonly search: CircuitSearch;
  readonly model: Model;
  readonly form: MethodForm;
  readonly onChange: (search: CircuitSearch) => void;
}

/** The circuit of this address on its way: what was asked, how far it is, and then the circuit. */
export function RunningCircuit({ id, search, model, form, onChange }: RunningCircuitProps) {
  const navigate = useNavigate();
  const run = useCircuitRun(id, () => navigate({ to: "/c/$id", params: { id }, replace: true }));
  const { answer, error, work } = run;
  const { run: _, ...draft } = search;
  useTitle(work.at === "following" ? `${work.job.phase} · Finding a circuit` : "Finding a circuit");
  if (error)
    return (
      <ProblemNote error={error} onRetry={run.lookAgain}>
        <Button size="s" onClick={() => onChange(draft as CircuitSearch)}>
          Back to the form
        </Button>
      </ProblemNote>
    );
  if (!answer) return <Skeleton label="Asking how far it is" lines={4} height="2rem" />;
  const isStopped = work.at === "cancelled" || work.at === "failed";
  return (
    <div className={styles.run}>
      <CircuitProgress
        work={work}
        lastJob={run.lastJob}
        onCancel={run.cancel}
        onGoOn={() => run.goOn(requestOf(search, model.name, form))}
      />
      {isStopped && (
        <Button className={styles.back} onClick={() => onChange(draft as CircuitSearch)}>
          Change the settings
        </Button>
      )}
      <section className={page.card} aria-label="What was asked for">
        <h2 className={styles.title}>
          {answer.task.id ? (
            <Link to="/tasks/$id" params={{ id: answer.task.id }} search={{ model: answer.model }}>
              {answer.task.title || answer.task.name}
            </Link>
          ) : (
            answer.task.title || answer.task.name
          )}
        </h2>
        <dl className={styles.facts}>
          <Fact name="Model">{answer.model}</Fact>
          <Fact name="Method">{form.title}</Fact>
          <Fact name="Examples">
            {count(answer.task.n_train)} to find it, {count(answer.task.n_evaluation)} set aside
            {answer.task.n_dropped > 0 && `, ${count(answer.task.n_dropped)} not usable`}
          </Fact>
          {Object.entries(answer.method)
            .filter(([name]) => name !== "method")
            .map(([name, value]) => (
              <Fact
                key={name}
                name={form.settings.find((setting) => setting.name === name)?.title ?? words(name)}
              >
                {settingText(value)}
              </Fact>
            ))}
        </dl>
      </section>
    </div>
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
