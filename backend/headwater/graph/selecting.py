"""Which edges make the circuit: the strongest, those above a threshold, or those a best-first search reaches.

Pure functions on columns. An edge leads from a *vertex* to a *vertex*. Between heads and MLPs a vertex is a
node: what enters a head anywhere may leave it. With positions, a head has a vertex of its own for each input,
since a value read at position 3 leaves the head only where an edge inside the head carries it:

    m0@3 -> a1.h0@3<v>   then   a1.h0@3 -> a1.h0@7<v>   then   a1.h0@7 -> logits@7

Whatever leads nowhere is taken away: edges from vertices that nothing enters, or into vertices that nothing
leaves. `roots` need no input, `goals` no output.

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
    roots, goals = np.zeros(n, bool), np.zeros(n, bool)
    goals[np.flatnonzero(nodes.kind == LOGIT) * width] = True
    if circuit.level == "components":
        roots[np.flatnonzero(nodes.kind == EMBEDDING) * width] = True
    else:  # features whose inputs were not computed, errors, embeddings
        roots[:] = True
        roots[head] = False
    return Wiring(tail, head, roots, goals)


def _crosses(circuit: Circuit) -> NDArray[np.bool_]:
    """Edges from a head to itself, from one position to another or the same."""
    nodes, source, target = circuit.nodes, circuit.edges.source, circuit.edges.target
    crosses = (nodes.kind[source] == HEAD) & (nodes.kind[target] == HEAD)
    crosses &= nodes.layer[source] == nodes.layer[target]
    crosses &= nodes.index[source] == nodes.index[target]
    return np.asarray(crosses, bool)


def top_n(weights: NDArray[np.floating], n: int, wiring: Wiring, ranking: Ranking = "magnitude") -> Kept:
    """The `n` strongest edges, less those that lead nowhere. Among equals the first ones."""
    kept = np.zeros(len(weights), bool)
    kept[_order(weights, ranking)[: max(n, 0)]] = True
    return pruned(kept, wiring)


def above(
    weights: NDArray[np.floating], threshold: float, wiring: Wiring, ranking: Ranking = "magnitude"
) -> Kept:
    """Edges at least as strong as the threshold, less those that lead nowhere."""
    return pruned(_strength(weights, ranking) >= threshold, wiring)


def greedy(weights: NDArray[np.floating], n: int, wiring: Wiring, ranking: Ranking = "magnitude") -> Kept:
    """Best first from the goals: `n` times the strongest edge into a vertex that is already reached."""
    strength = _strength(weights, ranking)
    by_target = np.argsort(wiring.target, kind="stable")
    first = np.searchsorted(wiring.target[by_target], np.arange(wiring.n_vertices + 1))
    kept, reached = np.zeros(len(weights), bool), wiring.goals.copy()
    candidates: list[tuple[float, int]] = []

    def reach(vertex: int) -> None:
        for edge in by_target[first[vertex] : first[vertex + 1]].tolist():
            heapq.heappush(candidates, (-float(strength[edge]), edge))

    for goal in np.flatnonzero(reached).tolist():
        reach(goal)
    for _ in range(min(n, len(weights))):
        if not candidates:
            break
        _, edge = heapq.heappop(candidates)
        kept[edge] = True
        vertex = int(wiring.source[edge])
        if not reached[vertex]:
            reached[vertex] = True
            reach(vertex)
    return pruned(kept, wiring)


def pruned(kept: Kept, wiring: Wiring) -> Kept:
    """Less the edges that lead nowhere, again and again until nothing changes."""
    kept = kept.copy()
    while True:
        entered, left = wiring.roots.copy(), wiring.goals.copy()
        entered[wiring.target[kept]] = True
        left[wiring.source[kept]] = True
        alive = kept & entered[wiring.source] & left[wiring.target]
        if (alive == kept).all():
            return kept
        kept = alive


def nodes_of(kept: Kept, circuit: Circuit) -> NDArray[np.bool_]:
    """[node]: does an edge of the circuit begin or end there?"""
    used = np.zeros(len(circuit.nodes), bool)
    used[circuit.edges.source[kept]] = used[circuit.edges.target[kept]] = True
    return used


def _strength(weights: NDArray[np.floating], ranking: Ranking) -> NDArray[np.float64]:
    values = np.asarray(weights, np.float64)
    return np.abs(values) if ranking == "magnitude" else values


def _order(weights: NDArray[np.floating], ranking: Ranking) -> NDArray[np.int64]:
    return np.argsort(-_strength(weights, ranking), kind="stable")
