"""What two circuits have in common, and how much of that chance would give (no torch).

Overlap says little by itself: circuits that share most nodes can behave differently, and two random sets
share some. So every overlap stands beside its chance level, and `evaluation.components.cross_ablation` runs
one circuit on the other's task.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidSetting
from headwater.evaluation.scores import Overlap, overlap
from headwater.graph.circuit import Circuit
from headwater.graph.graph import LOGIT

Effects = dict[str, float]


@dataclass(frozen=True)
class Shared:
    """Nodes or edges of both circuits. `names` and what stands beside them: all that is in either, strongest
    first. The correlations are over everything that either circuit has a score for."""

    overlap: Overlap
    names: tuple[str, ...]
    score_a: tuple[float, ...]
    score_b: tuple[float, ...]
    in_a: tuple[bool, ...]
    in_b: tuple[bool, ...]
    correlation: float
    rank_correlation: float


@dataclass(frozen=True)
class Comparison:
    nodes: Shared
    edges: Shared


def compare_circuits(
    a: Circuit, b: Circuit, *, share: float | None = None, nodes: int | None = None, edges: int | None = None
) -> Comparison:
    """The strongest nodes and edges of both, by |effect| and |weight|.

    Either `share` of each circuit's own nodes and edges, or so many `nodes` and `edges` (as many edges as
    nodes when only `nodes` is given). Names are compared, so positions count where there are some. Raises
    InvalidSetting when the circuits are not of one kind or model.
    """
    _check_comparable(a, b)
    size = nodes if edges is None else edges
    return Comparison(
        nodes=_shared(_node_effects(a), _node_effects(b), share, nodes),
        edges=_shared(_edge_weights(a), _edge_weights(b), share, size),
    )


def _shared(a: Effects, b: Effects, share: float | None, count: int | None) -> Shared:
    top_a, top_b = _top(a, share, count), _top(b, share, count)
    either = sorted(top_a | top_b, key=lambda name: -max(abs(a.get(name, 0)), abs(b.get(name, 0))))
    every = [*dict.fromkeys([*a, *b])]
    all_a, all_b = (np.array([one.get(name, 0.0) for name in every]) for one in (a, b))
    return Shared(
        overlap=overlap(top_a, top_b, len(every)),
        names=tuple(either),
        score_a=tuple(a.get(name, 0.0) for name in either),
        score_b=tuple(b.get(name, 0.0) for name in either),
        in_a=tuple(name in top_a for name in either),
        in_b=tuple(name in top_b for name in either),
        correlation=correlation(all_a, all_b),
        rank_correlation=correlation(_ranks(all_a), _ranks(all_b)),
    )


def correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Pearson's; NaN when either does not vary."""
    if not len(x):
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else float("nan")


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Equal values share the mean of their ranks."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[group], np.float64)


def _node_effects(circuit: Circuit) -> Effects:
    rows = np.flatnonzero(circuit.nodes.kind != LOGIT).tolist()
    return {circuit.names[row]: float(circuit.nodes.effect[row]) for row in rows}


def _edge_weights(circuit: Circuit) -> Effects:
    return {circuit.edge_name(row): float(circuit.edges.weight[row]) for row in range(len(circuit.edges))}


def _top(scores: Effects, share: float | None, count: int | None) -> set[str]:
    if (share is None) == (count is None):
        raise InvalidSetting("Say how much of both circuits to compare: a share, or a number of nodes.")
    size = count if count is not None else max(1, round((share or 0) * len(scores)))
    if size < 1 or (share is not None and not 0 < share <= 1):
        raise InvalidSetting("A comparison needs a share between 0 and 1, or at least one node.")
    order = sorted(scores, key=lambda name: -abs(scores[name]))
    return {name for name in order[:size] if scores[name]}


def _check_comparable(a: Circuit, b: Circuit) -> None:
    if a.level != b.level:
        raise InvalidSetting(
            f"One circuit is made of {a.level} and the other of {b.level}, so they share no nodes. Compare "
            "circuits of one kind."
        )
    if (a.n_layers, a.n_heads) != (b.n_layers, b.n_heads) or (a.model and b.model and a.model != b.model):
        raise InvalidSetting(
            f"The circuits belong to different models: {a.model or 'unnamed'} ({a.n_layers} layers of "
            f"{a.n_heads} heads) and {b.model or 'unnamed'} ({b.n_layers} layers of {b.n_heads} heads). "
            "Compare circuits of one model."
        )
    if a.level == "features" and a.dictionaries != b.dictionaries:
        raise InvalidSetting(
            "The circuits were found with different dictionaries, so equal numbers mean different features. "
            "Compare circuits found with the same sets."
        )
