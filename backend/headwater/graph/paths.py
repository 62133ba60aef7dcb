"""The strongest routes through a pruned graph.

A path's strength is the product of its edges' shares of their target's shown input
(N' of TRACING.md c.7) and the weight of the target it ends at: the part of the explained
probability that runs along exactly this route. Summed over all routes it gives the sum of
the targets' weights, as long as every shown feature has shown input.
"""

import heapq
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headwater.graph.graph import EMBEDDING, ERROR
from headwater.graph.influence import MIN_INPUT_TOTAL

if TYPE_CHECKING:
    from headwater.graph.prune import PrunedGraph


@dataclass(frozen=True)
class Path:
    """`nodes` are ids from source to target, `weights[i]` the edge nodes[i] -> nodes[i+1].

    `strength` is in units of the targets' weights; `sign` is +1 when the route raises the
    target, -1 when it lowers it.
    """

    nodes: tuple[str, ...]
    weights: tuple[float, ...]
    strength: float

    @property
    def sign(self) -> int:
        return -1 if sum(weight < 0 for weight in self.weights) % 2 else 1

    def __str__(self) -> str:
        return f"{' → '.join(self.nodes)}  ({'+' if self.sign > 0 else '-'}{self.strength:.2%})"


def strongest_paths(pruned: "PrunedGraph", limit: int) -> list[Path]:
    """Exact: a best-first search backwards from the targets, guided by the best possible
    remainder of each node, so it only ever extends prefixes of answers."""
    graph = pruned.graph
    kind, layer = graph.nodes.kind[pruned.node], graph.nodes.layer[pruned.node]
    counts = ~graph.flow.is_constant[pruned.node][pruned.source]
    source, target = pruned.source[counts], pruned.target[counts]
    weight, strength = pruned.weight[counts], np.abs(pruned.weight[counts]).astype(np.float64)
    totals = np.bincount(target, strength, minlength=len(kind))
    share = strength / np.maximum(totals[target], MIN_INPUT_TOTAL)
    best = _best_remainder(kind, layer, source, target, share)

    by_target = np.argsort(target, kind="stable")
    starts = np.searchsorted(target[by_target], np.arange(len(kind) + 1))
    ends = np.flatnonzero(np.isin(pruned.node, graph.target_nodes)).tolist()
    weights_of = graph.flow.weights[pruned.node]

    tie = count()
    # (-bound, tie, share so far, node, edges walked so far as a linked list, last first)
    heap: list[tuple[float, int, float, int, tuple[int, object] | None]] = [
        (-float(weights_of[end] * best[end]), next(tie), float(weights_of[end]), end, None) for end in ends
    ]
    heapq.heapify(heap)
    found: list[Path] = []
    while heap and len(found) < limit:
        bound, _, so_far, node, walked = heapq.heappop(heap)
        if bound >= 0:
            break
        inputs = by_target[starts[node] : starts[node + 1]]
        if not len(inputs):  # a source: dead ends were left by the bound
            found.append(_path(pruned.ids, source, target, weight, walked, so_far))
            continue
        for edge in inputs.tolist():
            before = int(source[edge])
            reach = so_far * float(share[edge])
            heapq.heappush(heap, (-reach * float(best[before]), next(tie), reach, before, (edge, walked)))
    return found


def _best_remainder(
    kind: NDArray[np.uint8],
    layer: NDArray[np.int16],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Per node, the strongest route from any source to it: 1 for sources, 0 for dead ends."""
    best = np.isin(kind, (EMBEDDING, ERROR)).astype(np.float64)
    order = np.argsort(layer[target], kind="stable")
    bounds = np.flatnonzero(np.diff(layer[target][order])) + 1
    for edges in np.split(order, bounds):
        np.maximum.at(best, target[edges], share[edges] * best[source[edges]])
    return best


def _path(
    ids: list[str],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    weight: NDArray[np.float32],
    walked: object,
    strength: float,
) -> Path:
    edges: list[int] = []
    while isinstance(walked, tuple):
        edge, walked = walked
        edges.append(edge)
    nodes = [*(ids[source[edge]] for edge in edges), ids[target[edges[-1]]]]
    return Path(tuple(nodes), tuple(float(weight[edge]) for edge in edges), strength)
