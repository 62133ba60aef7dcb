/** A failure as the server words it (RFC 9457); shown as it stands in the panel that asked. */
export class Problem extends Error {
  readonly title: string;
  readonly status: number;
  /** Stable name, e.g. `prompt-too-long`; `offline` when no server answered. */
  readonly kind: string;
  readonly requestId: string | null;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(fields: {
    title: string;
    detail: string;
    status: number;
    kind: string;
    requestId?: string | null;
    extra?: Record<string, unknown>;
  }) {
    super(fields.detail);
    this.name = "Problem";
    this.title = fields.title;
    this.status = fields.status;
    this.kind = fields.kind;
    this.requestId = fields.requestId ?? null;
    this.extra = fields.extra ?? {};
  }

  /** Worth the same request again: the server may answer differently in a moment. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 429 || this.status === 502;
  }
}

const KNOWN = new Set(["type", "title", "status", "detail", "instance", "request_id"]);

export function problemFromJson(body: unknown, status: number, requestId: string | null): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === "string" ? (fields[name] as string) : "");
  return new Problem({
    title: text("title") || "The server could not answer",
    detail: text("detail") || `It answered with status ${status} and gave no reason.`,
    status: typeof fields.status === "number" ? fields.status : status,
    kind: text("type").split("/").pop() || "unknown",
    requestId: text("request_id") || requestId,
    extra: Object.fromEntries(Object.entries(fields).filter(([name]) => !KNOWN.has(name))),
  });
}

export async function problemFromResponse(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => null);
  return problemFromJson(body, response.status, response.headers.get("x-request-id"));
}

export function offlineProblem(): Problem {
  return new Problem({
    title: "No answer from Headwater",
    detail: navigator.onLine
      ? "The server did not answer. It may have been stopped: start it again, then retry. Nothing on this page is lost."
      : "This device is offline. Nothing on this page is lost; retry when you are back.",
    status: 0,
    kind: "offline",
  });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({
    title: "Something in this page broke",
    detail: error instanceof Error ? error.message : String(error),
    status: -1,
    kind: "page-error",
  });
}
