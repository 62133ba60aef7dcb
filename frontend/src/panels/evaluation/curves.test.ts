import { describe, expect, it } from "vitest";
import type { Curve, CurvePoint, EvaluationResult } from "../../api/circuitViewQueries";
import {
  curvesOf,
  figureOf,
  type PlotColours,
  parseSizes,
  rankingsOf,
  settingsText,
  toCsv,
  withAlpha,
} from "./curves";

const point = (size: number, faithfulness: number | null, more?: Partial<CurvePoint>) => ({
  size,
  asked: size + 1,
  fraction: size / 100,
  metric: 1,
  faithfulness,
  completeness: 0.1,
  soft: 0.5,
  hard: 1,
  kl: 0.25,
  quantiles: { median: 0.8, q1: 0.7, q3: 0.9, worst5: 0.2 },
  ...more,
});
const curve = (name: string, ranking: Curve["ranking"], points: CurvePoint[]): Curve => ({
  name,
  ranking,
  points,
  cpr: 1,
  cmd: 0.1,
});

const RESULT: EvaluationResult = {
  settings: {
    ablation: "mean_position",
    sizes: null,
    selection: "greedy",
    errors: "keep",
    start_layer: 2,
    baselines: ["random"],
    n_resamples: 0,
    stability_size: 0.05,
    seed: 7,
  },
  level: "features",
  model: "brook",
  task: { name: "agreement" },
  method: {},
  n_examples: 12,
  n_items: 100,
  clean: 3,
  empty: -2,
  curves: [
    curve("random", "absolute", [point(10, 0.1), point(100, 1)]),
    curve("circuit", "absolute", [point(0, 0), point(10, 0.8), point(100, null)]),
    curve("circuit", "signed", [point(10, 0.9)]),
  ],
  stability: [],
  notes: [],
  against: null,
};
const COLOURS: PlotColours = {
  accent: "rgb(1, 2, 3)",
  second: "rgb(4, 5, 6)",
  ink: "rgb(0, 0, 0)",
  ink2: "rgb(9, 9, 9)",
  line: "rgb(8, 8, 8)",
  surface: "rgb(255, 255, 255)",
  baselines: ["rgb(7, 7, 7)"],
};

interface Trace {
  readonly name?: string;
  readonly x: number[];
  readonly y: (number | null)[];
  readonly fill?: string;
}

describe("the figure", () => {
  it("puts the circuit first and keeps rankings apart", () => {
    expect(rankingsOf(RESULT)).toEqual(["absolute", "signed"]);
    expect(curvesOf(RESULT, "absolute").map(({ name }) => name)).toEqual(["circuit", "random"]);
    expect(curvesOf(RESULT, "signed")).toHaveLength(1);
  });

  it("shows faithfulness with its band, completeness and baselines in one plot", () => {
    const [data, layout] = figureOf(RESULT, "absolute", "faithfulness", COLOURS);
    const traces = data as Trace[];
    expect(traces.map(({ name }) => name)).toEqual([
      undefined,
      "Middle half of examples",
      "Faithfulness",
      "Completeness (the rest alone)",
      "Random scores",
    ]);
    expect(traces[1]?.fill).toBe("tonexty");
    expect(traces[1]?.y).toEqual([0.9, 0.9]);
    expect(layout).toMatchObject({ xaxis: { type: "log" } });
  });

  it("leaves the empty circuit off the log axis and undefined ratios open", () => {
    const [data] = figureOf(RESULT, "absolute", "faithfulness", COLOURS);
    const own = (data as Trace[]).find(({ name }) => name === "Faithfulness");
    expect(own?.x).toEqual([10, 100]);
    expect(own?.y).toEqual([0.8, null]);
  });

  it.each(["soft", "hard", "kl", "metric"] as const)(
    "shows %s alone, without a band",
    (measure) => {
      const [data] = figureOf(RESULT, "absolute", measure, COLOURS);
      expect((data as Trace[]).map(({ name }) => name)).toEqual(["This circuit", "Random scores"]);
    },
  );

  it("mixes plain colours with an opacity", () => {
    expect(withAlpha("rgb(1, 2, 3)", 0.5)).toBe("rgba(1,2,3,0.5)");
  });
});

describe("what goes with the numbers", () => {
  it("states every setting", () => {
    const text = settingsText(RESULT);
    for (const part of [
      "Mean position ablation",
      "greedy",
      "error terms always kept",
      "layers from 2 up",
      "100 nodes",
      "12 examples",
      "ratios of means",
      "3.00 in the model, −2.00",
      "seed 7",
    ])
      expect(text).toContain(part);
  });

  it("is a table with a row for every point and the settings above it", () => {
    const lines = toCsv(RESULT).trim().split("\n");
    expect(lines).toHaveLength(3 + 6);
    expect(lines[1]).toContain('"ablation":"mean_position"');
    expect(lines[2]).toMatch(/^curve,ranking,size,.*faithfulness_worst5$/);
    expect(lines.at(-2)).toBe("circuit,absolute,100,101,1,1,,0.1,0.5,1,0.25,0.8,0.7,0.9,0.2");
  });
});

describe("sizes that were typed", () => {
  it("are shares of edges for heads and MLPs, numbers of nodes for features", () => {
    expect(parseSizes("", "components")).toEqual({ sizes: null });
    expect(parseSizes("5% 0.1, 1%", "components")).toEqual({ sizes: [0.01, 0.05, 0.1] });
    expect(parseSizes("100 10 10", "features")).toEqual({ sizes: [10, 100] });
  });

  it.each([
    ["ten", "features"],
    ["-1", "features"],
    ["0.5", "features"],
    ["20", "components"],
    [Array(101).fill("1").join(" "), "features"],
  ] as const)("that make no sense say so: %s", (text, level) => {
    expect(parseSizes(text, level)).toHaveProperty("problem");
  });
});
