import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { type GraphData, Kind } from "../graph/types";
import { dictionaryOfRow, useExplorer } from "./explorer";
import { labelKey } from "./labels";

/** Names worth having before anybody asks: those of the strongest features. */
const AHEAD = 60;

/** The automatic name of a feature's row; undefined until it is known. */
export function useLabel(row: number): string | undefined {
  const { data, labels } = useExplorer();
  const isFeature = data.nodes.kind[row] === Kind.feature;
  const dictionary = dictionaryOfRow(data, row);
  const index = data.nodes.index[row] ?? 0;
  useEffect(() => {
    if (isFeature) labels.want(dictionary, index);
  }, [isFeature, dictionary, index, labels]);
  return useStore(labels.store, ({ names }) =>
    isFeature ? names.get(labelKey(dictionary, index)) : undefined,
  );
}

/** Share of all tokens that a feature's row fires on, when that is a lot; for rows whose name was asked for. */
export function useDensity(row: number): number | undefined {
  const { data, labels } = useExplorer();
  const key = labelKey(dictionaryOfRow(data, row), data.nodes.index[row] ?? 0);
  const isFeature = data.nodes.kind[row] === Kind.feature;
  return useStore(labels.store, ({ dense }) => (isFeature ? dense.get(key) : undefined));
}

/** Names by row for the drawing, which shows them where there is room. */
export function useRowLabels(): ReadonlyMap<number, string> {
  const { data, labels } = useExplorer();
  const names = useStore(labels.store, (state) => state.names);
  useEffect(() => {
    const { kind, influence, index } = data.nodes;
    const strongest = [...kind.keys()]
      .filter((row) => kind[row] === Kind.feature)
      .sort((a, b) => (influence[b] ?? 0) - (influence[a] ?? 0))
      .slice(0, AHEAD);
    for (const row of strongest) labels.want(dictionaryOfRow(data, row), index[row] ?? 0);
  }, [data, labels]);
  return useMemo(() => namesByRow(data, names), [data, names]);
}

function namesByRow(
  data: GraphData,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<number, string> {
  const { kind, index } = data.nodes;
  const rows = new Map<number, string>();
  for (let row = 0; row < data.nodes.count; row++) {
    if (kind[row] !== Kind.feature) continue;
    const name = names.get(labelKey(dictionaryOfRow(data, row), index[row] ?? 0));
    if (name !== undefined) rows.set(row, name);
  }
  return rows;
}
