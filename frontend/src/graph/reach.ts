/** How much of a graph a page can hold, so that a wish for all of it does not end the server. */

/** About 80 bytes an edge while pruning and 20 on the way: whole graphs up to here are fine. */
const WHOLE_EDGES = 8_000_000;
/** Of larger graphs, the strongest nodes up to this share: a small part of all edges. */
export const LARGE_REACH = 0.9;

/** The highest node threshold that a graph with this many edges may be asked for. */
export const reachOf = (edges: number | null): number =>
  edges !== null && edges <= WHOLE_EDGES ? 1 : LARGE_REACH;
