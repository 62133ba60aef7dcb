import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { GraphView } from "../../canvas/GraphView";
import { describeNode, longName } from "../../graph/names";
import { nodeId, rowOf, rowsOf } from "../../graph/nodeId";
import type { GraphData } from "../../graph/types";
import { themeStore } from "../../state/theme";
import { count } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { methodTitle } from "../circuit/methodTitle";
import styles from "./Compare.module.css";

interface SideBySideProps {
  readonly a: GraphData;
  readonly b: GraphData;
  readonly shared: readonly string[];
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}

/** Both drawings with what they share ringed; a node in one is lit in the other. */
export function SideBySide({ a, b, shared, chosen, onChoose }: SideBySideProps) {
  const [hovered, setHovered] = useState<string | null>(null);
  const common = { shared, chosen, hovered, onChoose, onHover: setHovered };
  return (
    <Section title="Side by side" note="ringed: in both · click a node to find it in the other">
      <div className={styles.drawings}>
        <Drawing side="A" data={a} {...common} />
        <Drawing side="B" data={b} {...common} />
      </div>
    </Section>
  );
}

interface DrawingProps extends Omit<SideBySideProps, "a" | "b"> {
  readonly side: "A" | "B";
  readonly data: GraphData;
  readonly hovered: string | null;
  readonly onHover: (name: string | null) => void;
}

function Drawing({ side, data, shared, chosen, hovered, onChoose, onHover }: DrawingProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<GraphView | null>(null);
  const latest = useRef({ data, onChoose, onHover });
  latest.current = { data, onChoose, onHover };
  const isDark = useStore(themeStore, (state) => state.isDark);
  const isHighContrast = useStore(themeStore, (state) => state.isHighContrast);

  useEffect(() => {
    if (!holder.current) return;
    const name = (row: number | null) => (row === null ? null : nodeId(latest.current.data, row));
    const mounted = new GraphView(holder.current, {
      reducedMotion: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      onHover: (row) => latest.current.onHover(name(row)),
      onSelect: (row) => latest.current.onChoose(name(row)),
    });
    setView(mounted);
    return () => mounted.destroy();
  }, []);
  useEffect(() => {
    const name = isDark ? "dark" : "light";
    view?.setTheme(isHighContrast ? `${name}-contrast` : name);
  }, [view, isDark, isHighContrast]);
  useEffect(() => {
    view?.setData(data);
    view?.setPins(rowsOf(data, shared).rows);
  }, [view, data, shared]);
  useEffect(() => {
    const row = chosen === null ? null : rowOf(data, chosen);
    view?.setSelection(row);
    if (row !== null) view?.reveal(row);
  }, [view, data, chosen]);
  useEffect(() => {
    view?.setHover(hovered === null ? null : rowOf(data, hovered));
  }, [view, data, hovered]);

  const summary = data.circuit?.summary;
  const row = chosen === null ? null : rowOf(data, chosen);
  return (
    <figure className={styles.drawing}>
      <figcaption>
        <b className={side === "A" ? styles.letterA : styles.letterB}>{side}</b>{" "}
        {summary && (
          <Link
            to="/c/$id"
            params={{ id: summary.id }}
            search={row === null || chosen === null ? {} : { n: chosen }}
          >
            {summary.task.title} · {methodTitle(summary.method)}
          </Link>
        )}
        <span className={styles.drawn}>
          {count(data.nodes.count)} of {count(data.view.nodes_total)} nodes,{" "}
          {count(data.edges.count)} of {count(data.view.edges_total)} edges
        </span>
      </figcaption>
      <div
        ref={holder}
        className={styles.canvas}
        onPointerLeave={() => onHover(null)}
        data-drawing={side}
      />
      <p className={styles.about} aria-live="polite">
        {chosen !== null &&
          (row === null ? (
            <>
              <code>{chosen}</code> is not among the nodes of {side} that are drawn.
            </>
          ) : (
            `${longName(data, row)}: ${describeNode(data, row)}`
          ))}
      </p>
    </figure>
  );
}
