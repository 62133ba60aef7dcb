/** One question to the server each, with how long its answer stays good. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { decodeView } from "../graph/decode";
import { client, fetchRaw, take } from "./client";
import { asProblem } from "./problem";
import type { GraphAnswer, InterventionRequest, TraceRequest } from "./types";

/** Results are named by their content, so they never go stale. */
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export const modelsQuery = () =>
  queryOptions({
    queryKey: ["models"],
    queryFn: ({ signal }) => take(client.GET("/api/v1/models", { signal })),
    // While the model warms up, ask again until it is ready.
    refetchInterval: ({ state }) =>
      state.data?.worker.state === "ready" && !state.error ? 20_000 : 1_500,
  });

export const tokenizeQuery = (model: string, prompt: string, nextTokens: number) =>
  queryOptions({
    queryKey: ["tokenize", model, prompt, nextTokens],
    queryFn: ({ signal }) =>
      take(
        client.POST("/api/v1/tokenize", {
          body: { model, prompt, next_tokens: nextTokens },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 30_000,
  });

export const graphsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["graphs"],
    queryFn: ({ pageParam, signal }) =>
      take(
        client.GET("/api/v1/graphs", {
          params: { query: { limit: 12, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 2_000,
  });

/** The graph is named but not there yet, or never will be: its job says which. */
export class GraphUnderWay extends Error {
  override readonly name = "GraphUnderWay";
  constructor(readonly answer: GraphAnswer) {
    super(`The graph is ${answer.status}.`);
  }
}

export const graphQuery = (id: string, nodeThreshold: number, edgeThreshold: number) =>
  queryOptions({
    queryKey: ["graph", id, nodeThreshold, edgeThreshold],
    queryFn: async ({ signal }) => {
      const path = graphPath(id, "columns", nodeThreshold, edgeThreshold);
      const response = await fetchRaw(path, signal);
      if (response.status === 202) throw new GraphUnderWay((await response.json()) as GraphAnswer);
      return decodeView(await response.arrayBuffer());
    },
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 60_000,
  });

export function graphPath(id: string, format: string, node: number, edge: number): string {
  return `/graphs/${encodeURIComponent(id)}?node_threshold=${node}&edge_threshold=${edge}&format=${format}`;
}

export const interventionQuery = (id: string, plan: InterventionRequest | null) =>
  queryOptions({
    queryKey: ["intervention", id, plan],
    queryFn: ({ signal }) =>
      take(
        client.POST("/api/v1/graphs/{id}/interventions", {
          params: { path: { id } },
          body: plan ?? { interventions: [] },
          signal,
        }),
      ),
    enabled: plan !== null,
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 60_000,
  });

export const featureQuery = (dictionary: string, index: number) =>
  queryOptions({
    queryKey: ["feature", dictionary, index],
    queryFn: ({ signal }) =>
      take(
        client.GET("/api/v1/features/{dictionary}/{index}", {
          params: { path: { dictionary, index } },
          signal,
        }),
      ),
    ...FOREVER,
  });

export const startTrace = (body: TraceRequest) => take(client.POST("/api/v1/graphs", { body }));

export const getJob = (id: string, signal: AbortSignal) =>
  take(client.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal }));

export const cancelJob = (id: string) =>
  take(client.DELETE("/api/v1/jobs/{id}", { params: { path: { id } } }));

/** Worth a second try without asking: only a server that is away or still starting. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return !(error instanceof GraphUnderWay) && failures < 2 && asProblem(error).isTransient;
}
