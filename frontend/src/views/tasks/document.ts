/**
 * A task as it is edited: one immutable value, so undo is keeping old ones and "changed" is `!==`.
 * Examples have keys of their own; their line in the file is where they stand now.
 */
import type { ExampleBody, Spans } from "../../api/taskQueries";
import { type Bounds, boundsOf, spansOf, splitBounds } from "./spans";

export interface EditedExample {
  readonly key: number;
  readonly clean: string;
  /** Null: an example without a patch prompt. */
  readonly patch: string | null;
  readonly cleanAnswer: string;
  readonly patchAnswer: string | null;
  /** Several right or wrong answers (all years above 52): shown and kept, not edited here. */
  readonly cleanAnswers: readonly string[];
  readonly patchAnswers: readonly string[];
  readonly case: string;
  /** Where a split puts it; null leaves that to chance. */
  readonly split: SplitMark;
  /** Where spans begin, and where the last one ends; null while the task has none. */
  readonly bounds: Bounds | null;
}

export type SplitMark = "train" | "evaluation" | null;

export interface TaskDocument {
  readonly title: string;
  readonly description: string;
  /** Shared by all examples. */
  readonly spanNames: readonly string[];
  readonly examples: readonly EditedExample[];
}

/** An example as files and the server have it; the server has null where nothing is. */
interface GivenExample {
  readonly clean_prefix: string | null;
  readonly patch_prefix?: string | null;
  readonly clean_answer: string | null;
  readonly patch_answer?: string | null;
  readonly clean_answers?: readonly string[];
  readonly patch_answers?: readonly string[];
  readonly case?: string;
  readonly split?: SplitMark;
  readonly spans?: Spans | null;
}

let lastKey = 0;
const newKey = () => {
  lastKey += 1;
  return lastKey;
};

export function documentOf(task: {
  readonly title: string;
  readonly description: string;
  readonly examples: readonly GivenExample[];
}): TaskDocument {
  const spanNames = spanNamesOf(task.examples);
  return {
    title: task.title,
    description: task.description,
    spanNames,
    examples: task.examples.map((example) => ({
      key: newKey(),
      clean: example.clean_prefix ?? "",
      patch: example.patch_prefix ?? null,
      cleanAnswer: example.clean_answer ?? "",
      patchAnswer: example.patch_answer ?? null,
      cleanAnswers: example.clean_answers ?? [],
      patchAnswers: example.patch_answers ?? [],
      case: example.case ?? "",
      split: example.split ?? null,
      bounds: example.spans ? boundsOf(example.spans, spanNames) : null,
    })),
  };
}

/** The names in the order in which the first example with spans has them. */
export function spanNamesOf(examples: readonly { readonly spans?: Spans | null }[]): string[] {
  const first = examples.find(({ spans }) => spans && Object.keys(spans).length > 0);
  return Object.entries(first?.spans ?? {})
    .sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])
    .map(([name]) => name);
}

export function exampleBody(example: EditedExample, spanNames: readonly string[]): ExampleBody {
  return {
    clean_prefix: example.clean,
    patch_prefix: example.patch,
    clean_answer: example.cleanAnswer,
    patch_answer: example.patchAnswer,
    clean_answers: [...example.cleanAnswers],
    patch_answers: [...example.patchAnswers],
    case: example.case,
    split: example.split,
    spans: example.bounds && spanNames.length > 0 ? spansOf(example.bounds, spanNames) : null,
  };
}

export const exampleBodies = (document: TaskDocument): ExampleBody[] =>
  document.examples.map((example) => exampleBody(example, document.spanNames));

/** What an example still lacks, in words; null when it is whole. */
export function missingIn({
  clean,
  patch,
  cleanAnswer,
  patchAnswer,
}: EditedExample): string | null {
  if (clean === "") return "The clean prompt is empty.";
  if (patch === "") return "The patch prompt is empty.";
  if (cleanAnswer === "") return "The clean answer is empty.";
  return patchAnswer === "" ? "The patch answer is empty." : null;
}

/** One example a line, as the file format has it; what is absent is left out. */
export function jsonLines(document: TaskDocument): string {
  return exampleBodies(document)
    .map((example) =>
      JSON.stringify(
        Object.fromEntries(Object.entries(example).filter(([, value]) => isGiven(value))),
      ),
    )
    .join("\n")
    .concat(document.examples.length > 0 ? "\n" : "");
}

const isGiven = (value: unknown) =>
  value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

const at = (document: TaskDocument, key: number) =>
  document.examples.findIndex((example) => example.key === key);

export function withExample(
  document: TaskDocument,
  key: number,
  change: Partial<Omit<EditedExample, "key">>,
): TaskDocument {
  return {
    ...document,
    examples: document.examples.map((example) =>
      example.key === key ? { ...example, ...change } : example,
    ),
  };
}

/** An empty example after the given one (or at the end), with its shape: patch prompt, answers, case. */
export function withNewExample(document: TaskDocument, after: number | null) {
  const place = after === null ? document.examples.length - 1 : at(document, after);
  const like = document.examples[place];
  return inserted(document, place + 1, {
    key: newKey(),
    clean: "",
    patch: like?.patch === null ? null : "",
    cleanAnswer: "",
    patchAnswer: like?.patchAnswer === null ? null : "",
    cleanAnswers: [],
    patchAnswers: [],
    split: null,
    case: like?.case ?? "",
    bounds: document.spanNames.length > 0 ? document.spanNames.map(() => 1).concat(1) : null,
  });
}

export function withDuplicate(document: TaskDocument, key: number) {
  const place = at(document, key);
  const original = document.examples[place];
  if (!original) return { document, key };
  return inserted(document, place + 1, { ...original, key: newKey() });
}

function inserted(document: TaskDocument, place: number, example: EditedExample) {
  return {
    document: { ...document, examples: document.examples.toSpliced(place, 0, example) },
    key: example.key,
  };
}

/** Without these examples; also the key to stand on next. */
export function withoutExamples(document: TaskDocument, keys: ReadonlySet<number>) {
  const first = document.examples.findIndex(({ key }) => keys.has(key));
  const examples = document.examples.filter(({ key }) => !keys.has(key));
  const next = examples[Math.min(first, examples.length - 1)]?.key ?? null;
  return { document: { ...document, examples }, key: next };
}

/** Splits span `span` of every example; the new one gets what lies from `position` on. */
export function withSplitSpan(
  document: TaskDocument,
  key: number,
  span: number,
  position: number,
): TaskDocument {
  const here = document.examples[at(document, key)]?.bounds;
  const start = here?.[span] ?? 1;
  const end = here?.[span + 1] ?? start;
  // Elsewhere at the same distance from the nearer end, so that equal templates split alike.
  const fromEnd = end - position < position - start ? end - position : null;
  return {
    ...document,
    spanNames: document.spanNames.toSpliced(span + 1, 0, freeName(document.spanNames)),
    examples: document.examples.map((example) =>
      example.bounds
        ? {
            ...example,
            bounds: splitBounds(
              example.bounds,
              span,
              fromEnd === null
                ? (example.bounds[span] ?? 1) + position - start
                : (example.bounds[span + 1] ?? 1) - fromEnd,
            ),
          }
        : example,
    ),
  };
}

/** The span joins the one before it (the first joins the next). The last one left takes spans away. */
export function withoutSpan(document: TaskDocument, span: number): TaskDocument {
  if (document.spanNames.length <= 1) return withoutSpans(document);
  const border = span === 0 ? 1 : span;
  return {
    ...document,
    spanNames: document.spanNames.toSpliced(span, 1),
    examples: document.examples.map((example) =>
      example.bounds ? { ...example, bounds: example.bounds.toSpliced(border, 1) } : example,
    ),
  };
}

export function withoutSpans(document: TaskDocument): TaskDocument {
  return {
    ...document,
    spanNames: [],
    examples: document.examples.map((example) => ({ ...example, bounds: null })),
  };
}

export function withSpanName(document: TaskDocument, span: number, name: string): TaskDocument {
  return { ...document, spanNames: document.spanNames.with(span, name) };
}

/** Why a name cannot be a span's; null when it can. */
export function nameFault(names: readonly string[], span: number, name: string): string | null {
  if (name.trim() === "") return "A span needs a name.";
  if (name.includes("@")) return "“@” separates a node from its span, so it cannot be in a name.";
  if (name.length > 40) return "A span's name has at most 40 characters.";
  if (name === "start") return "“start” is the name of the start token's own place.";
  return names.some((other, i) => i !== span && other === name)
    ? `Another span is called “${name}”.`
    : null;
}

function freeName(names: readonly string[]): string {
  for (let number = names.length + 1; ; number += 1)
    if (!names.includes(`span ${number}`)) return `span ${number}`;
}
