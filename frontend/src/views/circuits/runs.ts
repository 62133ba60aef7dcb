/** Circuits asked for on this device that were not seen complete: the way back to their progress. */

const KEY = "headwater.circuit-runs";
const KEPT = 10;

export function readRuns(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function write(runs: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(runs.slice(0, KEPT)));
  } catch {
    // Without storage the address alone leads back.
  }
}

export const rememberRun = (id: string): void =>
  write([id, ...readRuns().filter((run) => run !== id)]);

export const forgetRun = (id: string): void => write(readRuns().filter((run) => run !== id));
