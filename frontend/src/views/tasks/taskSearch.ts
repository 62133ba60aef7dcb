/** Which model a task is looked at with. */

export interface TaskSearch {
  readonly model?: string;
}

export const readTaskSearch = ({ model }: Record<string, unknown>): TaskSearch =>
  typeof model === "string" ? { model } : {};
