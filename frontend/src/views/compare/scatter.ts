/** The effects of two circuits against each other, as plotly takes it. No DOM. */
import type { ComparedEffect, Comparison, Overlap } from "../../api/circuitViewQueries";
import type { PlotColours } from "../../panels/evaluation/curves";

export type Side = "shared" | "a" | "b" | "neither";

/** In which of the two circuits a node (or an edge) is. */
export function sidesOf(overlap: Overlap): (name: string) => Side {
  const shared = new Set(overlap.shared);
  const onlyA = new Set(overlap.only_a);
  const onlyB = new Set(overlap.only_b);
  return (name) =>
    shared.has(name) ? "shared" : onlyA.has(name) ? "a" : onlyB.has(name) ? "b" : "neither";
}

export const SIDE_NAMES: Record<Side, string> = {
  shared: "in both",
  a: "only in A",
  b: "only in B",
  neither: "in neither",
};

const SYMBOLS: Record<Side, string> = {
  shared: "circle",
  a: "triangle-left",
  b: "triangle-right",
  neither: "x-thin-open",
};

/** Methods whose scores are not effects, so that their size means nothing beside those of others. */
const UNITLESS = new Set(["random", "activation", "gradient"]);

/** Whether both circuits' effects are changes of the same metric. */
export const haveOneUnit = ({ a, b }: Comparison): boolean =>
  JSON.stringify(a.method.metric) === JSON.stringify(b.method.metric) &&
  ![a, b].some(({ method }) => UNITLESS.has(String(method.method)));

/** How far each axis goes: equally far, unless the figures are of different kinds. */
function reaches(comparison: Comparison): [a: number, b: number] {
  const most = (side: "a" | "b") =>
    1.08 * Math.max(1e-9, ...comparison.effects.map((effect) => Math.abs(effect[side])));
  const both = Math.max(most("a"), most("b"));
  return haveOneUnit(comparison) ? [both, both] : [most("a"), most("b")];
}

export function scatterFigure(
  comparison: Comparison,
  chosen: string | null,
  colours: PlotColours,
): [data: object[], layout: object] {
  const side = sidesOf(comparison.nodes);
  const [reachA, reachB] = reaches(comparison);
  const colourOf: Record<Side, string> = {
    shared: colours.second,
    a: colours.baselines[2] ?? colours.ink2,
    b: colours.baselines[1] ?? colours.ink2,
    neither: colours.ink2,
  };
  const traces = (["a", "b", "shared", "neither"] as const).flatMap((which) => {
    const own = comparison.effects.filter(({ name }) => side(name) === which);
    if (own.length === 0) return [];
    return [
      {
        type: "scatter",
        mode: "markers",
        name: SIDE_NAMES[which],
        x: own.map(({ a }) => a),
        y: own.map(({ b }) => b),
        customdata: own.map(({ name }) => name),
        marker: {
          color: colourOf[which],
          symbol: SYMBOLS[which],
          size: own.map(({ name }) => (name === chosen ? 15 : 8)),
          opacity: 0.8,
          line: { color: colours.surface, width: 0.6 },
        },
        hovertemplate: "%{customdata}<br>A %{x:.3g}, B %{y:.3g}<extra>%{fullData.name}</extra>",
      },
    ];
  });
  const axis = (text: string, reach: number) => ({
    title: { text, standoff: 6 },
    range: [-reach, reach],
    gridcolor: colours.line,
    zerolinecolor: colours.ink2,
    tickfont: { size: 12, color: colours.ink2 },
  });
  return [
    traces,
    {
      height: 420,
      margin: { l: 58, r: 12, t: 12, b: 84 },
      font: { family: "Inter Variable, system-ui, sans-serif", size: 12, color: colours.ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      hovermode: "closest",
      hoverlabel: {
        bgcolor: colours.surface,
        bordercolor: colours.line,
        font: { color: colours.ink },
      },
      legend: { orientation: "h", x: 0, y: -0.16, yanchor: "top" },
      shapes:
        reachA === reachB
          ? [
              {
                type: "line",
                x0: -reachA,
                y0: -reachA,
                x1: reachA,
                y1: reachA,
                line: { color: colours.line, width: 1, dash: "dash" },
                layer: "below",
              },
            ]
          : [],
      xaxis: axis("effect in A", reachA),
      yaxis: axis("effect in B", reachB),
    },
  ];
}

export type SortKey = "name" | "a" | "b" | "difference" | "side";

/** Rows of the difference table in the order of one column; sizes count, not signs. */
export function sortedEffects(
  effects: readonly ComparedEffect[],
  side: (name: string) => Side,
  by: SortKey,
  isDown: boolean,
): ComparedEffect[] {
  const sign = isDown ? -1 : 1;
  const order: Record<SortKey, (one: ComparedEffect, two: ComparedEffect) => number> = {
    name: (one, two) => one.name.localeCompare(two.name, "en", { numeric: true }),
    a: (one, two) => Math.abs(one.a) - Math.abs(two.a),
    b: (one, two) => Math.abs(one.b) - Math.abs(two.b),
    difference: (one, two) => Math.abs(one.b - one.a) - Math.abs(two.b - two.a),
    side: (one, two) => side(one.name).localeCompare(side(two.name)),
  };
  return [...effects].sort(
    (one, two) => sign * order[by](one, two) || one.name.localeCompare(two.name),
  );
}

/** Names of the settings in which two methods differ. */
export function settingsDiffer(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  names.delete("method");
  return [...names]
    .filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map((name) => name.replaceAll("_", " "));
}
