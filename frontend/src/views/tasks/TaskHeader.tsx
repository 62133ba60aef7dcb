import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { deleteTask, type TaskDetail } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { Button } from "../../widgets/Button";
import { Dialog } from "../../widgets/Dialog";
import { Menu } from "../../widgets/Menu";
import { ProblemNote } from "../../widgets/ProblemNote";
import { showToast } from "../../widgets/toasts";
import { ModelChoice } from "../ModelChoice";
import page from "../Page.module.css";
import { saveFile } from "../saveFile";
import { jsonLines } from "./document";
import guard from "./LeaveGuard.module.css";
import { DEFAULT_SPLIT, type Split } from "./split";
import styles from "./TaskHeader.module.css";
import type { Saving } from "./useSaveTask";
import type { TaskEditor } from "./useTaskEditor";

interface TaskHeaderProps {
  readonly task: TaskDetail;
  readonly models: readonly Model[];
  readonly model: Model;
  readonly editor: TaskEditor;
  readonly saving: Saving;
  readonly split: Split;
  readonly onModel: (name: string) => void;
  readonly onReload: () => void;
}

export function TaskHeader(props: TaskHeaderProps) {
  const { task, models, model, editor, saving, split, onModel, onReload } = props;
  const { document, edit } = editor;
  const [isDeleting, setDeleting] = useState(false);
  const entries = [
    {
      label: "JSON Lines",
      note: "One example a line, with spans; as it stands in the editor",
      run: () => saveFile(jsonLines(document), `${task.name}.jsonl`, "application/jsonl"),
    },
  ];
  return (
    <header className={styles.header}>
      <div className={styles.line}>
        <div className={styles.words}>
          <h1 className="visuallyHidden">{document.title || task.name}</h1>
          <input
            className={styles.title}
            aria-label="Title"
            value={document.title}
            placeholder={task.name}
            maxLength={200}
            onChange={({ target }) =>
              edit((now) => ({ ...now, title: target.value }), "Edit the title", "title")
            }
          />
          <textarea
            className={styles.description}
            aria-label="Description"
            value={document.description}
            placeholder="What does the model have to do?"
            rows={1}
            onChange={({ target }) =>
              edit(
                (now) => ({ ...now, description: target.value }),
                "Edit the description",
                "description",
              )
            }
          />
          <p className={page.note}>
            <Link to="/tasks" search={{ model: model.name }}>
              Tasks
            </Link>{" "}
            / <code>{task.id}</code>
            {task.bundled
              ? ` · comes with ${task.model ?? "Headwater"}; saving makes a copy that is yours`
              : task.source !== "" && ` · ${task.source}`}
          </p>
        </div>
        <ModelChoice models={models} model={model} onChange={onModel} />
      </div>
      <div className={styles.tools} role="toolbar" aria-label="Task">
        <Button
          icon="undo"
          aria-label="Undo"
          title={editor.canUndo ? `Undo: ${editor.canUndo} (Ctrl+Z)` : "Nothing to undo"}
          disabled={!editor.canUndo}
          onClick={editor.undo}
        />
        <Button
          icon="redo"
          aria-label="Redo"
          title={editor.canRedo ? `Redo: ${editor.canRedo} (Ctrl+Shift+Z)` : "Nothing to redo"}
          disabled={!editor.canRedo}
          onClick={editor.redo}
        />
        <Menu trigger={<Button icon="export">Download</Button>} entries={entries} />
        {!task.bundled && (
          <Button look="quiet" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        )}
        <span className={styles.state} role="status">
          {saving.isSaving ? "Saving…" : editor.isChanged ? "Unsaved changes" : ""}
        </span>
        <Button
          look={editor.isChanged ? "primary" : "plain"}
          disabled={!editor.isChanged || saving.isSaving}
          title="Ctrl+S"
          onClick={saving.save}
        >
          {task.bundled ? "Save a copy" : "Save"}
        </Button>
        <Link
          to="/circuits/new"
          search={{
            model: model.name,
            task: task.id,
            ...(split.share === DEFAULT_SPLIT.share ? {} : { share: String(split.share) }),
            ...(split.seed === DEFAULT_SPLIT.seed ? {} : { seed: String(split.seed) }),
          }}
          className={styles.find}
        >
          Find circuit
        </Link>
      </div>
      {saving.isConflict ? (
        <ProblemNote error={saving.problem}>
          <Button size="s" onClick={onReload}>
            Take theirs, lose mine
          </Button>
          <Button size="s" onClick={saving.saveCopy}>
            Save mine as a copy
          </Button>
          <Button size="s" look="danger" onClick={saving.overwrite}>
            Overwrite theirs
          </Button>
        </ProblemNote>
      ) : (
        saving.problem && (
          <ProblemNote error={saving.problem} onRetry={saving.save}>
            <Button size="s" look="quiet" onClick={saving.dismiss}>
              Go on editing
            </Button>
          </ProblemNote>
        )
      )}
      {isDeleting && (
        <DeleteDialog task={task} editor={editor} onClose={() => setDeleting(false)} />
      )}
    </header>
  );
}

interface DeleteDialogProps {
  readonly task: TaskDetail;
  readonly editor: TaskEditor;
  readonly onClose: () => void;
}

function DeleteDialog({ task, editor, onClose }: DeleteDialogProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<unknown>(null);

  async function remove() {
    try {
      await deleteTask(task.id, editor.version);
      await queries.invalidateQueries({ queryKey: ["tasks"] });
      showToast(`Deleted “${task.title || task.name}”.`);
      await navigate({ to: "/tasks", ignoreBlocker: true });
    } catch (error) {
      setProblem(asProblem(error));
    }
  }

  return (
    <Dialog isOpen title="Delete this task?" onClose={onClose}>
      <p className={guard.words}>
        Its examples are gone for good; circuits found for it stay. Download it first if in doubt.
      </p>
      {problem !== null && <ProblemNote error={problem} />}
      <div className={guard.ways}>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" onClick={remove}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
