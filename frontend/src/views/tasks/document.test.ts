import { expect, it } from "vitest";
import {
  documentOf,
  exampleBodies,
  jsonLines,
  missingIn,
  nameFault,
  withDuplicate,
  withExample,
  withNewExample,
  withoutExamples,
  withoutSpan,
  withSpanName,
  withSplitSpan,
} from "./document";

const EXAMPLES = [
  {
    clean_prefix: "The parent",
    patch_prefix: "The parents",
    clean_answer: " is",
    patch_answer: " are",
    case: "singular",
    clean_answers: [" is", " was"],
    split: "train",
    spans: { rest: [2, 3], subject: [1, 2] },
  },
  {
    clean_prefix: "The old parents",
    patch_prefix: "The old parent",
    clean_answer: " are",
    patch_answer: " is",
    case: "plural",
    spans: { subject: [1, 3], rest: [3, 4] },
  },
] as const;
const TASK = { title: "Agreement", description: "", examples: EXAMPLES };

it("sends back exactly what came, spans in their order", () => {
  const document = documentOf(TASK);
  expect(document.spanNames).toEqual(["subject", "rest"]);
  expect(exampleBodies(document)[0]).toEqual({ ...EXAMPLES[0], patch_answers: [] });
  expect(exampleBodies(document)[1]).toMatchObject(EXAMPLES[1]);
});

it("adds below the given example, in its shape", () => {
  const document = documentOf(TASK);
  const first = document.examples[0]!.key;
  const added = withNewExample(document, first);
  expect(added.document.examples.map(({ key }) => key)[1]).toBe(added.key);
  expect(added.document.examples[1]).toMatchObject({ clean: "", patch: "", case: "singular" });
  const copied = withDuplicate(document, first);
  expect(copied.document.examples[1]).toMatchObject({ clean: "The parent", bounds: [1, 2, 3] });
  expect(copied.key).not.toBe(first);
});

it("says what an example still lacks", () => {
  const document = documentOf(TASK);
  expect(missingIn(document.examples[0]!)).toBeNull();
  expect(missingIn({ ...document.examples[0]!, patchAnswer: null, patch: null })).toBeNull();
  expect(missingIn({ ...document.examples[0]!, patch: "" })).toContain("patch prompt");
  expect(missingIn({ ...document.examples[0]!, cleanAnswer: "" })).toContain("clean answer");
});

it("deletes and stands on the neighbour", () => {
  const document = documentOf(TASK);
  const [first, second] = document.examples.map(({ key }) => key);
  expect(withoutExamples(document, new Set([first!])).key).toBe(second);
  expect(withoutExamples(document, new Set([second!])).key).toBe(first);
  expect(withoutExamples(document, new Set([first!, second!])).key).toBeNull();
});

it("keeps other examples' identity, so what was measured on them still holds", () => {
  const document = documentOf(TASK);
  const changed = withExample(document, document.examples[0]!.key, { clean: "A parent" });
  expect(changed.examples[1]).toBe(document.examples[1]);
  expect(changed.examples[0]).not.toBe(document.examples[0]);
});

it("splits, renames and joins spans in all examples at once", () => {
  const document = documentOf(TASK);
  const second = document.examples[1]!.key;
  const split = withSplitSpan(document, second, 0, 2);
  expect(split.spanNames).toEqual(["subject", "span 3", "rest"]);
  expect(split.examples[1]!.bounds).toEqual([1, 2, 3, 4]);
  // One token cannot be split: the new span is empty there, which the check reports.
  expect(split.examples[0]!.bounds).toEqual([1, 2, 2, 3]);
  const named = withSpanName(split, 1, "noun");
  expect(exampleBodies(named)[1]!.spans).toEqual({ subject: [1, 2], noun: [2, 3], rest: [3, 4] });
  expect(withoutSpan(named, 1).examples.map(({ bounds }) => bounds)).toEqual([
    [1, 2, 3],
    [1, 3, 4],
  ]);
  expect(withoutSpan(withoutSpan(document, 0), 0).examples[0]!.bounds).toBeNull();
});

it("refuses names that are taken", () => {
  expect(nameFault(["a", "b"], 0, "b")).toContain("Another span");
  expect(nameFault(["a", "b"], 0, "a")).toBeNull();
  expect(nameFault(["a"], 0, " ")).toContain("needs a name");
  expect(nameFault(["a"], 0, "start")).toContain("start token");
});

it("writes one JSON object a line, without what is absent", () => {
  const plain = documentOf({
    ...TASK,
    examples: [{ clean_prefix: "One two", clean_answer: " three" }],
  });
  expect(jsonLines(plain)).toBe('{"clean_prefix":"One two","clean_answer":" three"}\n');
  const lines = jsonLines(documentOf(TASK)).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(EXAMPLES);
});
