/** An evaluation as curves: what plotly is given, and what the files hold. No DOM. */
import type { Curve, CurvePoint, EvaluationResult } from "../../api/circuitViewQueries";

export type Measure = "faithfulness" | "soft" | "hard" | "kl" | "metric";
export type Ranking = Curve["ranking"];

export const MEASURES: readonly {
  readonly value: Measure;
  readonly text: string;
  readonly axis: string;
}[] = [
  { value: "faithfulness", text: "Faithfulness", axis: "faithfulness, completeness" },
  { value: "soft", text: "Soft", axis: "metric of the circuit ÷ metric of the model" },
  { value: "hard", text: "Hard", axis: "share of examples with the model's own top token" },
  { value: "kl", text: "KL", axis: "KL from the model to the circuit, nats" },
  { value: "metric", text: "Metric", axis: "mean metric" },
];

export const CURVE_NAMES: Record<string, string> = {
  circuit: "This circuit",
  random: "Random scores",
  activation: "Activation difference",
  gradient: "Gradient only",
};

export const curveName = (name: string): string => CURVE_NAMES[name] ?? name;

export interface PlotColours {
  readonly accent: string;
  readonly second: string;
  readonly ink: string;
  readonly ink2: string;
  readonly line: string;
  readonly surface: string;
  readonly baselines: readonly string[];
}

const DASHES = ["dot", "dashdot", "longdash"] as const;
const MARKS = ["x", "diamond-open", "triangle-up-open"] as const;

/** The rankings that an evaluation holds curves for, the absolute one first. */
export const rankingsOf = (result: EvaluationResult): Ranking[] =>
  (["absolute", "signed"] as const).filter((ranking) =>
    result.curves.some((curve) => curve.ranking === ranking),
  );

/** The circuit's own curve, then the baselines' in the order of the settings. */
export function curvesOf(result: EvaluationResult, ranking: Ranking): readonly Curve[] {
  const own = result.curves.filter((curve) => curve.ranking === ranking);
  return [...own].sort((a, b) => Number(b.name === "circuit") - Number(a.name === "circuit"));
}

/** Data and layout of the figure. Sizes lie on a log axis: circuits differ in the small ones. */
export function figureOf(
  result: EvaluationResult,
  ranking: Ranking,
  measure: Measure,
  colours: PlotColours,
): [data: object[], layout: object] {
  const curves = curvesOf(result, ranking);
  const data = curves.flatMap((curve, at) =>
    curve.name === "circuit"
      ? ownTraces(curve, measure, colours)
      : [baselineTrace(curve, measure, colours, at - 1)],
  );
  return [data, layoutOf(result, measure, colours)];
}

const x = ({ points }: Curve) => drawable(points).map(({ size }) => size);

/** A log axis has no place for the empty circuit. */
const drawable = (points: readonly CurvePoint[]) => points.filter(({ size }) => size > 0);

function ownTraces(curve: Curve, measure: Measure, colours: PlotColours): object[] {
  const points = drawable(curve.points);
  const banded = points.filter(({ quantiles }) => quantiles !== null);
  const line = {
    type: "scatter",
    mode: "lines+markers",
    name: measure === "faithfulness" ? "Faithfulness" : curveName(curve.name),
    x: x(curve),
    y: points.map((point) => point[measure]),
    line: { color: colours.accent, width: 2.4 },
    marker: { color: colours.accent, size: 6 },
    customdata: points.map(({ fraction, quantiles }) => [fraction, quantiles?.median ?? null]),
    hovertemplate: "%{x:,} (%{customdata[0]:.1%}): %{y:.3f}<extra>%{fullData.name}</extra>",
  };
  if (measure !== "faithfulness") return [line];
  const band = banded.length > 0 ? bandTraces(banded, colours) : [];
  const completeness = {
    ...line,
    name: "Completeness (the rest alone)",
    y: points.map((point) => point.completeness),
    line: { color: colours.second, width: 2, dash: "dash" },
    marker: { color: colours.second, size: 6, symbol: "square-open" },
  };
  const hasCompleteness = points.some((point) => point.completeness !== null);
  return [...band, line, ...(hasCompleteness ? [completeness] : [])];
}

/** Half of the examples lie in the band; its line is their median. */
function bandTraces(points: readonly CurvePoint[], colours: PlotColours): object[] {
  const sizes = points.map(({ size }) => size);
  const base = { type: "scatter", mode: "lines", x: sizes, hoverinfo: "skip", line: { width: 0 } };
  return [
    { ...base, y: points.map(({ quantiles }) => quantiles?.q1), showlegend: false },
    {
      ...base,
      y: points.map(({ quantiles }) => quantiles?.q3),
      fill: "tonexty",
      fillcolor: withAlpha(colours.accent, 0.16),
      name: "Middle half of examples",
    },
  ];
}

function baselineTrace(curve: Curve, measure: Measure, colours: PlotColours, at: number): object {
  const color = colours.baselines[at % colours.baselines.length];
  const points = drawable(curve.points);
  return {
    type: "scatter",
    mode: "lines+markers",
    name: curveName(curve.name),
    x: x(curve),
    y: points.map((point) => point[measure]),
    line: { color, width: 1.4, dash: DASHES[at % DASHES.length] },
    marker: { color, size: 6, symbol: MARKS[at % MARKS.length] },
    hovertemplate: "%{x:,}: %{y:.3f}<extra>%{fullData.name}</extra>",
  };
}

function layoutOf(result: EvaluationResult, measure: Measure, colours: PlotColours): object {
  const unit = result.level === "features" ? "nodes" : "edges";
  const rule = (y: number, dash: string) => ({
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    y0: y,
    y1: y,
    line: { color: colours.ink2, width: 1, dash },
    layer: "below",
  });
  const axis = {
    gridcolor: colours.line,
    zerolinecolor: colours.line,
    tickfont: { size: 12, color: colours.ink2 },
    ticks: "outside",
    ticklen: 4,
    tickcolor: colours.line,
  };
  const references: Record<Measure, object[]> = {
    faithfulness: [rule(1, "solid"), rule(0, "dot")],
    soft: [rule(1, "solid")],
    hard: [rule(1, "solid")],
    kl: [rule(0, "dot")],
    metric: [rule(result.clean, "solid"), rule(result.empty, "dot")],
  };
  return {
    height: 360,
    margin: { l: 52, r: 12, t: 12, b: 112 },
    font: { family: "Inter Variable, system-ui, sans-serif", size: 12, color: colours.ink },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hovermode: "x unified",
    hoverlabel: {
      bgcolor: colours.surface,
      bordercolor: colours.line,
      font: { color: colours.ink },
    },
    legend: { orientation: "h", x: 0, y: -0.24, yanchor: "top", font: { size: 12 } },
    shapes: references[measure],
    xaxis: {
      ...axis,
      type: "log",
      title: { text: `${unit} in the circuit`, standoff: 8 },
      dtick: 1,
    },
    yaxis: {
      ...axis,
      title: { text: MEASURES.find(({ value }) => value === measure)?.axis, standoff: 6 },
      ...rangeOf(result, measure),
    },
  };
}

/** One wild baseline would flatten all others: faithfulness is shown around 0..1, zoom shows the rest. */
function rangeOf(result: EvaluationResult, measure: Measure): object {
  if (measure !== "faithfulness") return {};
  const values = result.curves
    .filter(({ name }) => name === "circuit")
    .flatMap(({ points }) => drawable(points))
    .flatMap(({ faithfulness, completeness, quantiles }) => [
      faithfulness,
      completeness,
      quantiles?.q1,
      quantiles?.q3,
    ])
    .filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const low = Math.max(-1.5, Math.min(-0.1, ...values.map((value) => value - 0.05)));
  const high = Math.min(3, Math.max(1.15, ...values.map((value) => value + 0.05)));
  return { range: [low, high] };
}

/** `rgb(1, 2, 3)` with an opacity; plotly takes no other way. */
export function withAlpha(rgb: string, alpha: number): string {
  const parts = rgb.match(/[\d.]+/g)?.slice(0, 3) ?? ["0", "0", "0"];
  return `rgba(${parts.join(",")},${alpha})`;
}

/** Every setting without which the numbers mean nothing, in one sentence. */
export function settingsText(result: EvaluationResult): string {
  const { settings: s, level, n_examples, n_items, clean, empty } = result;
  const parts = [
    `${s.ablation.replace("_", " ")} ablation of everything outside the circuit`,
    s.selection === "greedy" ? "greedy selection from the logits" : "highest scores first",
    ...(level === "features"
      ? [`error terms ${ERRORS[s.errors]}`, `layers from ${s.start_layer} up`]
      : []),
    `${n_items} ${level === "features" ? "nodes" : "edges"} to choose from`,
    `${n_examples} examples`,
    "ratios of means over examples, quantiles over single examples' ratios",
    `metric ${digits(clean)} in the model, ${digits(empty)} with everything ablated`,
    `seed ${s.seed}`,
  ];
  return `${parts.join("; ")}.`.replace(/^./, (first) => first.toUpperCase());
}

const ERRORS = { circuit: "ranked like any node", keep: "always kept", remove: "never kept" };
const digits = (value: number): string => value.toPrecision(3).replace("-", "−");

const COLUMNS = [
  "size",
  "asked",
  "fraction",
  "metric",
  "faithfulness",
  "completeness",
  "soft",
  "hard",
  "kl",
] as const;
const QUANTILES = ["median", "q1", "q3", "worst5"] as const;

/** All curves as a table; settings stand in comment lines above it. */
export function toCsv(result: EvaluationResult): string {
  const head = [
    `# ${settingsText(result)}`,
    `# settings ${JSON.stringify(result.settings)}`,
    ["curve", "ranking", ...COLUMNS, ...QUANTILES.map((name) => `faithfulness_${name}`)].join(","),
  ];
  const rows = result.curves.flatMap((curve) =>
    curve.points.map((point) =>
      [
        curve.name,
        curve.ranking,
        ...COLUMNS.map((name) => point[name] ?? ""),
        ...QUANTILES.map((name) => point.quantiles?.[name] ?? ""),
      ].join(","),
    ),
  );
  return `${[...head, ...rows].join("\n")}\n`;
}

/** "10, 20 50" or "1% 5%" as numbers; null when empty, a reason when it cannot be read. */
export function parseSizes(
  text: string,
  level: EvaluationResult["level"],
): { readonly sizes: number[] | null } | { readonly problem: string } {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) return { sizes: null };
  const sizes = words.map((word) =>
    word.endsWith("%") ? Number(word.slice(0, -1)) / 100 : Number(word),
  );
  if (sizes.some((size) => !Number.isFinite(size) || size < 0))
    return { problem: "Sizes are numbers parted by spaces." };
  if (sizes.length > 100) return { problem: "At most 100 sizes." };
  if (level === "components" && sizes.some((size) => size > 1))
    return { problem: "Sizes are shares of all edges here: 0.05 or 5 %, at most 1." };
  if (level === "features" && sizes.some((size) => !Number.isInteger(size)))
    return { problem: "Sizes are whole numbers of nodes here." };
  return { sizes: [...new Set(sizes)].sort((a, b) => a - b) };
}
