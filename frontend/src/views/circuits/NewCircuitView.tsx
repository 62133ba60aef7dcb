import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { openApiQuery } from "../../api/circuitQueries";
import { tasksQuery } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { useTitle } from "../../state/useTitle";
import { ProblemNote } from "../../widgets/ProblemNote";
import { Skeleton } from "../../widgets/Skeleton";
import page from "../Page.module.css";
import { TopBar } from "../TopBar";
import { useModel } from "../useModel";
import { CircuitForm } from "./CircuitForm";
import { type CircuitSearch, DEFAULT_METHOD } from "./draft";
import { methodForms } from "./methodSchema";
import { hasFeatures } from "./sites";

/** Choose what circuit to find; its own page follows the work. */
export function NewCircuitView() {
  useTitle("New circuit");
  const search = useSearch({ from: "/circuits/new" });
  const navigate = useNavigate();
  const { answer, models, model } = useModel(search.model);
  const tasks = useQuery({ ...tasksQuery(model?.name ?? ""), enabled: model !== undefined });
  const openApi = useQuery(openApiQuery());
  const forms = openApi.data ? methodForms(openApi.data) : undefined;
  const form =
    forms?.find(({ id }) => id === search.method) ??
    forms?.find(({ id }) => id === defaultMethod(model)) ??
    forms?.[0];
  const failed = [answer, tasks, openApi].find((query) => query.isError && !query.data);

  const change = (next: CircuitSearch) =>
    navigate({ to: "/circuits/new", search: next, replace: true, resetScroll: false });

  return (
    <>
      <TopBar />
      <main className={page.page} id="main" data-scrolls>
        <header className={page.head}>
          <div className={page.title}>
            <h1>New circuit</h1>
            <p>Which parts of the model carry a behaviour, over all examples of a task?</p>
          </div>
        </header>
        {failed ? (
          <ProblemNote error={failed.error} onRetry={() => failed.refetch()} />
        ) : !model || !models || !tasks.data || !forms || !form ? (
          <Skeleton label="Fetching tasks and methods" lines={8} height="3rem" />
        ) : (
          <CircuitForm
            search={search}
            models={models}
            model={model}
            tasks={tasks.data.items}
            forms={forms}
            form={form}
            onChange={change}
          />
        )}
      </main>
    </>
  );
}

/** A model without dictionaries still has heads and MLPs. */
const defaultMethod = (model: Model | undefined) =>
  model && hasFeatures(model) ? DEFAULT_METHOD : "eap-ig-inputs";
