import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type DragEvent, useState } from "react";
import { tasksQuery } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { useTitle } from "../../state/useTitle";
import { Button } from "../../widgets/Button";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import { ModelChoice } from "../ModelChoice";
import page from "../Page.module.css";
import { TopBar } from "../TopBar";
import { useModel } from "../useModel";
import { ImportTask } from "./ImportTask";
import styles from "./TaskList.module.css";
import { TaskRow } from "./TaskRow";
import { readFiles, type TaskFile } from "./taskFiles";

/** What circuits are found for: sets of examples, with the model's own score on each. */
export function TasksView() {
  useTitle("Tasks");
  const search = useSearch({ from: "/tasks" });
  const navigate = useNavigate();
  const { answer, models, model } = useModel(search.model);
  const [importing, setImporting] = useState<readonly TaskFile[] | null>(null);

  async function onDrop(event: DragEvent) {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    setImporting(await readFiles(event.dataTransfer.files));
  }

  return (
    <>
      <TopBar />
      <main
        className={page.page}
        id="main"
        data-scrolls
        onDragOver={(event) => event.preventDefault()}
        onDrop={onDrop}
      >
        <header className={page.head}>
          <div className={page.title}>
            <h1>Tasks</h1>
            <p>
              A task is a set of prompt pairs with answers. One prompt is an anecdote; a circuit
              over a task can be tested on examples it has not seen.
            </p>
          </div>
          <div className={page.actions}>
            <ModelChoice
              models={models}
              model={model}
              onChange={(name) =>
                navigate({ to: "/tasks", search: { model: name }, replace: true })
              }
            />
            <Button icon="plus" onClick={() => setImporting([])}>
              Import a task
            </Button>
          </div>
        </header>
        {answer.isError && !models ? (
          <ProblemNote error={answer.error} onRetry={() => answer.refetch()} />
        ) : model ? (
          <TaskLists model={model} />
        ) : (
          <Skeleton label="Fetching tasks" lines={5} height="4.5rem" />
        )}
        {model && importing && (
          <ImportTask model={model} given={importing} onClose={() => setImporting(null)} />
        )}
      </main>
    </>
  );
}

function TaskLists({ model }: { readonly model: Model }) {
  const tasks = useQuery(tasksQuery(model.name));
  if (tasks.isError && !tasks.data)
    return <ProblemNote error={tasks.error} onRetry={() => tasks.refetch()} />;
  if (!tasks.data) return <Skeleton label="Fetching tasks" lines={5} height="4.5rem" />;
  const own = tasks.data.items.filter(({ bundled }) => !bundled);
  const bundled = tasks.data.items.filter((task) => task.bundled);
  return (
    <>
      <section className={styles.part} aria-labelledby="own">
        <h2 id="own">Your tasks</h2>
        {own.length === 0 ? (
          <p className={page.empty}>
            None yet. Drop a file here (JSONL, JSON or CSV), or open a task below and change it: a
            copy becomes yours.
          </p>
        ) : (
          <ul className={styles.list}>
            {own.map((task) => (
              <TaskRow key={task.id} task={task} model={model} />
            ))}
          </ul>
        )}
      </section>
      {bundled.length > 0 && (
        <section className={styles.part} aria-labelledby="bundled">
          <h2 id="bundled">Comes with {model.name}</h2>
          <ul className={styles.list}>
            {bundled.map((task) => (
              <TaskRow key={task.id} task={task} model={model} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
