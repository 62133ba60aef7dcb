"""Which nodes and edges are worth showing? A view of the graph at two thresholds.

The rule is circuit-tracer's (TRACING.md c.7), on stored edges only:

1. Keep the nodes that together hold `node_threshold` of all influence, strongest first;
   embeddings and targets always.
2. Cut everything else out, normalise again, and score each remaining edge
   `S[t, s] = N'[t, s] * (I'[t] + w[t])`. Keep the edges that together hold `edge_threshold`
   of all score, strongest first.
3. Until nothing changes: drop features and errors that no longer lead anywhere, and
   features that nothing shown leads to.

Where we differ: an entry whose influence or score is exactly 0 is never kept. The peer
keeps all n^2 pairs at thresholds of 1 (b.6.5).

Constants (position, bias, start) lie outside influence (see `influence.py`). One is shown
when it gives some shown target at least 1 % of what that target's other inputs give in
sum of |weight| (`CONSTANT_SHARE`); only such edges of it are shown. Their score is the
same product with the unpruned share, so that it can be compared, but it takes part in no
threshold.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidSetting
from headwater.graph.graph import EMBEDDING, FEATURE, KINDS, LOGIT, Graph
from headwater.graph.ids import format_id
from headwater.graph.influence import MIN_INPUT_TOTAL, Influence, Rows, layer_groups, propagate
from headwater.graph.paths import Path, strongest_paths

NODE_THRESHOLD, EDGE_THRESHOLD = 0.8, 0.98

TIE = 1 - 1e-12
"""Scores this close are equal: a node with one input passes all of its score on, and whether
the sum rounds up or down must not decide what is shown."""


@dataclass(frozen=True)
class PrunedGraph:
    """The shown part of `graph`.

    `node[i]`: raw node of shown row i, ascending. Edges by descending score: `edge` is the
    place in `graph.edges`, `source` and `target` are row numbers into `node`; `score` is in
    units of the targets' weights; `weight` as stored (positive raises the target).
    `hidden[kind]` counts nodes left out, kinds without any are absent.
    """

    graph: Graph
    node_threshold: float
    edge_threshold: float
    node: NDArray[np.int64]
    edge: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    score: NDArray[np.float32]
    hidden: dict[str, int]

    @property
    def nodes_total(self) -> int:
        return len(self.graph.nodes)

    @property
    def edges_total(self) -> int:
        return len(self.graph.edges)

    @property
    def edges_hidden(self) -> int:
        return self.edges_total - len(self.edge)

    @cached_property
    def weight(self) -> NDArray[np.float32]:
        return self.graph.edges.weight[self.edge]

    @cached_property
    def share(self) -> NDArray[np.float32]:
        """weight / sum |weight| of the target's unpruned inputs, constants not in the sum."""
        return _share_of(self.weight, self.input_total[self.target])

    @cached_property
    def influence(self) -> NDArray[np.float32]:
        """Share of all influence, not cumulative; 0 for targets and constants."""
        flow = self.graph.flow.influence
        return np.asarray(flow[self.node] / max(flow.sum(), 1e-300), np.float32)

    @cached_property
    def cumulative(self) -> NDArray[np.float32]:
        """circuit-tracer's `influence`: small = important. NaN for targets and constants."""
        flow = self.graph.flow
        cumulative = flow.cumulative[self.node].astype(np.float32)
        cumulative[flow.is_constant[self.node] | self._is_target] = np.nan
        return cumulative

    @cached_property
    def probability(self) -> NDArray[np.float32]:
        """The model's probability of each logit; NaN for other kinds."""
        is_logit = self.graph.nodes.kind[self.node] == LOGIT
        return np.where(is_logit, self.graph.flow.weights[self.node], np.nan).astype(np.float32)

    @cached_property
    def value(self) -> NDArray[np.float32]:
        """Measured value (pre-activation, centred logit) of nodes that have a row; else NaN."""
        return self._of_row(self.graph.edges.value)

    @cached_property
    def row_residual(self) -> NDArray[np.float32]:
        """value - sum of the row, constants included: 0 up to rounding when the row is complete."""
        return self._of_row(self.graph.edges.value - self.graph.flow.row_sum)

    @cached_property
    def input_total(self) -> NDArray[np.float32]:
        """Sum of |weight| over the row's unpruned inputs, constants left out; 0 without a row."""
        return np.nan_to_num(self._of_row(self.graph.flow.input_total))

    @cached_property
    def labels(self) -> list[str]:
        """The target's label, "" for every other node."""
        names = dict(zip(self.graph.target_nodes.tolist(), self.graph.target_labels, strict=True))
        return [names.get(node, "") for node in self.node.tolist()]

    @cached_property
    def ids(self) -> list[str]:
        nodes = self.graph.nodes
        columns = (nodes.kind, nodes.layer, nodes.index, nodes.position)
        return [format_id(*row) for row in zip(*(c[self.node].tolist() for c in columns), strict=True)]

    def top_paths(self, count: int = 10) -> list[Path]:
        """The strongest shown routes from a source (embedding or error) to a target."""
        return strongest_paths(self, count)

    @cached_property
    def _is_target(self) -> NDArray[np.bool_]:
        return np.isin(self.node, self.graph.target_nodes)

    def _of_row(self, per_row: NDArray[np.floating]) -> NDArray[np.float32]:
        rows = self.graph.flow.row_of[self.node]
        values = np.full(len(rows), np.nan, np.float32)
        values[rows >= 0] = per_row[rows[rows >= 0]]
        return values


def prune(
    graph: Graph, node_threshold: float = NODE_THRESHOLD, edge_threshold: float = EDGE_THRESHOLD
) -> PrunedGraph:
    """Cost: a few reads of the edge list; what needs no threshold is cached on the graph."""
    check_threshold("node_threshold", node_threshold)
    check_threshold("edge_threshold", edge_threshold)
    flow, kind = graph.flow, graph.nodes.kind

    always = kind == EMBEDDING
    always[graph.target_nodes] = True
    kept = (at_threshold(flow.influence, node_threshold) | always) & ~flow.is_constant
    rows, edge = _restrict(flow, graph.nodes.layer, kept)
    reached, scores = propagate(rows, flow.weights)
    reached += flow.weights

    passed = np.flatnonzero(at_threshold(scores, edge_threshold))
    source, target = rows.source[passed], np.repeat(rows.target, np.diff(rows.indptr))[passed]
    edge, scores = edge[passed], scores[passed]
    needs_output, needs_input = ~always, (kind == FEATURE) & ~always
    alive, live_edges = _clean_up(kept, source, target, needs_output, needs_input)
    source, target = source[live_edges], target[live_edges]

    shown = alive[flow.constant_targets]
    constants, fed = flow.constant_edges[shown], flow.constant_targets[shown]
    alive[graph.edges.source[constants]] = True
    share = _share_of(np.abs(graph.edges.weight[constants]), flow.input_total[flow.row_of[fed]])

    score = np.concatenate([scores[live_edges], share * reached[fed]]).astype(np.float32)
    order = _descending(score)
    place = np.cumsum(alive) - 1
    hidden = np.bincount(kind[~alive], minlength=len(KINDS)).tolist()
    return PrunedGraph(
        graph=graph,
        node_threshold=float(node_threshold),
        edge_threshold=float(edge_threshold),
        node=np.flatnonzero(alive),
        edge=np.concatenate([edge[live_edges], constants])[order],
        source=place[np.concatenate([source, graph.edges.source[constants]])[order]],
        target=place[np.concatenate([target, fed])[order]],
        score=score[order],
        hidden={name: count for name, count in zip(KINDS, hidden, strict=True) if count},
    )


def check_threshold(name: str, value: float) -> None:
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise InvalidSetting(
            f"{name} is {value}, but it is a share of all influence: give a number from 0 to 1, "
            "for example 0.8.",
            setting=name,
            value=str(value),
        )


def at_threshold(scores: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Which entries are in the smallest leading group that holds `share` of the total?

    Entries equal to the last one of the group (up to `TIE`) are in it too; zeros never are.
    """
    if share >= 1 or not len(scores):
        return scores > 0
    return (scores >= TIE * smallest_kept(scores, share)) & (scores > 0)


def smallest_kept(scores: NDArray[np.float64], share: float) -> float:
    """The score at which the descending running sum first reaches `share` of the total.

    Selection instead of sorting: scores fall into 2^16 bins by the leading bits of their
    float32 form (ordered like the numbers, 7 bits of mantissa), and only the one bin in
    which the share is reached gets sorted. Linear in the number of entries.
    """
    bins = scores.astype(np.float32).view(np.uint32) >> 16
    mass = np.bincount(bins, scores)
    reached = np.cumsum(mass[::-1])
    wanted = TIE * share * reached[-1]
    last = len(mass) - 1 - min(int(np.searchsorted(reached, wanted)), len(mass) - 1)
    inside = -np.sort(-scores[bins == last])
    if not len(inside):
        return 0.0
    above = float(mass[last + 1 :].sum())
    place = int(np.searchsorted(above + np.cumsum(inside), wanted))
    return float(inside[min(place, len(inside) - 1)])


def _share_of(weight: NDArray[np.float32], total: NDArray[np.floating]) -> NDArray[np.float32]:
    """weight / total; 0 where a target has no input but constants."""
    shares = np.zeros(len(weight), np.float32)
    np.divide(weight, total, out=shares, where=total > MIN_INPUT_TOTAL, casting="same_kind")
    return shares


def _restrict(
    flow: Influence, layer: NDArray[np.int16], kept: NDArray[np.bool_]
) -> tuple[Rows, NDArray[np.int64]]:
    """The rows between kept nodes, and each remaining edge's place in `Edges`."""
    rows = flow.rows
    mask = kept[rows.source]
    counts = np.diff(rows.indptr)
    mask &= np.repeat(kept[rows.target], counts)
    inside = np.flatnonzero(mask)
    indptr = np.searchsorted(inside, rows.indptr)
    filled = np.flatnonzero(np.diff(indptr))
    target = rows.target[filled]
    smaller = Rows(
        target,
        np.append(indptr[filled], len(inside)),
        rows.source[inside],
        rows.strength[inside],
        layer_groups(layer[target]),
    )
    return smaller, inside if flow.edge_of is None else flow.edge_of[inside]


def _clean_up(
    kept: NDArray[np.bool_],
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    needs_output: NDArray[np.bool_],
    needs_input: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Step 3: nodes and edges left when every shown node has a reason to be shown."""
    live = np.arange(len(source))
    while True:
        gives, takes = np.zeros_like(kept), np.zeros_like(kept)
        gives[source[live]] = True
        takes[target[live]] = True
        left = kept & (gives | ~needs_output) & (takes | ~needs_input)
        stays = left[source[live]] & left[target[live]]
        kept, unchanged = left, bool(stays.all())
        if unchanged:
            return kept, live
        live = live[stays]


def _descending(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places in order of descending score, ties in edge order. Scores are non-negative, so
    their bits sort like numbers; one 64-bit sort is twice as fast as an indirect one."""
    keys = ((~scores.view(np.uint32)).astype(np.uint64) << 32) | np.arange(len(scores), dtype=np.uint64)
    keys.sort()
    return (keys & 0xFFFFFFFF).astype(np.int64)
