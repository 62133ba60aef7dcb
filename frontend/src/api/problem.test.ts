import { expect, it } from "vitest";
import { asProblem, Problem, problemFromJson } from "./problem";

it("keeps the server's words, kind, id and extras", () => {
  const problem = problemFromJson(
    {
      type: "/problems/prompt-too-long",
      title: "The prompt is longer than the model can read",
      status: 422,
      detail: "It has 300 tokens and brook reads at most 256.",
      request_id: "r1",
      max_tokens: 256,
    },
    422,
    null,
  );
  expect(problem).toMatchObject({
    kind: "prompt-too-long",
    requestId: "r1",
    message: "It has 300 tokens and brook reads at most 256.",
    extra: { max_tokens: 256 },
    isTransient: false,
  });
});

it("has words of its own for an answer without any", () => {
  const problem = problemFromJson("<html>", 502, "r2");
  expect(problem.message).toContain("502");
  expect(problem.requestId).toBe("r2");
  expect(problem.isTransient).toBe(true);
});

it("passes problems on and wraps everything else", () => {
  const problem = new Problem({ title: "t", detail: "d", status: 404, kind: "k" });
  expect(asProblem(problem)).toBe(problem);
  expect(asProblem(new Error("bad bytes")).message).toBe("bad bytes");
});
