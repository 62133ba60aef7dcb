import { useCallback, useMemo, useState } from "react";
import type { TaskDetail } from "../../api/taskQueries";
import { showToast } from "../../widgets/toasts";
import {
  documentOf,
  type EditedExample,
  type TaskDocument,
  withDuplicate,
  withNewExample,
  withoutExamples,
} from "./document";
import { amend, redo, startHistory, step, undo } from "./history";

/** One task being edited: its history, what is selected, and what the server has of it. */
export function useTaskEditor(task: TaskDetail) {
  const [history, setHistory] = useState(() => startHistory(documentOf(task)));
  const [saved, setSaved] = useState({ document: history.present, version: task.version });
  const [selected, setSelected] = useState<number | null>(
    () => history.present.examples[0]?.key ?? null,
  );
  const document = history.present;

  const edit = useCallback(
    (change: (now: TaskDocument) => TaskDocument, name: string, what: string | null = null) =>
      setHistory((now) => step(now, change(now.present), name, what)),
    [],
  );
  /** For what follows from the last step, such as new token counts: no step of its own. */
  const adjust = useCallback(
    (change: (now: TaskDocument) => TaskDocument) =>
      setHistory((now) => amend(now, change(now.present))),
    [],
  );

  const goBack = useCallback(() => setHistory(undo), []);
  const goForth = useCallback(() => setHistory(redo), []);

  const add = useCallback(() => {
    const { document: next, key } = withNewExample(document, selected);
    edit(() => next, "Add an example");
    setSelected(key);
    return key;
  }, [document, selected, edit]);

  const duplicate = useCallback(() => {
    if (selected === null) return;
    const { document: next, key } = withDuplicate(document, selected);
    edit(() => next, "Duplicate an example");
    setSelected(key);
  }, [document, selected, edit]);

  const remove = useCallback(() => {
    if (selected === null) return;
    const { document: next, key } = withoutExamples(document, new Set([selected]));
    edit(() => next, "Delete an example");
    setSelected(key);
    showToast("Deleted an example.", { label: "Undo", run: goBack });
  }, [document, selected, edit, goBack]);

  const savedExamples = useMemo(
    () => new Map(saved.document.examples.map((example) => [example.key, example])),
    [saved.document],
  );

  return {
    document,
    selected: selectedIn(document, selected),
    select: setSelected,
    edit,
    adjust,
    add,
    duplicate,
    remove,
    undo: goBack,
    redo: goForth,
    canUndo: history.past.at(-1)?.name ?? null,
    canRedo: history.future[0]?.name ?? null,
    isChanged: document !== saved.document,
    version: saved.version,
    savedExamples,
    /** The server has this document now, as this version. */
    markSaved: useCallback(
      (version: number, what: TaskDocument) => setSaved({ document: what, version }),
      [],
    ),
  };
}

export type TaskEditor = ReturnType<typeof useTaskEditor>;

/** Undo may take the selected example away: then the first one is shown. */
function selectedIn(document: TaskDocument, key: number | null): EditedExample | null {
  const { examples } = document;
  return examples.find((example) => example.key === key) ?? examples[0] ?? null;
}
