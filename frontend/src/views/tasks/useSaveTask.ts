import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { postTask, putTask, type TaskDetail, taskQuery } from "../../api/taskQueries";
import { showToast } from "../../widgets/toasts";
import { exampleBodies } from "./document";
import type { TaskEditor } from "./useTaskEditor";

/** Storing what was edited. A bundled task is never changed: saving it makes a copy. */
export function useSaveTask(task: TaskDetail, model: string, editor: TaskEditor) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaving, setSaving] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { document } = editor;
  const content = {
    title: document.title,
    description: document.description,
    examples: exampleBodies(document),
  };

  async function attempt(store: () => Promise<TaskDetail>) {
    if (isSaving || !editor.isChanged) return;
    setSaving(true);
    setProblem(null);
    try {
      const stored = await store();
      editor.markSaved(stored.version, document);
      await queries.invalidateQueries({ queryKey: ["tasks"] });
      showToast(stored.id === task.id ? "Saved." : `Saved as your own task “${stored.name}”.`);
      if (stored.id !== task.id)
        await navigate({
          to: "/tasks/$id",
          params: { id: stored.id },
          search: { model },
          ignoreBlocker: true,
        });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setSaving(false);
    }
  }

  return {
    problem,
    isSaving,
    /** Somebody else saved in between: theirs is not overwritten by accident. */
    isConflict: problem !== null && (problem.status === 409 || problem.status === 412),
    save: () =>
      attempt(
        () => putTask(task.id, { ...content, version: editor.version }) as Promise<TaskDetail>,
      ),
    saveCopy: () =>
      attempt(
        () =>
          postTask({
            name: `${task.name.slice(0, 56)}-copy`,
            source: task.source,
            ...content,
          }) as Promise<TaskDetail>,
      ),
    overwrite: () =>
      attempt(async () => {
        const latest = await queries.fetchQuery({ ...taskQuery(task.id), staleTime: 0 });
        return putTask(task.id, { ...content, version: latest.version }) as Promise<TaskDetail>;
      }),
    dismiss: () => setProblem(null),
  };
}

export type Saving = ReturnType<typeof useSaveTask>;
