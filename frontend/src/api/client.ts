/** One way out to the server: the generated client, with every failure as a `Problem`. */
import createClient from "openapi-fetch";
import { offlineProblem, problemFromJson, problemFromResponse } from "./problem";
import type { paths } from "./schema";

export const API = "/api/v1";

export const client = createClient<paths>({ fetch: (request) => reach(() => fetch(request)) });

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer's data, or the server's refusal as an error to throw. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined)
    throw problemFromJson(error, response.status, response.headers.get("x-request-id"));
  return data;
}

/** For answers that are not JSON: graphs as columns, files to save. */
export async function fetchRaw(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await reach(() => fetch(`${API}${path}`, { signal: signal ?? null }));
  if (!response.ok) throw await problemFromResponse(response);
  return response;
}

async function reach(call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineProblem();
  }
}
