import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { ExplorationStore } from "./exploration";
import type { ExplorerPath } from "./explorer";
import {
  CIRCUIT_PANELS,
  decodeView,
  encodeView,
  GRAPH_PANELS,
  type Panel,
  type ViewSearch,
} from "./viewCodec";

const WRITE_AFTER_MS = 250;
const keyOf = (search: ViewSearch): string => JSON.stringify(Object.entries(search).sort());

/**
 * Keeps the address and the view the same thing. Looking around rewrites the address in place,
 * so Back leaves the graph; an address that changes by itself (Back, an edited link) wins.
 */
export function useAddress(
  path: ExplorerPath,
  graph: string,
  store: ExplorationStore,
  search: ViewSearch,
): void {
  const navigate = useNavigate();
  const written = useRef(keyOf(search));

  useEffect(() => {
    const arrived = keyOf(search);
    if (arrived === written.current) return;
    written.current = arrived;
    store.getState().replaceView(decodeView(search, panelsOf(path)));
  }, [path, search, store]);

  useEffect(() => {
    let timer = 0;
    const write = () => {
      const next = encodeView(store.getState());
      if (keyOf(next) === written.current) return;
      written.current = keyOf(next);
      navigate({ to: path, params: { id: graph }, search: next, replace: true });
    };
    const unsubscribe = store.subscribe(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(write, WRITE_AFTER_MS);
    });
    return () => {
      unsubscribe();
      window.clearTimeout(timer);
    };
  }, [path, graph, store, navigate]);
}

export const panelsOf = (path: ExplorerPath): readonly Panel[] =>
  path === "/c/$id" ? CIRCUIT_PANELS : GRAPH_PANELS;

/** The address of exactly this view, also before the address bar has caught up. */
export function linkTo(path: ExplorerPath, graph: string, store: ExplorationStore): string {
  const search = new URLSearchParams(encodeView(store.getState()) as Record<string, string>);
  const query = search.toString();
  return `${location.origin}${path.replace("$id", graph)}${query === "" ? "" : `?${query}`}`;
}
