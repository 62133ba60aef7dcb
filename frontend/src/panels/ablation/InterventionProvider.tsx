import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { interventionQuery } from "../../api/queries";
import type { InterventionResult } from "../../api/types";
import { useExploration, useExplorer } from "../../state/explorer";
import { requestOf } from "../../state/plan";
import { useDebounced } from "../../state/useDebounced";

const MEASURE_AFTER_MS = 120;

interface Intervention {
  /** The latest measurement; an older one stays, marked stale, while a new one runs. */
  readonly result: InterventionResult | null;
  readonly isStale: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

const Context = createContext<Intervention>({
  result: null,
  isStale: false,
  error: null,
  retry: () => {},
});

export const useIntervention = (): Intervention => useContext(Context);

/** Measures the plan whenever it has stood still for a moment; older requests are aborted. */
export function InterventionProvider({ children }: { readonly children: ReactNode }) {
  const { graph } = useExplorer();
  const plan = useExploration((state) => state.plan);
  const isOpen = useExploration((state) => state.panel === "ablation" && state.isPanelOpen);
  const settled = useDebounced(plan, MEASURE_AFTER_MS);
  const request = useMemo(() => requestOf(settled), [settled]);
  const { data, error, isFetching, refetch } = useQuery({
    ...interventionQuery(graph, request),
    enabled: request !== null && isOpen,
  });
  const intervention = useMemo(
    () => ({
      result: request === null ? null : (data ?? null),
      isStale: isFetching || settled !== plan,
      error,
      retry: () => void refetch(),
    }),
    [request, data, isFetching, settled, plan, error, refetch],
  );
  return <Context value={intervention}>{children}</Context>;
}
