/** Files and pasted text on their way to become a task. */

export interface TaskFile {
  readonly name: string;
  readonly text: string;
}

export const FILE_TYPES = ".jsonl,.json,.csv,.tsv,.txt,.ndjson";

export const readFiles = (files: FileList | readonly File[]): Promise<TaskFile[]> =>
  Promise.all([...files].map(async (file) => ({ name: file.name, text: await file.text() })));

/** A short name from a file's: letters, digits, `_` and `-`. */
export function nameFrom(filename: string): string {
  const stem = filename.replace(/^.*[/\\]/, "").replace(/\.[A-Za-z0-9]{1,6}$/, "");
  return stem
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase()
    .slice(0, 64);
}

/** What keeps a name from being a task's, in words; null when nothing does. */
export function nameProblem(name: string): string | null {
  if (name === "") return "Give the task a short name.";
  if (name.length > 64) return "At most 64 characters.";
  return /^[A-Za-z0-9_-]+$/.test(name) ? null : "Letters, digits, “_” and “-” only.";
}
