import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { graphQuery } from "../../api/queries";
import { LARGE_REACH, reachOf } from "../../graph/reach";
import { createExploration } from "../../state/exploration";
import {
  type CanvasControls,
  createDrawn,
  createHover,
  ExplorerContext,
} from "../../state/explorer";
import { createLabels } from "../../state/labels";
import { useAddress } from "../../state/useAddress";
import { useDebounced } from "../../state/useDebounced";
import { DEFAULT_VIEW, decodeView } from "../../state/viewCodec";
import { ExplorerFrame } from "./ExplorerFrame";
import { GraphAbsent } from "./GraphAbsent";

const PRUNE_AFTER_MS = 120;

export function ExplorerView() {
  const { id } = useParams({ from: "/g/$id" });
  return <GraphExplorer key={id} id={id} />;
}

function GraphExplorer({ id }: { readonly id: string }) {
  const search = useSearch({ from: "/g/$id" });
  const [store] = useState(() => createExploration(decodeView(search)));
  const [hover] = useState(createHover);
  const [drawn] = useState(createDrawn);
  const queries = useQueryClient();
  const [labels] = useState(() => createLabels(queries));
  const canvas = useRef<CanvasControls>(null);
  useAddress("/g/$id", id, store, search);
  const node = useDebounced(
    useStore(store, (state) => state.nodeThreshold),
    PRUNE_AFTER_MS,
  );
  const edge = useDebounced(
    useStore(store, (state) => state.edgeThreshold),
    PRUNE_AFTER_MS,
  );
  // A link may ask for all of a graph whose size is not known yet: the usual view comes first.
  const isBold = node > LARGE_REACH;
  const first = useQuery(
    graphQuery(
      id,
      isBold ? DEFAULT_VIEW.nodeThreshold : node,
      isBold ? DEFAULT_VIEW.edgeThreshold : edge,
    ),
  );
  const size = first.data?.view.edges_total ?? null;
  const isAsked = !isBold || size !== null;
  const reach = reachOf(size);
  const graph = useQuery({
    ...graphQuery(id, Math.min(node, reach), edge),
    enabled: isAsked,
    placeholderData: (previous) => previous ?? first.data,
  });
  const { data } = graph;
  const explorer = useMemo(
    () =>
      data
        ? { graph: id, path: "/g/$id" as const, data, store, hover, drawn, labels, canvas }
        : null,
    [id, data, store, hover, drawn, labels],
  );
  if (!explorer)
    return (
      <GraphAbsent
        id={id}
        error={graph.error ?? first.error}
        onRetry={() => (isAsked ? graph : first).refetch()}
      />
    );
  return (
    <ExplorerContext value={explorer}>
      <ExplorerFrame
        isPruning={graph.isPlaceholderData || graph.isFetching}
        error={graph.error}
        onRetry={() => graph.refetch()}
      />
    </ExplorerContext>
  );
}
