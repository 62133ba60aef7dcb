/** What the page asks to find circuits and to list them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { API, client, fetchRaw, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type CircuitBody = Schemas["CircuitBody"];
export type CircuitAnswer = Schemas["CircuitAnswer"];
export type CircuitStatus = Pick<CircuitAnswer, "id" | "status" | "job" | "task" | "method">;
export type CircuitListItem = Schemas["CircuitSummary"];
export type EvaluationAnswer = Schemas["EvaluationAnswer"];

export const circuitsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["circuits"],
    queryFn: ({ pageParam, signal }) =>
      take(
        client.GET("/api/v1/circuits", {
          params: { query: { limit: 20, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 2_000,
  });

/** Where a circuit stands: complete, or its job. Asks for as little of a complete one as it can. */
export const circuitStatusQuery = (id: string) =>
  queryOptions({
    queryKey: ["circuit-status", id],
    queryFn: async ({ signal }): Promise<CircuitStatus> => {
      const path = `/circuits/${encodeURIComponent(id)}?format=json&nodes=1&edges=0`;
      const response = await fetchRaw(path, signal);
      const body = await response.json();
      return response.status === 202 ? body : { ...body.circuit, status: "done", job: null };
    },
    staleTime: 0,
    gcTime: 0,
  });

export const circuitEvaluationsQuery = (id: string) =>
  queryOptions({
    queryKey: ["circuit-evaluations", id],
    queryFn: ({ signal }) =>
      take(client.GET("/api/v1/circuits/{id}/evaluations", { params: { path: { id } }, signal })),
    staleTime: 10_000,
  });

export const postCircuit = (body: CircuitBody) =>
  take(client.POST("/api/v1/circuits", { body })) as Promise<CircuitAnswer>;

/** The server's own description of itself: the settings form is made from it. */
export const openApiQuery = () =>
  queryOptions({
    queryKey: ["openapi"],
    queryFn: async ({ signal }): Promise<unknown> =>
      (await fetchRaw("/openapi.json", signal)).json(),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const circuitFile = (id: string, format: string) =>
  `${API}/circuits/${encodeURIComponent(id)}?format=${format}`;
