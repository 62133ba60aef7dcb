import type { QueryClient } from "@tanstack/react-query";
import { tokenizeQuery } from "../../api/queries";
import { checkTask } from "../../api/taskQueries";
import { exampleBody, type TaskDocument } from "./document";
import { firstSpans } from "./spans";
import { pairColumns } from "./tokenPair";

/** As many as the server shows at once. */
const BATCH = 200;

/** The task with first spans in every example, from where its two prompts differ as tokens. */
export async function markSpans(
  document: TaskDocument,
  model: string,
  queries: QueryClient,
): Promise<TaskDocument> {
  const tokens = await tokensOf(document, model, queries);
  const differences = tokens.map(({ clean, patch }) =>
    pairColumns(clean, patch)
      .slice(0, clean.length)
      .map(({ differs }) => differs),
  );
  const { names, bounds } = firstSpans(differences);
  return {
    ...document,
    spanNames: names,
    examples: document.examples.map((example, i) => ({ ...example, bounds: bounds[i] ?? null })),
  };
}

interface PairTokens {
  readonly clean: readonly string[];
  readonly patch: readonly string[] | null;
}

async function tokensOf(document: TaskDocument, model: string, queries: QueryClient) {
  const { examples } = document;
  const found: (PairTokens | undefined)[] = Array.from({ length: examples.length });
  for (let first = 0; first < examples.length; first += BATCH) {
    const batch = examples.slice(first, first + BATCH).map((example) => exampleBody(example, []));
    const { preview } = await checkTask({ model, examples: batch, preview: BATCH });
    for (const { line, clean_tokens, patch_tokens } of preview)
      found[first + line - 1] = { clean: clean_tokens, patch: patch_tokens };
  }
  const read = async (text: string) =>
    text === ""
      ? []
      : (await queries.fetchQuery(tokenizeQuery(model, text, 0))).tokens.map((token) => token.text);
  // Examples with problems have no preview, but have spans all the same.
  for (const [i, example] of examples.entries())
    found[i] ??= {
      clean: await read(example.clean),
      patch: example.patch === null ? null : await read(example.patch),
    };
  return found.filter((pair) => pair !== undefined);
}
