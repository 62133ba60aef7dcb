/** What the page asks about tasks: sets of clean/patch prompt pairs with answers. */
import { queryOptions } from "@tanstack/react-query";
import { client, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type ExampleBody = Schemas["ExampleBody"];
export type ExampleShown = Schemas["ExampleShown"];
export type TaskSummary = Schemas["TaskSummary"];
export type TaskDetail = Schemas["TaskDetail"];
export type TaskBody = Schemas["TaskBody"];
export type TaskChange = Schemas["TaskChange"];
export type TaskCheck = Schemas["TaskCheck"];
export type CheckBody = Schemas["CheckBody"];
export type CheckProblem = Schemas["CheckProblem"];
export type CheckPreview = Schemas["CheckPreview"];
export type TaskAccuracy = Schemas["TaskAccuracy"];
export type ExampleAccuracy = Schemas["ExampleAccuracy"];
/** Name → `[start, end)` in token positions; the start token is position 0 and in no span. */
export type Spans = Readonly<Record<string, readonly [number, number]>>;

export const tasksQuery = (model: string) =>
  queryOptions({
    queryKey: ["tasks", model],
    queryFn: ({ signal }) =>
      take(client.GET("/api/v1/tasks", { params: { query: { model } }, signal })),
    staleTime: 2_000,
  });

/** The most examples the server gives at once. */
const PAGE = 1_000;

// openapi-fetch widens tuples to lists: the cast gives them back.
const taskPage = (id: string, offset: number, signal: AbortSignal) =>
  take(
    client.GET("/api/v1/tasks/{id}", {
      params: { path: { id }, query: { offset, limit: PAGE } },
      signal,
    }),
  ) as Promise<TaskDetail>;

/** A task with all its examples, page by page; a change in between begins anew. */
export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ["task", id],
    queryFn: async ({ signal }): Promise<TaskDetail> => {
      const first = await taskPage(id, 0, signal);
      const examples = [...first.examples];
      while (examples.length < first.n_examples) {
        const next = await taskPage(id, examples.length, signal);
        if (next.version !== first.version || next.examples.length === 0)
          return { ...next, examples: (await taskPage(id, 0, signal)).examples };
        examples.push(...next.examples);
      }
      return { ...first, examples };
    },
    // The editor works on a copy; fetching again must not be a surprise.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** How many of a task's first examples say which side of a split they belong to. */
export const marksQuery = (id: string) =>
  queryOptions({
    queryKey: ["task-marks", id],
    queryFn: async ({ signal }) => {
      const { examples } = await taskPage(id, 0, signal);
      return { n: examples.length, marked: examples.filter(({ split }) => split !== null).length };
    },
    staleTime: 10_000,
  });

export const checkQuery = (body: CheckBody) =>
  queryOptions({
    queryKey: ["task-check", body],
    queryFn: ({ signal }) => checkTask(body, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });

export const checkTask = (body: CheckBody, signal?: AbortSignal) =>
  take(client.POST("/api/v1/tasks/check", { body, signal: signal ?? null }));

export const postTask = (body: TaskBody) => take(client.POST("/api/v1/tasks", { body }));

export const putTask = (id: string, body: TaskChange) =>
  take(client.PUT("/api/v1/tasks/{id}", { params: { path: { id } }, body }));

export const deleteTask = async (id: string, version: number) => {
  const { error, response } = await client.DELETE("/api/v1/tasks/{id}", {
    params: { path: { id }, query: { version } },
  });
  // Nothing comes back: only a refusal has something to say.
  if (!response.ok) await take(Promise.resolve({ error, response }));
};

/** One after the other: the worker answers one at a time, and a long list must not flood it. */
let lastMeasured: Promise<unknown> = Promise.resolve();

export const measureAccuracy = (id: string, model: string, signal?: AbortSignal) => {
  const mine = lastMeasured
    .catch(() => {})
    .then(() => {
      signal?.throwIfAborted();
      return take(
        client.POST("/api/v1/tasks/{id}/accuracy", {
          params: { path: { id } },
          body: { model },
          signal: signal ?? null,
        }),
      );
    });
  lastMeasured = mine;
  return mine;
};

/** The model's own accuracy; what was measured holds as long as task and weights are the same. */
export const accuracyQuery = (task: Pick<TaskSummary, "id" | "version">, model: string) =>
  queryOptions({
    queryKey: ["task-accuracy", task.id, task.version, model],
    queryFn: ({ signal }) => measureAccuracy(task.id, model, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
