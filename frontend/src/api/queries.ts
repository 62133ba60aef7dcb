/** One hook per question the page asks the server. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { decodeView } from "../graph/decode";
import { getJson, postJson, request } from "./http";
import { asProblem } from "./problem";
import type {
  FeatureDashboard,
  GraphPage,
  InterventionRequest,
  InterventionResult,
  ModelsAnswer,
  Tokenised,
  TraceAnswer,
  TraceRequest,
} from "./types";

/** Results are named by their content, so they never go stale. */
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export const modelsQuery = () =>
  queryOptions({
    queryKey: ["models"],
    queryFn: ({ signal }) => getJson<ModelsAnswer>("/models", signal),
    // While the model warms up, ask again until it is ready.
    refetchInterval: ({ state }) => (state.data?.worker.state === "ready" ? 30_000 : 1_500),
  });

export const tokenizeQuery = (model: string, prompt: string, nextTokens: number) =>
  queryOptions({
    queryKey: ["tokenize", model, prompt, nextTokens],
    queryFn: ({ signal }) =>
      postJson<Tokenised>(
        "/tokenize",
        { model, prompt, ...(nextTokens > 0 ? { next_tokens: nextTokens } : {}) },
        signal,
      ),
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 30_000,
  });

export const graphsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["graphs"],
    queryFn: ({ pageParam, signal }) =>
      getJson<GraphPage>(
        `/graphs?limit=12${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`,
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 2_000,
  });

export const graphQuery = (id: string, nodeThreshold: number, edgeThreshold: number) =>
  queryOptions({
    queryKey: ["graph", id, nodeThreshold, edgeThreshold],
    queryFn: async ({ signal }) => {
      const response = await request(graphPath(id, "columns", nodeThreshold, edgeThreshold), {
        signal,
      });
      return decodeView(await response.arrayBuffer());
    },
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 60_000,
  });

export function graphPath(id: string, format: string, node: number, edge: number): string {
  return `/graphs/${encodeURIComponent(id)}?node_threshold=${node}&edge_threshold=${edge}&format=${format}`;
}

export const interventionQuery = (graph: string, plan: InterventionRequest | null) =>
  queryOptions({
    queryKey: ["intervention", graph, plan],
    queryFn: ({ signal }) =>
      postJson<InterventionResult>(
        `/graphs/${encodeURIComponent(graph)}/interventions`,
        plan,
        signal,
      ),
    enabled: plan !== null,
    placeholderData: (previous) => (plan === null ? undefined : previous),
    ...FOREVER,
    gcTime: 60_000,
  });

export const featureQuery = (dictionary: string, index: number) =>
  queryOptions({
    queryKey: ["feature", dictionary, index],
    queryFn: ({ signal }) =>
      getJson<FeatureDashboard>(`/features/${encodeURIComponent(dictionary)}/${index}`, signal),
    ...FOREVER,
  });

export const startTrace = (body: TraceRequest) => postJson<TraceAnswer>("/graphs", body);

export const cancelJob = (id: string) =>
  request(`/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });

/** Worth a second try without asking: only a server that is away or still starting. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && asProblem(error).isTransient;
}
