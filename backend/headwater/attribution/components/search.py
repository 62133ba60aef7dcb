"""Finds a circuit by removing edges, from the output down, and looking at what the model does then.

After ACDC (Conmy et al. 2023, arXiv 2304.14997): an edge is removed when that moves the output further from
the model's by less than a threshold; removed edges carry the patch run from then on. What differs from ACDC:

* The edges into one place (the logits, a layer's MLP, a layer's heads) are tried together in one batch,
  weakest first, instead of one by one in a fixed order.
* A place is done when no remaining edge into it could still be removed alone.
* An edge is only removed after a run in which it, and all removed before it, are gone: two edges that stand
  in for each other are not both lost.

Exact where effects are: on compiled programs it returns the edges that matter and no others. Cost: forward
passes only, one to three for every edge into a place that is still read and every example, each pass from the
edge's layer on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray

from headwater.attribution.circuit_methods import EdgeSearch
from headwater.attribution.components import circuit
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.masked import MaskedRunner
from headwater.attribution.components.pair import run_pair, universe_of
from headwater.graph.circuit import ALL_BINS, Circuit
from headwater.graph.selecting import pruned
from headwater.lm.batch import batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

CHAIN: Final = 64
"""Removals tried at once in a row; what lies behind the first that fails was for nothing."""

Arrays = dict[str, NDArray[Any]]
Cancelled = Callable[[], bool]


class EdgeRemoval:
    """The search on one model and task, place by place. `kept` [source slot] goes in and comes out."""

    def __init__(
        self, network: Network, task: TokenTask, method: EdgeSearch, *, batch_size: int | None = None
    ) -> None:
        self.method = method
        self.universe = universe_of(network)
        self.runner = MaskedRunner(network, task, metric=method.metric, batch_size=batch_size)

    @property
    def places(self) -> tuple[tuple[str, slice], ...]:
        """(name, slots) from the output down."""
        return places_of_universe(self.universe)

    def change(
        self, kept: Bool[np.ndarray, "circuit source slot"], cancelled: Cancelled | None = None
    ) -> Float[np.ndarray, " circuit"]:
        """How far each circuit's output is from the model's, mean over examples; 0: the same.

        `kl`: nats at the readout; `mse`: of the logits there; `metric`: |difference| of the metric. Nothing
        cancels between examples.
        """
        runs = self.runner.run(kept, cancelled=cancelled)
        if self.method.compare == "metric":
            return np.asarray(np.abs(runs.metric - runs.clean).mean(1))
        values = runs.kl if self.method.compare == "kl" else runs.mse
        values = np.where(np.isfinite(values), values, runs.mse)  # a single output has no distribution
        return np.asarray(values.mean(1))

    def clear_place(
        self, kept: Bool[np.ndarray, "source slot"], slots: slice, cancelled: Cancelled | None = None
    ) -> Bool[np.ndarray, "source slot"]:
        """Remove edges into `slots` until none is left that could go alone. What reads for a source that
        nobody reads any more goes without a run: it changes nothing."""
        kept = kept & np.append(kept.any(1), True)[self.universe.source_of_slot]
        now = float(self.change(kept[None], cancelled)[0])
        while True:
            edges = _edges_into(kept, slots)
            if not len(edges):
                return kept
            alone = self.change(_without_each(kept, edges), cancelled) - now
            weak = alone < self.method.threshold
            if not weak.any():
                return kept
            order = edges[weak][np.argsort(alone[weak], kind="stable")]
            kept, now = self._remove_chain(kept, now, order, cancelled)

    def _remove_chain(
        self, kept: NDArray[np.bool_], now: float, edges: NDArray[np.int64], cancelled: Cancelled | None
    ) -> tuple[NDArray[np.bool_], float]:
        """First as many as change less than the threshold together (all, half, a quarter, ...), then one
        after the other, as long as each step changes less. The first always goes: it was tried alone."""
        heads = np.unique([1, *(len(edges) // 2**halving for halving in range(len(edges).bit_length()))])
        values = self.change(_without_first(kept, edges, heads), cancelled)
        good = int(np.flatnonzero(values - now < self.method.threshold).max(initial=0))
        kept, now = _without_first(kept, edges, heads[[good]])[0], float(values[good])
        edges = edges[heads[good] :]
        for first in range(0, len(edges), CHAIN):
            some = edges[first : first + CHAIN]
            chain = _without_first(kept, some, np.arange(1, len(some) + 1))
            values = self.change(chain, cancelled)
            steps = np.diff(values, prepend=now)
            fails = np.flatnonzero(steps >= self.method.threshold)
            good = int(fails[0]) if len(fails) else len(chain)
            if good:
                kept, now = chain[good - 1], float(values[good - 1])
            if good < len(chain):
                break
        return kept, now

    def leave_one_out(
        self, kept: Bool[np.ndarray, "source slot"], cancelled: Cancelled | None = None
    ) -> Float[np.ndarray, "source slot"]:
        """How much the output changes when an edge is taken out of the finished circuit; 0 for edges that are
        not in it."""
        weights = np.zeros(kept.shape)
        edges = _edges_into(kept, slice(0, kept.shape[1]))
        if len(edges):
            now = self.change(kept[None], cancelled)[0]
            weights[edges[:, 0], edges[:, 1]] = self.change(_without_each(kept, edges), cancelled) - now
        return weights


@dataclass(frozen=True)
class SearchComputation:
    """The search as a computation over a task. Its phases are places: what goes depends on all examples at
    once, so the first shard of a phase does the work for the whole task and the others have none."""

    network: Network
    task: TokenTask
    method: EdgeSearch

    @cached_property
    def search(self) -> EdgeRemoval:
        return EdgeRemoval(self.network, self.task, self.method)

    @property
    def phases(self) -> tuple[str, ...]:
        return ("metrics", *(f"edges into {name}" for name, _ in self._places), "weights")

    @property
    def _places(self) -> tuple[tuple[str, slice], ...]:
        return places_of_universe(universe_of(self.network))

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        """`metric_clean`, `metric_patch` [example]; then `kept`, and last `weights` too, [source slot]."""
        if phase == "metrics":
            return self._metrics(task)
        if first:
            return {}
        if phase == "weights":
            kept = without_dead_ends(carry["kept"], self.search.universe)
            return {"kept": kept, "weights": self.search.leave_one_out(kept)}
        slots = {f"edges into {name}": slots for name, slots in self._places}[phase]
        return {"kept": self.search.clear_place(carry["kept"], slots)}

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        if phase != "metrics":
            return {**carry, **parts[0]}
        names = ("metric_clean", "metric_patch")
        joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
        return {"kept": universe_of(self.network).exists.copy(), **joined}

    def finish(self, carry: Arrays) -> Circuit:
        """Its edges are those that stay; their weight is what taking them out of the circuit changes."""
        universe = universe_of(self.network)
        there = carry["kept"][universe.edge_source, universe.edge_slot]
        columns = circuit.within_columns(
            universe, carry["weights"][universe.edge_source, universe.edge_slot][None]
        )
        edges = circuit.EdgeColumns(
            columns.source[there],
            columns.target[there],
            columns.slot[there],
            columns.weight[there],
            len(there),
        )
        effects = np.tile(carry["weights"].sum(1).astype(np.float32), (len(self.task.examples), 1, 1))
        return circuit.assemble(
            universe,
            edges,
            effects,
            ALL_BINS,
            carry["metric_clean"],
            carry["metric_patch"],
            task=circuit.task_facts(self.task),
            method=self.method.model_dump(mode="json"),
        )

    def _metrics(self, task: TokenTask) -> Arrays:
        found = {name: np.zeros(len(task.examples), np.float32) for name in ("metric_clean", "metric_patch")}
        for batch in batches(task, 32, self.network.device, positions="sum", pad=self.network.causal):
            pair = run_pair(self.network, batch, self.method.metric)
            rows = batch.examples.cpu().numpy()
            found["metric_clean"][rows] = pair.metric_clean.cpu().numpy()
            found["metric_patch"][rows] = pair.metric_patch.cpu().numpy()
        return found


def places_of_universe(universe: EdgeUniverse) -> tuple[tuple[str, slice], ...]:
    places = [("logits", slice(universe.logits_slot, universe.n_slots))]
    for layer in reversed(range(universe.n_layers)):
        mlp = universe.mlp_slot(layer)
        places.append((f"m{layer}", slice(mlp, mlp + 1)))
        places.append((f"heads of layer {layer}", slice(universe.slots(layer, "q").start, mlp)))
    return tuple(places)


def without_dead_ends(
    kept: Bool[np.ndarray, "source slot"], universe: EdgeUniverse
) -> Bool[np.ndarray, "source slot"]:
    """Less the edges out of sources that lead nowhere: with nothing of a source's inputs in the circuit its
    output still differs from the patch run's by nothing, so an edge behind it carries nothing either."""
    edges = np.nonzero(kept)
    alive = np.zeros_like(kept)
    alive[edges] = pruned(np.ones(len(edges[0]), bool), universe.wiring(*edges))
    return alive


def _edges_into(kept: NDArray[np.bool_], slots: slice) -> NDArray[np.int64]:
    """[edge, (source, slot)]"""
    source, slot = np.nonzero(kept[:, slots])
    return np.stack([source, slot + slots.start], 1)


def _without_each(kept: NDArray[np.bool_], edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    masks = np.repeat(kept[None], len(edges), 0)
    masks[np.arange(len(edges)), edges[:, 0], edges[:, 1]] = False
    return masks


def _without_first(
    kept: NDArray[np.bool_], edges: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """One mask a count: it lacks so many of the edges, the first ones."""
    masks = np.repeat(kept[None], len(counts), 0)
    for mask, count in zip(masks, counts.tolist(), strict=True):
        mask[edges[:count, 0], edges[:count, 1]] = False
    return masks
