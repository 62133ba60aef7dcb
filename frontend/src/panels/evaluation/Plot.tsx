import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { themeStore } from "../../state/theme";
import { draw, release } from "../ablation/plotly";
import type { PlotColours } from "./curves";
import styles from "./Plot.module.css";

interface PlotProps {
  readonly figure: (colours: PlotColours) => [data: object[], layout: object];
  /** The same in words, for those who cannot see it. */
  readonly caption: string;
  /** Gets the plotted element, for exports. */
  readonly onDrawn?: (element: HTMLElement | null) => void;
  /** Gets the `customdata` of a point that was clicked. */
  readonly onPoint?: (data: unknown) => void;
}

/** A plotly figure in the page's colours; the chunk with plotly comes with the first one. */
export default function Plot({ figure, caption, onDrawn, onPoint }: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const isDark = useStore(themeStore, (state) => state.isDark);
  const latest = useRef({ onDrawn, onPoint });
  latest.current = { onDrawn, onPoint };

  useEffect(() => {
    // The theme decides the colours that are read from the page below.
    void isDark;
    if (!holder.current) return;
    draw(holder.current, ...figure(coloursOf(holder.current)));
    latest.current.onDrawn?.(holder.current);
  }, [figure, isDark]);
  useEffect(() => {
    const element = holder.current as (HTMLElement & PlotlyEvents) | null;
    element?.on?.("plotly_click", ({ points }) => latest.current.onPoint?.(points[0]?.customdata));
    return () => {
      if (element) release(element);
      latest.current.onDrawn?.(null);
    };
  }, []);

  return (
    <figure className={styles.figure}>
      <div ref={holder} className={styles.plot} aria-hidden="true" />
      <figcaption className="visuallyHidden">{caption}</figcaption>
    </figure>
  );
}

interface PlotlyEvents {
  on?(name: "plotly_click", listener: (event: ClickEvent) => void): void;
}
interface ClickEvent {
  readonly points: readonly { readonly customdata?: unknown }[];
}

/** Plotly wants plain colours; the browser turns the page's own into them. */
function coloursOf(element: HTMLElement): PlotColours {
  const probe = element.appendChild(document.createElement("i"));
  // With reduced motion every change is a transition of a moment: it would read the colour before.
  probe.style.setProperty("transition", "none", "important");
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    accent: read("accent"),
    second: read("pin"),
    ink: read("ink"),
    ink2: read("ink-2"),
    line: read("line"),
    surface: read("surface"),
    baselines: [read("ink-3"), read("negative"), read("positive")],
  };
  probe.remove();
  return colours;
}
