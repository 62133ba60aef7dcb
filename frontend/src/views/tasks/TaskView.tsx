import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import { taskQuery } from "../../api/taskQueries";
import { useTitle } from "../../state/useTitle";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import page from "../Page.module.css";
import { TopBar } from "../TopBar";
import { useModel } from "../useModel";
import { TaskPage } from "./TaskPage";
import { TokenTaskPage } from "./TokenTaskPage";

export function TaskView() {
  const { id } = useParams({ from: "/tasks/$id" });
  const search = useSearch({ from: "/tasks/$id" });
  const navigate = useNavigate();
  const { answer, models, model } = useModel(search.model);
  const task = useQuery(taskQuery(id));
  useTitle(task.data ? task.data.title || task.data.name : "Task");
  const failed = task.isError ? task : answer.isError && !models ? answer : null;

  const choose = (name: string) =>
    navigate({
      to: "/tasks/$id",
      params: { id },
      search: { model: name },
      replace: true,
      resetScroll: false,
    });

  return (
    <>
      <TopBar />
      <main className={page.page} id="main" data-scrolls>
        {failed ? (
          <>
            <h1 className="visuallyHidden">Task not opened</h1>
            <ProblemNote
              error={failed.error}
              {...(asProblem(failed.error).status === 404
                ? {}
                : { onRetry: () => failed.refetch() })}
            >
              <Link to="/tasks">All tasks</Link>
            </ProblemNote>
          </>
        ) : !task.data || !model || !models ? (
          <>
            <h1 className="visuallyHidden">Opening a task</h1>
            <Skeleton label="Fetching the task and its examples" lines={9} height="3rem" />
          </>
        ) : task.data.kind === "tokens" ? (
          <TokenTaskPage task={task.data} models={models} model={model} onModel={choose} />
        ) : (
          <TaskPage
            // Another answer of the server is another task to edit.
            key={`${id} ${task.dataUpdatedAt}`}
            task={task.data}
            models={models}
            model={model}
            onModel={choose}
            onReload={() => task.refetch()}
          />
        )}
      </main>
    </>
  );
}
