import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { postCircuit } from "../../api/circuitQueries";
import { checkQuery, marksQuery, type TaskCheck, type TaskSummary } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { Button } from "../../widgets/Button";
import { count, percent } from "../../widgets/format";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Range } from "../../widgets/Range";
import { ModelChoice } from "../ModelChoice";
import page from "../Page.module.css";
import { freeCounts } from "../tasks/split";
import styles from "./CircuitForm.module.css";
import { DictionaryChoice } from "./DictionaryChoice";
import {
  type CircuitSearch,
  DEFAULT_SHARE,
  examplesOf,
  numberFault,
  requestOf,
  seedOf,
  settingValue,
  shareOf,
  withMethod,
} from "./draft";
import { MethodPicker } from "./MethodPicker";
import { MethodSettings } from "./MethodSettings";
import type { MethodForm } from "./methodSchema";
import { rememberRun } from "./runs";
import { hasFeatures } from "./sites";
import { TaskAccuracy } from "./TaskAccuracy";
import { TaskChoice } from "./TaskChoice";

interface CircuitFormProps {
  readonly search: CircuitSearch;
  readonly models: readonly Model[];
  readonly model: Model;
  readonly tasks: readonly TaskSummary[];
  readonly forms: readonly MethodForm[];
  readonly form: MethodForm;
  readonly onChange: (search: CircuitSearch) => void;
}

export function CircuitForm(props: CircuitFormProps) {
  const { search, models, model, tasks, forms, form, onChange } = props;
  const navigate = useNavigate();
  const [problem, setProblem] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const task = tasks.find(({ id }) => id === search.task);
  const check = useQuery({
    ...checkQuery({ model: model.name, task: task?.id ?? "", preview: 0 }),
    enabled: task !== undefined,
  });
  const usable = check.data?.n_ok;
  const obstacle = obstacleOf(props, task, usable);

  const set = (change: Partial<Record<keyof CircuitSearch, string | undefined>>) =>
    onChange(without({ ...search, ...change }));

  async function find(event: FormEvent) {
    event.preventDefault();
    if (obstacle || isSending) return;
    setSending(true);
    setProblem(null);
    try {
      const answer = await postCircuit(requestOf(search, model.name, form));
      if (answer.status !== "done") rememberRun(answer.id);
      await navigate({ to: "/c/$id", params: { id: answer.id } });
    } catch (error) {
      setProblem(error);
      setSending(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={find}>
      <section className={styles.part} aria-labelledby="what">
        <h2 id="what">Task</h2>
        <div className={styles.pair}>
          <ModelChoice
            models={models}
            model={model}
            onChange={(name) => set({ model: name, d: undefined })}
          />
          <TaskChoice tasks={tasks} task={task} onChange={(id) => set({ task: id })} />
        </div>
        <TaskFacts task={task} model={model} check={check} />
        {task && usable !== 0 && <TaskAccuracy key={task.id} task={task} model={model} />}
      </section>

      <section className={styles.part} aria-labelledby="how">
        <h2 id="how">Method</h2>
        <MethodPicker
          forms={forms}
          form={form}
          hasDictionaries={hasFeatures(model)}
          onChange={(next) => onChange(withMethod(search, next))}
        />
        <MethodSettings search={search} form={form} check={check.data} onChange={onChange} />
        {form.needsDictionaries && (
          <DictionaryChoice model={model} chosen={search.d} onChange={(d) => set({ d })} />
        )}
      </section>

      <section className={styles.part} aria-labelledby="on">
        <h2 id="on">Examples</h2>
        <ExampleChoice search={search} task={task} usable={usable} onChange={set} />
      </section>

      {problem !== null && <ProblemNote error={problem} />}
      <div className={styles.foot}>
        <p className={styles.obstacle} role="status">
          {obstacle}
        </p>
        <Button type="submit" look="primary" icon="graph" disabled={obstacle !== null || isSending}>
          {isSending ? "Asking…" : "Find circuit"}
        </Button>
      </div>
    </form>
  );
}

function without(search: Record<string, string | undefined>): CircuitSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ) as CircuitSearch;
}

/** What still keeps the circuit from being asked for, in words. */
function obstacleOf(
  { search, form, model, tasks }: CircuitFormProps,
  task: TaskSummary | undefined,
  usable: number | undefined,
): string | null {
  if (tasks.length === 0) return "There is no task yet: import one.";
  if (!task) return "Choose a task.";
  if (form.needsDictionaries && !hasFeatures(model))
    return `${model.name} has no dictionaries that a circuit reads: choose a method on heads and MLPs.`;
  const fault = form.settings
    .map((setting) => ({ setting, fault: numberFault(setting, settingValue(search, setting)) }))
    .find((one) => one.fault !== null);
  if (fault) return `${fault.setting.title}: ${fault.fault}`;
  if (usable === 0) return `${model.name} can use none of the task's examples.`;
  return null;
}

interface TaskFactsProps {
  readonly task: TaskSummary | undefined;
  readonly model: Model;
  readonly check: UseQueryResult<TaskCheck>;
}

function TaskFacts({ task, model, check }: TaskFactsProps) {
  if (!task) return <p className={page.note}>Bundled tasks and your own are in the list.</p>;
  if (check.isError) return <ProblemNote error={check.error} onRetry={() => check.refetch()} />;
  const { data } = check;
  return (
    <p className={page.note} role="status">
      {data
        ? `${model.name} can use ${count(data.n_ok)} of ${count(data.n_ok + data.n_dropped)} examples; ` +
          (data.equal_lengths
            ? `all ${count(data.lengths[0] ?? 0)} tokens long`
            : `${count(data.lengths[0] ?? 0)} to ${count(data.lengths.at(-1) ?? 0)} tokens long`) +
          (data.span_names
            ? `; spans: ${data.span_names.filter((name) => name !== "start").join(", ")}`
            : "; no spans")
        : `Reading the task with ${model.name}…`}
    </p>
  );
}

interface ExampleChoiceProps {
  readonly search: CircuitSearch;
  readonly task: TaskSummary | undefined;
  readonly usable: number | undefined;
  readonly onChange: (change: Partial<Record<keyof CircuitSearch, string | undefined>>) => void;
}

function ExampleChoice({ search, task, usable, onChange }: ExampleChoiceProps) {
  const marks = useQuery({ ...marksQuery(task?.id ?? ""), enabled: task !== undefined }).data;
  const share = shareOf(search);
  const asked = examplesOf(search);
  const drawn = usable === undefined ? undefined : Math.min(usable, asked ?? usable);
  const counts = drawn === undefined ? null : freeCounts(drawn, share);
  return (
    <>
      <div className={styles.pair}>
        <label className={page.field}>
          <span className={page.name}>At most</span>
          <input
            className={page.input}
            type="number"
            inputMode="numeric"
            min={2}
            step={1}
            placeholder={usable === undefined ? "all" : `all ${count(usable)}`}
            value={search.n ?? ""}
            onChange={({ target }) =>
              onChange({ n: target.value === "" ? undefined : target.value })
            }
          />
        </label>
        <label className={page.field}>
          <span className={page.name}>Seed of the split</span>
          <input
            className={page.input}
            type="number"
            inputMode="numeric"
            min={0}
            step={1}
            value={search.seed ?? String(seedOf(search))}
            onChange={({ target }) =>
              onChange({
                seed: target.value === "" || target.value === "0" ? undefined : target.value,
              })
            }
          />
        </label>
        <div className={styles.share}>
          <Range
            label="Set aside for evaluation"
            value={share}
            min={0.1}
            max={0.9}
            step={0.05}
            text={percent(share)}
            onChange={(value) => {
              const rounded = Math.round(value * 100) / 100;
              onChange({ share: rounded === DEFAULT_SHARE ? undefined : String(rounded) });
            }}
          />
        </div>
      </div>
      <p className={page.note}>
        {marks && marks.marked > 0
          ? `The task says of ${marks.marked === marks.n ? "every example" : "some examples"} which side it belongs to${marks.marked === marks.n ? "." : "; share and seed are for the others."}`
          : counts
            ? `Found on ${count(counts.train)}, evaluated later on ${count(counts.evaluation)} that it has not seen.`
            : "Found on some, evaluated later on others that it has not seen."}
      </p>
    </>
  );
}
