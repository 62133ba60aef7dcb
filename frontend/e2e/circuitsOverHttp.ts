/** Circuits found over HTTP before a test looks at them; equal requests are found once. */
import { inject } from "vitest";

const pairs = ["girl", "boy", "dog", "cat", "king", "bird"].flatMap((noun) =>
  [false, true].map((isPlural) => ({
    clean_prefix: `I think the ${noun}${isPlural ? "s" : ""}`,
    patch_prefix: `I think the ${noun}${isPlural ? "" : "s"}`,
    clean_answer: isPlural ? " are" : " is",
    patch_answer: isPlural ? " is" : " are",
    case: isPlural ? "plural" : "singular",
  })),
);

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly job: { readonly id: string } | null;
}

async function post(path: string, body: object): Promise<Answer> {
  const answer = await fetch(`${inject("address")}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** A task of twelve pairs; `first` leaves out as many, for a second task that shares most. */
export async function agreementTask(name: string, first = 0): Promise<string> {
  const { id } = await post("/tasks", { name, title: name, examples: pairs.slice(first) });
  return id;
}

export async function foundCircuit(task: string, method: object): Promise<string> {
  const { id, status, job } = await post("/circuits", { model: inject("model"), task, method });
  for (let tries = 0; status !== "done" && job && tries < 600; tries++) {
    const answer = await fetch(`${inject("address")}/api/v1/jobs/${job.id}`);
    const { state, error } = (await answer.json()) as { state: string; error: unknown };
    if (state === "done") return id;
    if (state === "failed") throw new Error(`the circuit failed: ${JSON.stringify(error)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return id;
}
