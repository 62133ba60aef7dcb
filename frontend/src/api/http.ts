/** One way out to the server: JSON in, JSON or a `Problem` out. */
import { offlineProblem, Problem, problemFromResponse } from "./problem";

export const API = "/api/v1";

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${API}${path}`, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offlineProblem();
  });
  if (!response.ok) throw await problemFromResponse(response);
  return response;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return parse(await request(path, { signal: signal ?? null }));
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return parse(response);
}

async function parse<T>(response: Response): Promise<T> {
  return response.json().catch(() => {
    throw new Problem({
      title: "The answer could not be read",
      detail: "Something between this page and Headwater changed the answer. Reload the page.",
      status: response.status,
      kind: "unreadable-answer",
      requestId: response.headers.get("x-request-id"),
    });
  }) as Promise<T>;
}
