/** What the page asks about one circuit, about its evaluations, and about two beside each other. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { decodeCircuit } from "../graph/decodeCircuit";
import { client, fetchRaw, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type CircuitAnswer = Schemas["CircuitAnswer"];
export type CircuitSummary = Schemas["CircuitSummary"];
export type NodeDetails = Schemas["NodeDetails"];
export type ExampleEffect = Schemas["ExampleEffect"];
/** What is optional in a request is always there in an answer, so one type with all of it does. */
export type EvaluationSettings = Required<Schemas["EvaluationSettings"]>;
export type EvaluationResult = Required<Omit<Schemas["EvaluationResult"], "settings">> & {
  readonly settings: EvaluationSettings;
};
export type EvaluationAnswer = Omit<Schemas["EvaluationAnswer"], "settings" | "result"> & {
  readonly settings: EvaluationSettings;
  readonly result: EvaluationResult | null;
};
export interface EvaluationBody {
  readonly settings: EvaluationSettings;
  readonly against?: string;
}
export type Curve = Schemas["Curve"];
export type CurvePoint = Schemas["CurvePoint"];
export type Stability = Schemas["Stability"];
export type Comparison = Schemas["Comparison"];
export type Overlap = Schemas["Overlap"];
export type ComparedEffect = Schemas["ComparedEffect"];

const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

/** The circuit is named but not there yet, or never will be: its job says which. */
export class CircuitUnderWay extends Error {
  override readonly name = "CircuitUnderWay";
  constructor(readonly answer: CircuitAnswer) {
    super(`The circuit is ${answer.status}.`);
  }
}

/** Of the circuit the strongest `nodes` and `edges`, as columns. */
export const circuitQuery = (id: string, nodes: number, edges: number) =>
  queryOptions({
    queryKey: ["circuit", id, nodes, edges],
    queryFn: async ({ signal }) => {
      const path = circuitPath(id, { format: "columns", nodes, edges });
      const response = await fetchRaw(path, signal);
      if (response.status === 202)
        throw new CircuitUnderWay((await response.json()) as CircuitAnswer);
      return decodeCircuit(await response.arrayBuffer());
    },
    placeholderData: keepPreviousData,
    retry: (failures, error) => !(error instanceof CircuitUnderWay) && failures < 1,
    ...FOREVER,
    gcTime: 60_000,
  });

export interface CircuitFile {
  readonly format: string;
  readonly nodes?: number;
  readonly edges?: number;
  readonly table?: "nodes" | "edges";
}

export function circuitPath(id: string, file: CircuitFile): string {
  const entries = Object.entries(file).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
  return `/circuits/${encodeURIComponent(id)}?${search}`;
}

/** One node and its effect on so many examples, the largest first. */
export const circuitNodeQuery = (id: string, node: string, limit = 1000) =>
  queryOptions({
    queryKey: ["circuit-node", id, node, limit],
    queryFn: ({ signal }) =>
      take(
        client.GET("/api/v1/circuits/{id}/nodes/{node}", {
          params: { path: { id, node }, query: { limit } },
          signal,
        }),
      ),
    ...FOREVER,
    gcTime: 60_000,
  });

export const evaluationsQuery = (id: string) =>
  queryOptions({
    queryKey: ["evaluations", id],
    queryFn: ({ signal }) =>
      take(
        client.GET("/api/v1/circuits/{id}/evaluations", { params: { path: { id } }, signal }),
      ) as Promise<{ items: EvaluationAnswer[] }>,
    staleTime: 5_000,
  });

export const startEvaluation = (id: string, body: EvaluationBody) =>
  take(
    client.POST("/api/v1/circuits/{id}/evaluations", { params: { path: { id } }, body }),
  ) as Promise<EvaluationAnswer>;

export const comparisonQuery = (a: string, b: string, nodes: number, edges: number) =>
  queryOptions({
    queryKey: ["comparison", a, b, nodes, edges],
    queryFn: ({ signal }) =>
      take(client.POST("/api/v1/circuits/compare", { body: { a, b, nodes, edges }, signal })),
    enabled: a !== "" && b !== "",
    placeholderData: keepPreviousData,
    ...FOREVER,
    gcTime: 60_000,
  });
