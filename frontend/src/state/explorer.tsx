/** What every part of the explorer shares: the graph, the view's state, a hand on the canvas. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { EdgeChoice } from "../graph/edgeBudget";
import { nodeId, rowOf } from "../graph/nodeId";
import { type GraphData, SITES } from "../graph/types";
import type { Exploration, ExplorationStore } from "./exploration";
import type { LabelSource } from "./labels";

export interface HoverState {
  readonly row: number | null;
  /** Where the pointer is: the other side follows without answering back. */
  readonly from: "canvas" | "list" | null;
}

/** What panels may ask of the canvas. */
export interface CanvasControls {
  readonly reveal: (row: number) => void;
  readonly fit: () => void;
  readonly zoomBy: (factor: number) => void;
  readonly focusNeighbour: (direction: Direction, rank?: number) => number | null;
  readonly toPNG: () => Promise<Blob>;
  readonly toSVG: () => string;
}

export type Direction = "left" | "right" | "up" | "down" | "input" | "output";

/** Where graphs and circuits live: the same explorer, other addresses. */
export type ExplorerPath = "/g/$id" | "/c/$id";

export interface Explorer {
  /** The id of the graph or circuit. */
  readonly graph: string;
  readonly path: ExplorerPath;
  readonly data: GraphData;
  readonly store: ExplorationStore;
  readonly hover: StoreApi<HoverState>;
  /** Which edges the drawing chose; null before the first picture. */
  readonly drawn: StoreApi<Drawn>;
  readonly labels: LabelSource;
  readonly canvas: { current: CanvasControls | null };
}

export interface Drawn {
  readonly edges: EdgeChoice | null;
}

export const createDrawn = (): StoreApi<Drawn> => createStore<Drawn>(() => ({ edges: null }));

export const createHover = (): StoreApi<HoverState> =>
  createStore<HoverState>(() => ({ row: null, from: null }));

export const ExplorerContext = createContext<Explorer | null>(null);

export function useExplorer(): Explorer {
  const explorer = useContext(ExplorerContext);
  if (!explorer) throw new Error("This part of the page lives inside the explorer only");
  return explorer;
}

export function useExploration<T>(pick: (state: Exploration) => T): T {
  return useStore(useExplorer().store, pick);
}

/** The selected node's row; null when nothing is selected or the node is pruned away. */
export function useSelectedRow(): number | null {
  const { data } = useExplorer();
  const id = useExploration((state) => state.selection);
  return id === null ? null : rowOf(data, id);
}

/** Selects a node by row and brings it into sight. */
export function useGoTo(): (row: number) => void {
  const { data, store, canvas } = useExplorer();
  return (row) => {
    store.getState().select(nodeId(data, row));
    canvas.current?.reveal(row);
  };
}

/** The dictionary of a feature's row; a circuit has one set for each site. */
export function dictionaryOfRow(data: GraphData, row: number): string {
  const layer = data.nodes.layer[row] ?? 0;
  if (!data.circuit) return dictionaryOf(data, layer);
  const { summary, site } = data.circuit;
  return `${summary.dictionaries[SITES[site[row] ?? 3] ?? "resid"]}.${layer}`;
}

/** `brook.transcoders` and layer 3 make `brook.transcoders.3`. */
export const dictionaryOf = (data: GraphData, layer: number): string =>
  `${data.summary.dictionaries}.${layer}`;
