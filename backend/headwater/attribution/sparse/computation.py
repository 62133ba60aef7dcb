"""Sparse feature circuits over a task, by shards: every node's effect first, then edges of the strongest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric, SparseFeatures
from headwater.attribution.sparse.assemble import (
    LISTED,
    Arrays,
    Edges,
    answer_bin,
    bins_of,
    circuit_of,
    merge_edges,
    merge_nodes,
    sparse_rows,
)
from headwater.attribution.sparse.edges import SiteNodes, SiteState, edge_weights, node_effects, site_state
from headwater.attribution.sparse.nodes import (
    SiteEffects,
    SiteGradient,
    attribution_gradients,
    bin_sums,
    effects,
    end_gradient,
    exact_effects,
    integrated_gradient,
    metrics,
    path_points,
)
from headwater.attribution.sparse.passes import Explained, Pair, copies_per_pass, pair_of
from headwater.attribution.sparse.places import NodeSpace, merge_sums
from headwater.attribution.sparse.sites import metric_site, sites_of
from headwater.attribution.sparse.sweep import Flow, Start, Sweep
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import InvalidSetting
from headwater.graph.circuit import Circuit
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

KEPT_BYTES: Final = 1 << 29
"""Gradients kept in memory between the phases. A shard whose gradients are gone computes them again."""


@dataclass(frozen=True)
class Measured:
    """Of one batch: the gradient at every site and at the metric's own end; every effect, where
    measured."""

    gradients: tuple[SiteGradient, ...]
    end: Float[Tensor, "batch pos d"]
    exact: tuple[SiteEffects, ...] | None

    @property
    def bytes(self) -> int:
        tensors = [self.end, *(one.gradient for one in self.gradients)]
        tensors += [part for one in self.exact or () for part in (one.features, one.error)]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class SparseComputation:
    """`CircuitComputation` of `SparseFeatures`."""

    phases = ("nodes", "edges")

    def __init__(
        self,
        network: Network,
        dictionaries: dict[str, DictionarySet],
        task: TokenTask,
        method: SparseFeatures,
        *,
        through_features: Sequence[str] = (),
    ) -> None:
        self.network, self.task, self.method = network, task, method
        self.sites = sites_of(network, dictionaries, method.metric)
        metric = method.metric
        self.metric_site = metric_site(dictionaries, metric) if isinstance(metric, FeatureMetric) else None
        if not self.sites:
            raise InvalidSetting(
                "No dictionary lies before what is explained, so there are no nodes. Choose dictionaries of "
                "earlier layers, or another metric."
            )
        self.through_features = tuple(through_features)
        self.bins = bins_of(task, method.positions)
        self.space = NodeSpace(self.sites, len(self.bins))
        self._kept: dict[int, list[Measured]] = {}

    # ---- shards --------------------------------------------------------------------------------------------

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        with torch.no_grad():
            return self._nodes(task, first) if phase == "nodes" else self._edges(task, first, carry)

    def _batches(self, task: TokenTask) -> Iterator[tuple[Batch, Pair, Explained]]:
        rows = copies_per_pass(self.network, 1, max(task.lengths))
        for batch in batches(
            task, rows, self.network.device, positions=self.method.positions, pad=self.network.causal
        ):
            pair = pair_of(self.network, batch, zero=self.method.patch == "zero")
            yield (
                batch,
                pair,
                Explained(self.network, batch, self.method.metric, pair.clean, self.metric_site),
            )

    def _nodes(self, task: TokenTask, first: int) -> Arrays:
        n, n_sites = len(task.examples), len(self.sites)
        keys, sums, squares = [], [], []
        found = {"metric_clean": np.zeros(n), "metric_patch": np.full(n, np.nan)}
        residual, fall = np.zeros((n, n_sites)), np.zeros((n, n_sites))
        kept = []
        for batch, pair, explained in self._batches(task):
            measured = self._measure(pair, explained)
            kept.append(measured)
            rows = batch.examples.cpu().numpy()
            found["metric_clean"][rows], found["metric_patch"][rows] = metrics(explained, pair)
            for number in range(n_sites):
                fall[rows, number] = measured.gradients[number].fall.double().cpu().numpy()
                total = torch.zeros(len(rows), dtype=torch.float64, device=self.network.device)
                for part in self._effects(measured, pair, number):
                    both = torch.cat([part.features, part.error[..., None]], -1)
                    by_bin = bin_sums(both, batch.bins[part.rows], len(self.bins)).double()
                    total[part.rows] = by_bin.sum((1, 2))
                    bin, feature = by_bin.abs().sum(0).nonzero(as_tuple=True)
                    keys.append(self.space.keys(number, bin.cpu().numpy(), feature.cpu().numpy()))
                    sums.append(by_bin.sum(0)[bin, feature].cpu().numpy())
                    squares.append(by_bin.square().sum(0)[bin, feature].cpu().numpy())
                residual[rows, number] = total.cpu().numpy() - fall[rows, number]
        self._keep(first, kept)
        key, (total_sum, total_squares) = merge_sums(keys, sums, squares)
        sums_by_key = {"key": key, "sum": total_sum, "squares": total_squares}
        return {**found, "residual": residual, "fall": fall, **sums_by_key}

    def _measure(self, pair: Pair, explained: Explained) -> Measured:
        method, points = self.method, path_points(self.method.steps, self.method.rule)
        exact = None
        if method.effects == "ig":
            gradients = tuple(integrated_gradient(explained, pair, site, points) for site in self.sites)
        else:
            points = [0.0]
            gradients = attribution_gradients(explained, pair, self.sites, self.through_features)
        if method.effects == "exact":
            exact = tuple(exact_effects(explained, pair, site) for site in self.sites)
        return Measured(gradients, end_gradient(explained, pair, points), exact)

    def _effects(self, measured: Measured, pair: Pair, number: int) -> Iterator[SiteEffects]:
        if measured.exact is not None:
            yield measured.exact[number]
        else:
            yield from effects(self.network, pair, self.sites[number], measured.gradients[number].gradient)

    def _keep(self, first: int, kept: list[Measured]) -> None:
        held = sum(one.bytes for shard in self._kept.values() for one in shard)
        if held + sum(one.bytes for one in kept) <= KEPT_BYTES:
            self._kept[first] = kept

    def _edges(self, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        nodes, is_target = carry["node"], carry["target"]
        n_targets, n_nodes = int(is_target.sum()) + 1, len(nodes)
        weight, inputs = np.zeros((n_targets, n_nodes)), np.zeros(n_targets)
        by_example = np.zeros((len(task.examples), n_nodes))
        listed = self.space.of_sites(nodes, self.network.device)
        target_of = torch.from_numpy(np.cumsum(is_target) - 1).to(self.network.device)
        chosen = torch.from_numpy(is_target).to(self.network.device)
        kept = self._kept.pop(first, None)
        for number, (batch, pair, explained) in enumerate(self._batches(task)):
            measured = kept[number] if kept else self._measure(pair, explained)
            states = [
                site_state(self.network, pair, some, one.gradient)
                for some, one in zip(listed, measured.gradients, strict=True)
            ]
            rows = batch.examples.cpu().numpy()
            for site, (some, state) in enumerate(zip(listed, states, strict=True)):
                columns = some.column.cpu().numpy()
                by_example[rows[:, None], columns] = self._by_example(measured, site, some, state, batch)
            targets = [
                (
                    SiteNodes(some.site, some.bin[mine], some.feature[mine], target_of[some.column[mine]]),
                    state,
                )
                for some, state in zip(listed, states, strict=True)
                if len(mine := chosen[some.column].nonzero()[:, 0]) and some.site.part != "embed"
            ]
            end = torch.tensor([n_targets - 1], device=self.network.device)
            found = edge_weights(
                Sweep(self.network, self.sites, pair.clean),
                list(zip(listed, states, strict=True)),
                targets,
                Start(*explained.end, Flow(end, measured.end[None])),
                batch.bins,
                n_bins=len(self.bins),
                n_targets=n_targets,
                n_nodes=n_nodes,
            )
            weight += found.weight.cpu().numpy()
            inputs += found.inputs.cpu().numpy()
        return Edges.arrays(weight, inputs) | sparse_rows(by_example)

    def _by_example(
        self, measured: Measured, site: int, nodes: SiteNodes, state: SiteState, batch: Batch
    ) -> NDArray[np.float64]:
        if measured.exact is None:
            found = node_effects(nodes, state, batch.bins, len(self.bins))
        else:
            whole = torch.cat([measured.exact[site].features, measured.exact[site].error[..., None]], -1)
            summed = bin_sums(whole, batch.bins, len(self.bins))
            found = summed[:, nodes.bin, nodes.feature.where(~nodes.is_error, nodes.site.n_features)]
        return found.double().cpu().numpy()

    # ---- merging -------------------------------------------------------------------------------------------

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        if phase == "nodes":
            targets = self.method.max_nodes
            return merge_nodes(parts, max(LISTED, targets), targets)
        return merge_edges(parts, carry, self.method.edges_per_node)

    def finish(self, carry: Arrays) -> Circuit:
        residual, fall = carry["residual"].mean(0), carry["fall"].mean(0)
        worst = np.abs(carry["residual"]).max(0)
        names = [site.name for site in self.sites]
        return circuit_of(
            self.network,
            self.space,
            self.task,
            self.method,
            carry,
            bins=self.bins,
            answer_bin=answer_bin(self.task, self.method.positions),
            fall=carry["metric_clean"] - carry["metric_patch"],
            provenance={
                "residuals": dict(zip(names, residual.tolist(), strict=True)),
                "residuals_worst": dict(zip(names, worst.tolist(), strict=True)),
                "falls": dict(zip(names, fall.tolist(), strict=True)),
                "zero_patch_keeps_start_token": self.method.patch == "zero",
            },
        )
