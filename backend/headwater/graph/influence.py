"""How much of the explained targets flows through each node, exactly and in one pass.

Definitions (TRACING.md c.5; circuit-tracer graph.py `compute_influence`):

* `N[t, s] = |A[t, s]| / max(sum_s |A[t, s]|, 1e-10)`: s's share of t's absolute input
* `w`: the targets' weights (the model's probability of each logit), 0 elsewhere
* `I = w N + w N^2 + ...`: influence, in units of `w` (probability for logits)

**The peer rule.** circuit-tracer has no nodes for positional embeddings, biases and the
dropped start-of-text terms (`CONSTANTS`). To keep its numbers, their edges count neither
in the sums above nor in any influence: a constant's influence is 0 by definition, and
"share of input" means share of the input that is not constant.

The graph is acyclic and every edge that counts goes to a later layer, so the series is
summed exactly by visiting the rows layer by layer from the top: once all rows above a
layer are done, the influence of its nodes is final. Each edge is read once; the peer
multiplies the whole n x n matrix once per step of the longest path.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from headwater.graph.graph import CONSTANTS, KINDS, Graph

MIN_INPUT_TOTAL = 1e-10
"""The peer's floor under a row's sum (its `normalize_matrix`)."""

CONSTANT_SHARE = 0.01
"""A constant is worth showing from 1 % of a shown target's other input (see `prune`)."""


@dataclass(frozen=True)
class Rows:
    """Non-negative CSR rows, those of one layer side by side (`groups`, top layer first)."""

    target: NDArray[np.int32]
    indptr: NDArray[np.int64]
    source: NDArray[np.int32]
    strength: NDArray[np.float32]
    groups: tuple[tuple[int, int], ...]

    def sums(self) -> NDArray[np.float64]:
        """Sum of strength per row."""
        return row_sums(self.indptr, self.strength)


@dataclass(frozen=True)
class Influence:
    """What no threshold changes, so computed once per graph (`Graph.flow`).

    Per row: `input_total` (sum of |weight| without constants), `row_sum` (sum of weight,
    constants included: equals the target's value). Per node: `row_of` (-1: no row),
    `weights` (w), `influence` (I), `cumulative` (share of all influence held by this node
    and every stronger one; circuit-tracer's field `influence`).
    `edge_of`: None, or for each edge of `rows` its place in `Edges`.
    `constant_edges`: edges from constants that reach CONSTANT_SHARE of their target.
    """

    rows: Rows
    edge_of: NDArray[np.int64] | None
    input_total: NDArray[np.float64]
    row_sum: NDArray[np.float64]
    row_of: NDArray[np.int32]
    weights: NDArray[np.float64]
    influence: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    is_constant: NDArray[np.bool_]
    constant_edges: NDArray[np.int64]
    constant_targets: NDArray[np.int32]
    constant_count: int


def compute_influence(graph: Graph) -> Influence:
    """Cost: about five reads of the edge list. Raises ValueError when an edge that counts
    does not lead to a later layer (the graph is then not a linear trace)."""
    nodes, edges = graph.nodes, graph.edges
    n = len(nodes)
    is_constant = np.isin(np.arange(len(KINDS)), CONSTANTS)[nodes.kind]
    counts = np.diff(edges.indptr)

    strength = np.abs(edges.weight)
    constant = np.flatnonzero(is_constant[edges.source])
    strength[constant] = 0
    _check_causal(nodes.layer, edges.target, counts, edges.source, is_constant)

    rows, edge_of = _by_layer(nodes.layer, edges.target, edges.indptr, edges.source, strength)
    row_of = np.full(n, -1, np.int32)
    row_of[edges.target] = np.arange(len(edges.target), dtype=np.int32)
    input_total = row_sums(edges.indptr, strength)
    weights = np.zeros(n)
    weights[graph.target_nodes] = graph.target_weights
    influence, _ = propagate(rows, weights)

    row_of_constant = np.searchsorted(edges.indptr, constant, side="right") - 1
    shown = np.abs(edges.weight[constant]) >= CONSTANT_SHARE * input_total[row_of_constant]
    return Influence(
        rows=rows,
        edge_of=edge_of,
        input_total=input_total,
        row_sum=row_sums(edges.indptr, edges.weight),
        row_of=row_of,
        weights=weights,
        influence=influence,
        cumulative=cumulative_share(influence),
        is_constant=is_constant,
        constant_edges=constant[shown],
        constant_targets=edges.target[row_of_constant[shown]],
        constant_count=len(constant),
    )


def propagate(rows: Rows, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(influence per node, score per edge), where score = N[t, s] * (I[t] + w[t]).

    Scores fall out of the pass: a node's influence is the sum of its outgoing scores.
    """
    n = len(weights)
    reached = weights.copy()
    scores = np.empty(len(rows.source))
    per_strength = np.empty(len(rows.target))
    totals = np.maximum(rows.sums(), MIN_INPUT_TOTAL)
    counts = np.diff(rows.indptr)
    for first, last in rows.groups:
        edges = slice(rows.indptr[first], rows.indptr[last])
        per_strength[first:last] = reached[rows.target[first:last]] / totals[first:last]
        np.multiply(
            rows.strength[edges], np.repeat(per_strength[first:last], counts[first:last]), out=scores[edges]
        )
        reached += np.bincount(rows.source[edges], scores[edges], minlength=n)
    return reached - weights, scores


def cumulative_share(influence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the total held by each entry together with all larger ones, in (0, 1].

    Ties are taken in index order. All ones when the total is 0.
    """
    total = influence.sum()
    if total <= 0:
        return np.ones_like(influence)
    order = np.argsort(-influence, kind="stable")
    shares = np.empty_like(influence)
    shares[order] = np.minimum(np.cumsum(influence[order]) / total, 1.0)
    return shares


def row_sums(indptr: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of each CSR row in double precision; 0 for an empty row."""
    sums = np.zeros(len(indptr) - 1)
    filled = np.flatnonzero(np.diff(indptr))
    if len(filled):
        # reduceat wants strictly growing starts: empty rows would repeat one
        sums[filled] = np.add.reduceat(values, indptr[filled], dtype=np.float64)
    return sums


def _by_layer(
    layer: NDArray[np.int16],
    target: NDArray[np.int32],
    indptr: NDArray[np.int64],
    source: NDArray[np.int32],
    strength: NDArray[np.float32],
) -> tuple[Rows, NDArray[np.int64] | None]:
    """Rows as stored when those of a layer are adjacent; a re-ordered copy when not."""
    levels = layer[target]
    edge_of = None
    if not (np.all(levels[1:] >= levels[:-1]) or np.all(levels[1:] <= levels[:-1])):
        order = np.argsort(-levels.astype(np.int32), kind="stable")
        counts = np.diff(indptr)[order]
        edge_of = np.repeat(indptr[order] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        target, levels = target[order], levels[order]
        indptr = np.concatenate([[0], np.cumsum(counts)])
        source, strength = source[edge_of], strength[edge_of]
    return Rows(target, indptr, source, strength, layer_groups(levels)), edge_of


def layer_groups(levels: NDArray[np.int16]) -> tuple[tuple[int, int], ...]:
    """Half-open runs of equal level, the highest level first; `levels` must be monotone."""
    if not len(levels):
        return ()
    bounds = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), len(levels)]
    runs = list(pairwise(bounds))
    return tuple(runs if levels[0] >= levels[-1] else runs[::-1])


def _check_causal(
    layer: NDArray[np.int16],
    target: NDArray[np.int32],
    counts: NDArray[np.int64],
    source: NDArray[np.int32],
    is_constant: NDArray[np.bool_],
) -> None:
    # Constants count as lowest: a block's own attention bias feeds its features.
    height = np.where(is_constant, np.int16(-2), layer)
    if np.any(height[source] >= np.repeat(layer[target], counts)):
        raise ValueError("an edge does not lead to a later layer: influence is undefined")
