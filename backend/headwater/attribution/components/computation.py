"""Each method on heads and MLPs as a computation over a task: shards of examples, merged into a circuit.

Sums over examples are in double precision and every example's score is its own, so neither the size of shards
nor that of batches shows in the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from headwater.attribution.circuit_methods import (
    ActivationDifference,
    Eap,
    EapIgActivations,
    EapIgInputs,
    ExactEdges,
    GradientOnly,
    PositionAware,
    RandomScores,
)
from headwater.attribution.components import circuit, exact, positions, scores
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.pair import Pair, examples_at_once, run_pair, universe_of
from headwater.attribution.components.runs import SOURCE_SITES
from headwater.graph.circuit import ALL_BINS, Circuit
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

Arrays = dict[str, NDArray[Any]]
EdgeMethod = (
    Eap | EapIgInputs | EapIgActivations | ExactEdges | ActivationDifference | GradientOnly | RandomScores
)

_SUMMED: Final = ("scores", "crossing")
_INTERPOLATED: Final = ("embed", "resid.pre", "attn.z", "attn.out", "mlp.out")


@dataclass(frozen=True)
class EdgeComputation:
    """Methods whose edges are summed over positions."""

    network: Network
    task: TokenTask
    method: EdgeMethod

    @property
    def phases(self) -> tuple[str, ...]:
        return ("edges",)

    @property
    def universe(self) -> EdgeUniverse:
        return universe_of(self.network)

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        """`scores` [edge], summed; by example: `effects` [example source], `metric_clean`, `metric_patch`."""
        universe, n = self.universe, len(task.examples)
        part = _empty(n, (universe.n_edges,), (universe.n_sources,))
        for batch in _batches(self.network, task, "sum"):
            pair = run_pair(self.network, batch, self.method.metric, _sites(self.method))
            found = edge_scores(pair, self.method)
            if found is not None:
                part["effects"][batch.examples.cpu().numpy()] = found.sum(-1).cpu().numpy()
                found = found[:, universe.edge_source, universe.edge_slot]
                if getattr(self.method, "aggregate", "mean") == "mean_abs":
                    found = found.abs()
                part["scores"] += found.sum(0, dtype=torch.float64).cpu().numpy()
            _note_metrics(part, pair)
        return part

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        return _merge(parts)

    def finish(self, carry: Arrays) -> Circuit:
        universe, effects = self.universe, carry["effects"]
        weights = carry["scores"] / len(effects)
        if isinstance(self.method, RandomScores):
            weights = np.random.default_rng(self.method.seed).standard_normal(universe.n_edges)
            effects = np.tile(_outgoing(universe, weights).astype(np.float32), (len(effects), 1))
        elif getattr(self.method, "aggregate", "mean") == "mean_abs":
            effects = np.abs(effects)
        return circuit.assemble(
            universe,
            circuit.within_columns(universe, weights[None]),
            effects[:, None],
            ALL_BINS,
            carry["metric_clean"],
            carry["metric_patch"],
            task=circuit.task_facts(self.task),
            method=self.method.model_dump(mode="json"),
        )


@dataclass(frozen=True)
class PositionComputation:
    """Edges at every position or span, and those that cross between positions inside a head."""

    network: Network
    task: TokenTask
    method: PositionAware

    @property
    def phases(self) -> tuple[str, ...]:
        return ("edges",)

    @property
    def universe(self) -> EdgeUniverse:
        return universe_of(self.network)

    @property
    def bins(self) -> tuple[str, ...]:
        if self.method.positions == "spans":
            return self.task.span_names or ()
        return tuple(str(position) for position in range(max(self.task.lengths)))

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        """As `EdgeComputation`, with bins: `scores` [bin edge], `crossing` [layer slot head bin bin]."""
        universe, n, n_bins = self.universe, len(task.examples), len(self.bins)
        part = _empty(n, (n_bins, universe.n_edges), (n_bins, universe.n_sources))
        part["crossing"] = np.zeros((universe.n_layers, 3, universe.n_heads, n_bins, n_bins))
        for batch in _batches(self.network, task, self.method.positions):
            pair = run_pair(self.network, batch, self.method.metric, positions.POSITION_SITES)
            found = positions.position_aware(pair, n_bins)
            part["scores"] += found.within.sum(0, dtype=torch.float64).cpu().numpy()
            part["crossing"] += found.crossing.sum(0, dtype=torch.float64).cpu().numpy()
            part["effects"][batch.examples.cpu().numpy()] = found.effects.cpu().numpy()
            _note_metrics(part, pair)
        return part

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        return _merge(parts)

    def finish(self, carry: Arrays) -> Circuit:
        universe, n = self.universe, len(carry["effects"])
        within = circuit.within_columns(universe, carry["scores"] / n)
        crossing = circuit.crossing_columns(universe, carry["crossing"] / n)
        return circuit.assemble(
            universe,
            circuit.strongest(circuit.join(within, crossing)),
            carry["effects"],
            self.bins,
            carry["metric_clean"],
            carry["metric_patch"],
            task=circuit.task_facts(self.task),
            method=self.method.model_dump(mode="json"),
        )


def edge_scores(pair: Pair, method: EdgeMethod) -> scores.Scores | None:
    """[batch source slot] of one batch; None for random scores, which look at nothing."""
    if isinstance(method, EapIgInputs):
        return scores.eap_ig_inputs(pair, method.steps)
    if isinstance(method, EapIgActivations):
        return scores.eap_ig_activations(pair, method.steps)
    computed = _BY_METHOD.get(method.method)
    return None if computed is None else computed(pair)


_BY_METHOD: Final[dict[str, Callable[[Pair], scores.Scores]]] = {
    "eap": scores.eap,
    "exact": exact.exact,
    "activation": scores.activation_difference,
    "gradient": scores.gradient_only,
}


def _sites(method: EdgeMethod) -> tuple[str, ...]:
    if isinstance(method, EapIgActivations):
        return _INTERPOLATED
    return exact.EXACT_SITES if isinstance(method, ExactEdges) else SOURCE_SITES


def _batches(network: Network, task: TokenTask, positions: Any) -> list[Batch]:
    size = examples_at_once(network, max(task.lengths))
    return batches(task, size, network.device, positions=positions, pad=network.causal)


def _empty(n: int, scores: tuple[int, ...], effects: tuple[int, ...]) -> Arrays:
    return {
        "scores": np.zeros(scores),
        "effects": np.zeros((n, *effects), np.float32),
        "metric_clean": np.zeros(n, np.float32),
        "metric_patch": np.zeros(n, np.float32),
    }


def _note_metrics(part: Arrays, pair: Pair) -> None:
    rows = pair.batch.examples.cpu().numpy()
    part["metric_clean"][rows] = pair.metric_clean.cpu().numpy()
    part["metric_patch"][rows] = pair.metric_patch.cpu().numpy()


def _merge(parts: Sequence[Arrays]) -> Arrays:
    """Scores added up, rows of examples put behind each other. Each part is read once: it may lie on disk."""
    sums: Arrays = {}
    by_example: dict[str, list[NDArray[Any]]] = {}
    for part in parts:
        for name, values in part.items():
            if name in _SUMMED:
                sums[name] = sums.get(name, 0) + values
            else:
                by_example.setdefault(name, []).append(values)
    return {**sums, **{name: np.concatenate(values) for name, values in by_example.items()}}


def _outgoing(universe: EdgeUniverse, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[source]: the sum of each source's edges."""
    total = np.zeros(universe.n_sources)
    np.add.at(total, universe.edge_source, weights)
    return total
