import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import type { TokenChange } from "../../api/types";
import { visibleToken } from "../../base/text";
import { themeStore } from "../../state/theme";
import { probability } from "../../widgets/format";
import styles from "./Distribution.module.css";
import { draw, release } from "./plotly";

const SHOWN = 8;

/** Paired bars of the likeliest next tokens, before and after the change. */
export default function Distribution({ tokens }: { readonly tokens: readonly TokenChange[] }) {
  const holder = useRef<HTMLDivElement>(null);
  const isDark = useStore(themeStore, (state) => state.isDark);
  const likeliest = mostLikely(tokens);

  useEffect(() => {
    // The theme decides the colours that are read from the page below.
    void isDark;
    if (holder.current)
      draw(holder.current, ...figureOf(mostLikely(tokens), coloursOf(holder.current)));
  }, [tokens, isDark]);
  useEffect(() => {
    const element = holder.current;
    return () => {
      if (element) release(element);
    };
  }, []);

  return (
    <figure className={styles.figure}>
      <div ref={holder} className={styles.plot} aria-hidden="true" />
      <figcaption className="visuallyHidden">
        {likeliest
          .map(
            ({ text, probability_before, probability_after }) =>
              `${visibleToken(text)} ${probability(probability_before)} before, ${probability(probability_after)} after`,
          )
          .join("; ")}
      </figcaption>
    </figure>
  );
}

function mostLikely(tokens: readonly TokenChange[]): readonly TokenChange[] {
  const peak = (token: TokenChange) => Math.max(token.probability_before, token.probability_after);
  return [...tokens].sort((a, b) => peak(b) - peak(a)).slice(0, SHOWN);
}

type Colours = Record<"before" | "after" | "ink" | "ink2" | "line" | "surface", string>;

/** Plotly wants plain colours; the browser turns the page's own into them. */
function coloursOf(element: HTMLElement): Colours {
  const probe = element.appendChild(document.createElement("i"));
  // With reduced motion every change is a transition of a moment: it would read the colour before.
  probe.style.setProperty("transition", "none", "important");
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    before: read("line-strong"),
    after: read("accent"),
    ink: read("ink"),
    ink2: read("ink-2"),
    line: read("line"),
    surface: read("surface"),
  };
  probe.remove();
  return colours;
}

function figureOf(
  tokens: readonly TokenChange[],
  colours: Colours,
): [data: object[], layout: object] {
  const rows = tokens.map((_, i) => tokens.length - 1 - i);
  const bars = (name: string, color: string, values: number[], shift: number) => ({
    type: "bar",
    orientation: "h",
    name,
    y: rows.map((row) => row + shift),
    x: values,
    width: 0.38,
    marker: { color },
    text: values.map((value) => probability(value)),
    textposition: "outside",
    textfont: { size: 12, color: colours.ink2 },
    cliponaxis: false,
    constraintext: "none",
    hovertemplate: `${name} %{x:.2%}<extra></extra>`,
  });
  const most = Math.max(
    ...tokens.flatMap((t) => [t.probability_before, t.probability_after]),
    0.01,
  );
  return [
    [
      bars(
        "before",
        colours.before,
        tokens.map((t) => t.probability_before),
        0.2,
      ),
      bars(
        "after",
        colours.after,
        tokens.map((t) => t.probability_after),
        -0.2,
      ),
    ],
    {
      height: 60 + 34 * tokens.length,
      margin: { l: 84, r: 8, t: 28, b: 8 },
      barmode: "overlay",
      font: { family: "Inter Variable, system-ui, sans-serif", size: 12, color: colours.ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
      xaxis: { visible: false, range: [0, most * 1.22], fixedrange: true },
      yaxis: {
        tickvals: rows,
        ticktext: tokens.map(({ text }) => visibleToken(text)),
        tickfont: { family: "JetBrains Mono Variable, monospace", size: 12 },
        ticks: "outside",
        ticklen: 6,
        tickcolor: "rgba(0,0,0,0)",
        fixedrange: true,
        showgrid: false,
        zeroline: false,
      },
      hoverlabel: {
        bgcolor: colours.surface,
        bordercolor: colours.line,
        font: { color: colours.ink },
      },
    },
  ];
}
