import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { circuitQuery } from "../../api/circuitViewQueries";
import { createExploration } from "../../state/exploration";
import {
  type CanvasControls,
  createDrawn,
  createHover,
  ExplorerContext,
} from "../../state/explorer";
import { createLabels } from "../../state/labels";
import { useAddress } from "../../state/useAddress";
import { CIRCUIT_PANELS, decodeView } from "../../state/viewCodec";
import { CircuitAbsent } from "./CircuitAbsent";
import { CircuitFrame } from "./CircuitFrame";

/** What is fetched: enough that sliders need not ask again. More comes when the reader wants it. */
export const LOADS = [
  { nodes: 2_000, edges: 20_000 },
  { nodes: 10_000, edges: 100_000 },
] as const;

export function CircuitView() {
  const { id } = useParams({ from: "/c/$id" });
  return <CircuitExplorer key={id} id={id} />;
}

function CircuitExplorer({ id }: { readonly id: string }) {
  const search = useSearch({ from: "/c/$id" });
  const [store] = useState(() =>
    createExploration(decodeView(search, CIRCUIT_PANELS), CIRCUIT_PANELS),
  );
  const [hover] = useState(createHover);
  const [drawn] = useState(createDrawn);
  const queries = useQueryClient();
  const [labels] = useState(() => createLabels(queries));
  const canvas = useRef<CanvasControls>(null);
  const [load, setLoad] = useState(0);
  useAddress("/c/$id", id, store, search);
  const { nodes, edges } = LOADS[load] ?? LOADS[0];
  const circuit = useQuery(circuitQuery(id, nodes, edges));
  const { data } = circuit;
  const explorer = useMemo(
    () =>
      data
        ? { graph: id, path: "/c/$id" as const, data, store, hover, drawn, labels, canvas }
        : null,
    [id, data, store, hover, drawn, labels],
  );
  if (!explorer)
    return <CircuitAbsent id={id} error={circuit.error} onRetry={() => circuit.refetch()} />;
  const more = LOADS[load + 1];
  // What is missing below these numbers has no effect at all: the server sends all else.
  const isCut = explorer.data.nodes.count >= nodes || explorer.data.edges.count >= edges;
  return (
    <ExplorerContext value={explorer}>
      <CircuitFrame
        isLoading={circuit.isPlaceholderData}
        error={circuit.error}
        onRetry={() => circuit.refetch()}
        isCut={isCut}
        {...(isCut && more ? { more: { ...more, load: () => setLoad(load + 1) } } : {})}
      />
    </ExplorerContext>
  );
}
