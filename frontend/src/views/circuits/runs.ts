/** Circuits asked for on this device that were not seen complete: the way back to their progress. */
import { type CircuitSearch, readCircuitSearch } from "./draft";

const KEY = "headwater.circuit-runs";
const KEPT = 10;

export interface Run {
  readonly id: string;
  readonly search: CircuitSearch;
}

export function readRuns(): readonly Run[] {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]") as CircuitSearch[];
    return stored
      .map((search) => readCircuitSearch(search as Record<string, unknown>))
      .flatMap((search) => (search.run ? [{ id: search.run, search }] : []));
  } catch {
    return [];
  }
}

function write(runs: readonly Run[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(runs.slice(0, KEPT).map(({ search }) => search)));
  } catch {
    // Without storage the address alone leads back.
  }
}

export const rememberRun = (id: string, search: CircuitSearch): void =>
  write([{ id, search: { ...search, run: id } }, ...readRuns().filter((run) => run.id !== id)]);

export const forgetRun = (id: string): void => write(readRuns().filter((run) => run.id !== id));
