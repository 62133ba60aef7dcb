import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ChangeEvent, type DragEvent, useId, useState } from "react";
import { checkQuery, postTask } from "../../api/taskQueries";
import type { Model } from "../../api/types";
import { useDebounced } from "../../state/useDebounced";
import { Button } from "../../widgets/Button";
import { Dialog } from "../../widgets/Dialog";
import { Skeleton } from "../../widgets/Skeleton";
import page from "../Page.module.css";
import { CheckReport, ImportProblem } from "./CheckReport";
import styles from "./ImportTask.module.css";
import { FILE_TYPES, nameFrom, nameProblem, readFiles, type TaskFile } from "./taskFiles";

const CHECK_AFTER_MS = 400;

interface ImportTaskProps {
  readonly model: Model;
  /** Files that were dropped on the page already. */
  readonly given: readonly TaskFile[];
  readonly onClose: () => void;
}

/** A file or pasted text in, a report on it, and only then a stored task. */
export function ImportTask({ model, given, onClose }: ImportTaskProps) {
  const [files, setFiles] = useState(given.slice(0, 2));
  const [pasted, setPasted] = useState("");
  const [typedName, setTypedName] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const nameId = useId();

  const settled = useDebounced(pasted, CHECK_AFTER_MS);
  const content = contentOf(files, settled);
  const check = useQuery({
    ...checkQuery({ model: model.name, preview: 8, ...content }),
    enabled: content.text !== "",
  });
  const name = typedName ?? (nameFrom(files[0]?.name ?? "") || "my-task");
  const fault = nameProblem(name);
  const isReady = content.text !== "" && pasted === settled && check.data !== undefined;

  async function take(list: FileList | null) {
    if (!list || list.length === 0) return;
    const read = await readFiles(list);
    setProblem(null);
    // A second file joins a first one: formats with a file for each side.
    setFiles((now) => (read.length > 1 || now.length !== 1 ? read : [...now, ...read]).slice(0, 2));
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    event.stopPropagation();
    void take(event.dataTransfer.files);
  }

  async function save() {
    setSaving(true);
    setProblem(null);
    try {
      const task = await postTask({ name, ...content });
      await queries.invalidateQueries({ queryKey: ["tasks"] });
      await navigate({ to: "/tasks/$id", params: { id: task.id }, search: { model: model.name } });
    } catch (error) {
      setProblem(error);
      setSaving(false);
    }
  }

  return (
    <Dialog isOpen title="Import a task" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a drop target beside the real button */}
      <div className={styles.body} onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
        {files.length > 0 ? (
          <Files files={files} onChange={setFiles} onAdd={take} />
        ) : (
          <Source pasted={pasted} onPaste={setPasted} onFiles={take} />
        )}
        <div className={styles.report}>
          {content.text === "" ? (
            <p className={page.note}>
              Nothing is stored before you have seen how {model.name} reads it. Understood: JSON
              Lines with <code>clean_prefix</code>, <code>patch_prefix</code>,{" "}
              <code>clean_answer</code>, <code>patch_answer</code>; the files of EAP-IG, PEAP, MIB,
              BLiMP and WinoBias; word lists; token ids. For formats in two files, give both.
            </p>
          ) : check.isError ? (
            <ImportProblem error={check.error} onRetry={() => check.refetch()} />
          ) : check.data ? (
            <CheckReport check={check.data} model={model.name} />
          ) : (
            <Skeleton label={`Reading it with ${model.name}`} lines={6} height="1.4rem" />
          )}
        </div>
        {problem !== null && <ImportProblem error={problem} onRetry={save} />}
        <div className={styles.foot}>
          <div className={page.field}>
            <label className={page.name} htmlFor={nameId}>
              Name
            </label>
            <input
              id={nameId}
              className={page.input}
              value={name}
              aria-invalid={fault !== null || undefined}
              aria-describedby={`${nameId}-note`}
              onChange={({ target }) => setTypedName(target.value)}
            />
            <small id={`${nameId}-note`} className={fault ? page.fault : page.note}>
              {fault ?? "You can give it a title later."}
            </small>
          </div>
          <Button
            look="primary"
            disabled={!isReady || fault !== null || isSaving || check.data?.n_ok === 0}
            onClick={save}
          >
            {isSaving ? "Saving…" : "Save task"}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function contentOf(files: readonly TaskFile[], pasted: string) {
  const [first, second] = files;
  if (!first) return { text: pasted.trim() === "" ? "" : pasted, filename: "" };
  return {
    text: first.text,
    filename: first.name,
    ...(second ? { second: second.text } : {}),
  };
}

interface SourceProps {
  readonly pasted: string;
  readonly onPaste: (text: string) => void;
  readonly onFiles: (files: FileList | null) => void;
}

function Source({ pasted, onPaste, onFiles }: SourceProps) {
  const id = useId();
  return (
    <div className={styles.source}>
      <FileButton text="Choose files" onFiles={onFiles} />
      <span className={page.note}>or drop them here, or paste:</span>
      <label htmlFor={id} className="visuallyHidden">
        Paste a task
      </label>
      <textarea
        id={id}
        className={styles.paste}
        rows={5}
        spellCheck={false}
        value={pasted}
        placeholder={
          '{"clean_prefix": "The parent", "patch_prefix": "The parents", "clean_answer": " is", "patch_answer": " are"}'
        }
        onChange={({ target }) => onPaste(target.value)}
      />
    </div>
  );
}

interface FilesProps {
  readonly files: readonly TaskFile[];
  readonly onChange: (files: TaskFile[]) => void;
  readonly onAdd: (files: FileList | null) => void;
}

function Files({ files, onChange, onAdd }: FilesProps) {
  return (
    <div className={styles.files}>
      <ul>
        {files.map((file, i) => (
          <li key={`${i}${file.name}`} className={styles.file}>
            <span>
              {files.length > 1 && (i === 0 ? "Clean side: " : "Patch side: ")}
              <code>{file.name}</code>
            </span>
            <Button
              look="quiet"
              size="s"
              icon="close"
              aria-label={`Leave out ${file.name}`}
              onClick={() => onChange(files.filter((other) => other !== file))}
            />
          </li>
        ))}
      </ul>
      {files.length === 1 ? (
        <FileButton text="Add its second file" onFiles={onAdd} />
      ) : (
        <Button size="s" onClick={() => onChange([...files].reverse())}>
          Swap sides
        </Button>
      )}
    </div>
  );
}

interface FileButtonProps {
  readonly text: string;
  readonly onFiles: (files: FileList | null) => void;
}

function FileButton({ text, onFiles }: FileButtonProps) {
  function onChange({ target }: ChangeEvent<HTMLInputElement>) {
    onFiles(target.files);
    target.value = "";
  }
  return (
    <label className={styles.choose}>
      {text}
      <input
        type="file"
        className="visuallyHidden"
        accept={FILE_TYPES}
        multiple
        onChange={onChange}
      />
    </label>
  );
}
