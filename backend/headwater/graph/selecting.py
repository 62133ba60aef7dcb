"""Which edges make the circuit of a given size: the strongest, or those a best-first search reaches.

Pure functions on columns. An edge leads from a *vertex* to a *vertex*. Between heads and MLPs a vertex is a
node: what enters a head anywhere may leave it. With positions, a head has a vertex of its own for each input,
since a value read at position 3 leaves the head only where an edge inside the head carries it:

    m0@3 -> a1.h0@3<v>   then   a1.h0@3 -> a1.h0@7<v>   then   a1.h0@7 -> logits@7

Whatever leads nowhere is taken away: what stays lies on a way from a *root* to a *goal*. Goals are the
metric; roots are the input or, between features, every node: a feature's effect is measured whether or not
the edges into it are known. Of equal edges the first ones are taken.

Cost: sorting the edges. 300,000 of them take a tenth of a second.

Refs: Hanna et al. 2024 (arXiv 2403.17806), top-n and greedy; Haklay et al. 2025 (arXiv 2502.04577).
"""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headwater.graph.circuit import HEAD, SLOTS, Circuit
from headwater.graph.graph import EMBEDDING, LOGIT

Ranking = Literal["magnitude", "value"]
"""By |weight|, or by weight: then edges that work against the behaviour come last."""

Kept = NDArray[np.bool_]
"""[edge]: is it in the circuit?"""


@dataclass(frozen=True)
class Wiring:
    """`source`, `target`: [edge] vertices below `n_vertices`; `roots`, `goals`: [vertex] is it one?"""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    roots: NDArray[np.bool_]
    goals: NDArray[np.bool_]

    @property
    def n_vertices(self) -> int:
        return len(self.roots)

    def only(self, edges: NDArray[np.int64]) -> "Wiring":
        """The same vertices, and of the edges these alone."""
        return Wiring(self.source[edges], self.target[edges], self.roots, self.goals)


def wiring_of(circuit: Circuit) -> Wiring:
    """How a circuit's edges follow each other. Vertex: `row * 4`, its inputs q, k, v behind it (`SLOTS`)."""
    nodes, edges = circuit.nodes, circuit.edges
    width = len(SLOTS)
    source, target = edges.source.astype(np.int64), edges.target.astype(np.int64)
    tail, head = source * width, target * width
    crosses = _crosses(circuit)
    if crosses.any():
        into_head = ~crosses & (nodes.kind[target] == HEAD)
        head = np.where(into_head, head + edges.slot, head)
        # A query is read where the head writes, keys and values where it looks.
        at = np.where(edges.slot == SLOTS.index("q"), target, source)
        tail = np.where(crosses, at * width + edges.slot, tail)
    n = len(nodes) * width
    roots, goals = np.full(n, circuit.level == "features"), np.zeros(n, bool)
    roots[np.flatnonzero(nodes.kind == EMBEDDING) * width] = True
    goals[np.flatnonzero(nodes.kind == LOGIT) * width] = True
    return Wiring(tail, head, roots, goals)


def _crosses(circuit: Circuit) -> Kept:
    """Edges from a head to itself, from one position to another or the same."""
    nodes, source, target = circuit.nodes, circuit.edges.source, circuit.edges.target
    crosses = (nodes.kind[source] == HEAD) & (nodes.kind[target] == HEAD)
    crosses &= nodes.layer[source] == nodes.layer[target]
    crosses &= nodes.index[source] == nodes.index[target]
    return np.asarray(crosses, bool)


def top_n(weights: NDArray[np.floating], n: int, wiring: Wiring, ranking: Ranking = "magnitude") -> Kept:
    """The `n` strongest edges, less those that lead nowhere."""
    kept = np.zeros(len(weights), bool)
    kept[np.argsort(-_strength(weights, ranking), kind="stable")[: max(n, 0)]] = True
    return pruned(kept, wiring)


def greedy(weights: NDArray[np.floating], n: int, wiring: Wiring, ranking: Ranking = "magnitude") -> Kept:
    """Best first from the goals: `n` times the strongest edge into a vertex that is already reached; then
    less the edges that no root leads to."""
    strength = _strength(weights, ranking)
    order = np.lexsort((-strength, wiring.target))  # by target, strongest first
    first = np.searchsorted(wiring.target[order], np.arange(wiring.n_vertices + 1)).tolist()
    edges, rank, source = order.tolist(), (-strength[order]).tolist(), wiring.source[order].tolist()
    reached = wiring.goals.tolist()
    # Only the best remaining edge into each reached vertex waits, so the heap stays as small as the circuit.
    waiting = [
        (rank[first[v]], edges[first[v]], first[v], v)
        for v in np.flatnonzero(wiring.goals).tolist()
        if first[v] < first[v + 1]
    ]
    heapq.heapify(waiting)

    def wait(at: int, vertex: int) -> None:
        if at < first[vertex + 1]:
            heapq.heappush(waiting, (rank[at], edges[at], at, vertex))

    kept = np.zeros(len(weights), bool)
    for _ in range(n):
        if not waiting:
            break
        _, edge, at, vertex = heapq.heappop(waiting)
        kept[edge] = True
        wait(at + 1, vertex)
        if not reached[source[at]]:
            reached[source[at]] = True
            wait(first[source[at]], source[at])
    return pruned(kept, wiring)


def pruned(kept: Kept, wiring: Wiring) -> Kept:
    """Less the edges that lead nowhere. The same as taking away vertices without inputs or outputs again and
    again; where edges run in a circle, that circle goes too unless a root leads in and a goal out."""
    edges = np.flatnonzero(kept)
    source, target = wiring.source[edges], wiring.target[edges]
    entered = _reachable(wiring.roots, source, target)
    leads_on = _reachable(wiring.goals, target, source)
    alive = np.zeros(len(kept), bool)
    alive[edges] = entered[source] & leads_on[target]
    return alive


def nodes_of(kept: Kept, circuit: Circuit) -> NDArray[np.bool_]:
    """[node]: does an edge of the circuit begin or end there?"""
    used = np.zeros(len(circuit.nodes), bool)
    used[circuit.edges.source[kept]] = used[circuit.edges.target[kept]] = True
    return used


def _reachable(
    starts: NDArray[np.bool_], source: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """[vertex]: can it be reached from one of `starts`? Breadth first; every edge is looked at once."""
    order = np.argsort(source, kind="stable")
    target = target[order]
    first = np.searchsorted(source[order], np.arange(len(starts) + 1))
    reached = starts.copy()
    front = np.flatnonzero(starts)
    while len(front):
        counts = first[front + 1] - first[front]
        before = np.cumsum(counts) - counts
        ends = target[np.repeat(first[front] - before, counts) + np.arange(counts.sum())]
        front = np.unique(ends[~reached[ends]])
        reached[front] = True
    return reached


def _strength(weights: NDArray[np.floating], ranking: Ranking) -> NDArray[np.float64]:
    values = np.asarray(weights, np.float64)
    return np.abs(values) if ranking == "magnitude" else values
