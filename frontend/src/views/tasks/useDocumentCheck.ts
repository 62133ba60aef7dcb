import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type CheckProblem, checkQuery, type TaskCheck } from "../../api/taskQueries";
import { useDebounced } from "../../state/useDebounced";
import { exampleBody, missingIn, type TaskDocument } from "./document";

const CHECK_AFTER_MS = 700;
/** Larger tasks travel to the server only when asked to. */
const LIVE_EXAMPLES = 5_000;

export interface DocumentCheck {
  readonly check: TaskCheck | undefined;
  /** By the example's key. */
  readonly problems: ReadonlyMap<number, readonly CheckProblem[]>;
  /** How many examples cannot be used; the server names at most a hundred of them. */
  readonly nProblems: number | undefined;
  readonly isStale: boolean;
  readonly error: Error | null;
  /** Not null: the task is too large to be checked while typing. */
  readonly checkNow: (() => void) | null;
  readonly retry: () => void;
}

/** What of the task, as it stands in the editor, the model can use. */
export function useDocumentCheck(document: TaskDocument, model: string): DocumentCheck {
  const settled = useDebounced(document, CHECK_AFTER_MS);
  const [asked, setAsked] = useState<TaskDocument | null>(null);
  const isLive = settled.examples.length <= LIVE_EXAMPLES;
  const target = isLive ? settled : asked;
  // One that is still being written would keep the server from reading the others.
  const complete = useMemo(
    () => target?.examples.filter((example) => missingIn(example) === null) ?? [],
    [target],
  );
  const body = useMemo(
    () => ({
      model,
      examples: complete.map((example) => exampleBody(example, target?.spanNames ?? [])),
      preview: 0,
    }),
    [target, complete, model],
  );
  const answer = useQuery({
    ...checkQuery(body),
    enabled: body.examples.length > 0,
    placeholderData: keepPreviousData,
  });
  const { data } = answer;
  const problems = useMemo(() => {
    const found = new Map<number, CheckProblem[]>();
    for (const problem of data?.problems ?? []) {
      const key = complete[problem.line - 1]?.key;
      if (key !== undefined) found.set(key, [...(found.get(key) ?? []), problem]);
    }
    for (const [i, example] of document.examples.entries()) {
      const reason = missingIn(example);
      if (reason !== null) found.set(example.key, [{ line: i + 1, field: "", reason }]);
    }
    return found;
  }, [data, complete, document.examples]);
  return {
    check: data,
    problems,
    nProblems: data && data.n_dropped + document.examples.length - countComplete(document),
    isStale: target !== document || answer.isPlaceholderData,
    error: answer.error,
    checkNow: isLive || target === document ? null : () => setAsked(document),
    retry: () => void answer.refetch(),
  };
}

const countComplete = ({ examples }: TaskDocument): number =>
  examples.filter((example) => missingIn(example) === null).length;
