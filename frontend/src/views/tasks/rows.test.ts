import { expect, it } from "vitest";
import { documentOf, withExample } from "./document";
import { casesOf, EVERY_ROW, filteredRows } from "./rows";

const { examples, ...rest } = documentOf({
  title: "",
  description: "",
  examples: ["one", "two", "three"].map((word, i) => ({
    clean_prefix: `Say ${word}`,
    clean_answer: ` ${word}`,
    case: i === 0 ? "odd" : "",
  })),
});
const [one, two] = examples;
const UNPAIRED = { flipped: null, metric_patch: null };
const measured = new Map([
  [
    one!,
    {
      example: 0,
      case: "odd",
      metric: -1,
      correct: false,
      top1: false,
      predicted: " x",
      ...UNPAIRED,
    },
  ],
  [
    two!,
    { example: 1, case: "", metric: 2, correct: true, top1: true, predicted: " two", ...UNPAIRED },
  ],
]);
const NONE = new Map();

it("finds text in prompts, answers and cases", () => {
  const found = (text: string) =>
    filteredRows(examples, { ...EVERY_ROW, text }, measured, NONE).map(({ clean }) => clean);
  expect(found("THREE")).toEqual(["Say three"]);
  expect(found("odd")).toEqual(["Say one"]);
  expect(found(" ")).toHaveLength(3);
});

it("keeps where the model is wrong, until the example is edited", () => {
  const wrong = { ...EVERY_ROW, shown: "wrong" as const };
  expect(filteredRows(examples, wrong, measured, NONE)).toEqual([one]);
  const edited = withExample({ examples, ...rest }, one!.key, { clean: "Say won" });
  expect(filteredRows(edited.examples, wrong, measured, NONE)).toEqual([]);
});

it("keeps what has problems, and one case", () => {
  const problems = { ...EVERY_ROW, shown: "problems" as const };
  expect(filteredRows(examples, problems, measured, new Map([[two!.key, []]]))).toEqual([two]);
  expect(filteredRows(examples, { ...EVERY_ROW, case: "" }, measured, NONE)).toHaveLength(2);
  expect(casesOf(examples)).toEqual([
    ["", 2],
    ["odd", 1],
  ]);
});
