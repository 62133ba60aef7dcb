import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { accuracyQuery, type TaskDetail } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { AccuracyPanel } from "./AccuracyPanel";
import { ExampleEditor } from "./ExampleEditor";
import { ExampleFilter } from "./ExampleFilter";
import { ExampleTable } from "./ExampleTable";
import { LeaveGuard } from "./LeaveGuard";
import { casesOf, EVERY_ROW, filteredRows, type Measured } from "./rows";
import { SplitControl } from "./SplitControl";
import { DEFAULT_SPLIT } from "./split";
import { TaskHeader } from "./TaskHeader";
import styles from "./TaskPage.module.css";
import { useDocumentCheck } from "./useDocumentCheck";
import { useEditorKeys } from "./useEditorKeys";
import { useSaveTask } from "./useSaveTask";
import { useTaskEditor } from "./useTaskEditor";

interface TaskPageProps {
  readonly task: TaskDetail;
  readonly models: readonly Model[];
  readonly model: Model;
  readonly onModel: (name: string) => void;
  readonly onReload: () => void;
}

const NO_MEASURES: Measured = new Map();

/** How well the model does the task, then its examples to read and change. */
export function TaskPage({ task, models, model, onModel, onReload }: TaskPageProps) {
  const editor = useTaskEditor(task);
  const { document } = editor;
  const saving = useSaveTask(task, model.name, editor);
  const check = useDocumentCheck(document, model.name);
  const accuracy = useQuery(accuracyQuery({ id: task.id, version: editor.version }, model.name));
  const [filter, setFilter] = useState(EVERY_ROW);
  const [split, setSplit] = useState(DEFAULT_SPLIT);

  const measured = useMemo(() => {
    const saved = [...editor.savedExamples.values()];
    return (
      accuracy.data &&
      new Map(
        accuracy.data.per_example.flatMap((one) => {
          const example = saved[one.example];
          return example ? [[example, one] as const] : [];
        }),
      )
    );
  }, [accuracy.data, editor.savedExamples]);
  const rows = useMemo(
    () => filteredRows(document.examples, filter, measured ?? NO_MEASURES, check.problems),
    [document.examples, filter, measured, check.problems],
  );
  const cases = useMemo(() => casesOf(document.examples), [document.examples]);
  const selected = editor.selected;

  useEditorKeys({ undo: editor.undo, redo: editor.redo, save: saving.save });

  return (
    <div className={styles.page}>
      <LeaveGuard isChanged={editor.isChanged} />
      <TaskHeader
        task={task}
        models={models}
        model={model}
        editor={editor}
        saving={saving}
        split={split}
        onModel={onModel}
        onReload={onReload}
      />
      <div className={styles.facts}>
        <AccuracyPanel
          accuracy={accuracy}
          model={model.name}
          isChanged={editor.isChanged}
          chosenCase={filter.case}
          onCase={(group) => setFilter({ ...filter, case: filter.case === group ? null : group })}
        />
        <SplitControl examples={document.examples} split={split} onChange={setSplit} />
      </div>
      <ExampleFilter
        filter={filter}
        onChange={setFilter}
        cases={cases}
        n={document.examples.length}
        nShown={rows.length}
        measured={measured}
        check={check}
        editor={editor}
      />
      <div className={styles.work}>
        <ExampleTable
          rows={rows}
          numbers={document.examples}
          selected={selected?.key ?? null}
          measured={measured ?? NO_MEASURES}
          problems={check.problems}
          onSelect={editor.select}
          onDelete={editor.remove}
        />
        {selected && (
          <ExampleEditor
            key={selected.key}
            example={selected}
            number={document.examples.indexOf(selected) + 1}
            editor={editor}
            model={model.name}
            problems={check.problems.get(selected.key)}
            measured={measured?.get(selected)}
            isMeasuring={accuracy.isFetching}
          />
        )}
      </div>
    </div>
  );
}
