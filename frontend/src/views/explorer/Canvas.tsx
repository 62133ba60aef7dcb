import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { GraphView } from "../../canvas/GraphView";
import { nodeId, rowOf, rowsOf } from "../../graph/nodeId";
import type { GraphData } from "../../graph/types";
import { useIntervention } from "../../panels/ablation/InterventionProvider";
import { marksOf } from "../../panels/ablation/marks";
import { type Explorer, useExploration, useExplorer } from "../../state/explorer";
import { themeStore } from "../../state/theme";
import { useFilter } from "../../state/useFilter";
import { useRowLabels } from "../../state/useLabels";
import styles from "./Canvas.module.css";

declare global {
  interface Window {
    /** The tests' hand on the canvas. */
    headwaterView?: { view: GraphView; data: GraphData };
  }
}

const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Mounts the drawing and tells it what changed; it draws by itself, outside React. */
export function Canvas() {
  const explorer = useExplorer();
  const { data, hover } = explorer;
  const container = useRef<HTMLDivElement>(null);
  const latest = useRef(explorer);
  latest.current = explorer;
  const [view, setView] = useState<GraphView | null>(null);

  useEffect(() => {
    if (!container.current) return;
    const mounted = mountView(container.current, latest);
    setView(mounted.view);
    return mounted.unmount;
  }, []);

  useFollowing(view);
  useAppearance(view);

  const selection = useExploration((state) => state.selection);
  const row = selection === null ? null : rowOf(data, selection);
  useEffect(
    () =>
      hover.subscribe((state) => {
        if (state.from !== "canvas") view?.setHover(state.row);
      }),
    [view, hover],
  );

  return (
    <div
      ref={container}
      className={styles.canvas}
      role="application"
      tabIndex={0}
      data-canvas
      aria-label={`Circuit of “${data.summary.prompt}”: ${data.view.nodes_shown} nodes${data.circuit ? " loaded" : ""}. Arrow keys walk between nodes, v shows them as a table, question mark lists all keys.`}
      aria-describedby="canvas-selection"
      data-selected={row ?? undefined}
      onPointerLeave={() => hover.setState({ row: null, from: null })}
    />
  );
}

/** Passes data, selection, pins, budget, kinds and marks on to the drawing. */
function useFollowing(view: GraphView | null) {
  const { data } = useExplorer();
  const selection = useExploration((state) => state.selection);
  const pins = useExploration((state) => state.pins);
  const budget = useExploration((state) => state.edgeBudget);
  const isBySlot = useExploration((state) => state.isBySlot);
  const filter = useFilter();
  const panel = useExploration((state) => state.panel);
  const { result } = useIntervention();
  const labels = useRowLabels();

  useEffect(() => {
    if (!view) return;
    view.setData(data);
    window.headwaterView = { view, data };
  }, [view, data]);
  useEffect(() => {
    view?.setSelection(selection === null ? null : rowOf(data, selection));
  }, [view, data, selection]);
  useEffect(() => {
    view?.setPins(rowsOf(data, pins).rows);
  }, [view, data, pins]);
  useEffect(() => {
    view?.setLabels(labels);
  }, [view, labels]);
  useEffect(() => {
    view?.setEdgeBudget(budget);
  }, [view, budget]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new data forgets the rows of the filter
  useEffect(() => {
    view?.setFilter(filter);
  }, [view, data, filter]);
  useEffect(() => {
    view?.setEdgeColour(isBySlot ? "slot" : "sign");
  }, [view, isBySlot]);
  useEffect(() => {
    view?.setMarks(panel === "ablation" && result ? marksOf(data, result) : null);
  }, [view, data, panel, result]);
}

function useAppearance(view: GraphView | null) {
  const isDark = useStore(themeStore, (state) => state.isDark);
  const isHighContrast = useStore(themeStore, (state) => state.isHighContrast);
  useEffect(() => {
    const name = isDark ? "dark" : "light";
    view?.setTheme(isHighContrast ? `${name}-contrast` : name);
  }, [view, isDark, isHighContrast]);
  useEffect(() => {
    const follow = () => view?.setReducedMotion(reducedMotion.matches);
    follow();
    reducedMotion.addEventListener("change", follow);
    return () => reducedMotion.removeEventListener("change", follow);
  }, [view]);
}

function mountView(container: HTMLElement, latest: { readonly current: Explorer }) {
  const { store, hover, drawn, canvas, data } = latest.current;
  const id = (row: number) => nodeId(latest.current.data, row);
  // The first fit is not the reader's doing, so it does not belong in the address.
  let isMoved = store.getState().camera !== null;
  const moved = () => {
    isMoved = true;
  };
  const view = new GraphView(container, {
    reducedMotion: reducedMotion.matches,
    onEdges: (edges) => drawn.setState({ edges }),
    onHover: (row) => hover.setState({ row, from: "canvas" }),
    onSelect: (row) => {
      store.getState().select(row === null ? null : id(row));
      if (row !== null && store.getState().panel === "pins") store.getState().openPanel("node");
    },
    onPin: (row) => store.getState().togglePin(id(row)),
    onCamera: (camera) => {
      if (isMoved) store.getState().setCamera(camera);
    },
  });
  view.setData(data);
  const { camera } = store.getState();
  if (camera) view.camera = camera;
  container.addEventListener("pointerdown", moved, true);
  container.addEventListener("wheel", moved, { capture: true, passive: true });
  const unsubscribe = store.subscribe((state, before) => {
    // A camera that did not come from the drawing came from an address.
    if (state.camera && state.camera !== before.camera && differs(state.camera, view.camera))
      view.camera = state.camera;
  });
  canvas.current = {
    reveal: (row) => {
      moved();
      view.reveal(row);
    },
    fit: () => {
      moved();
      view.fit();
    },
    zoomBy: (factor) => {
      moved();
      view.zoomBy(factor);
    },
    focusNeighbour: (direction, rank) => view.focusNeighbour(direction, rank),
    toPNG: () => view.toPNG(2),
    toSVG: () => view.toSVG(),
  };
  const unmount = () => {
    unsubscribe();
    container.removeEventListener("pointerdown", moved, true);
    container.removeEventListener("wheel", moved, true);
    canvas.current = null;
    delete window.headwaterView;
    view.destroy();
  };
  return { view, unmount };
}

function differs(a: GraphView["camera"], b: GraphView["camera"]): boolean {
  const far = (x: number, y: number) => Math.abs(x - y) > 1e-3;
  return far(a.cx, b.cx) || far(a.cy, b.cy) || far(a.zoom, b.zoom);
}
