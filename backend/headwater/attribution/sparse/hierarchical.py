"""Hierarchical attribution over a task: every example's own circuit of the size asked for, then their mean.

Each example is gated at its own threshold, so that a shard needs nothing of the others. A node's score is
the mean of its gated scores over examples, zero where it was not kept; the circuit lists as many nodes as
an example keeps on average. Edges are direct effects between kept nodes, everything else held: of one node,
those into kept nodes and the metric sum to its score."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric, Hierarchical
from headwater.attribution.sparse.assemble import (
    Arrays,
    Edges,
    answer_bin,
    bins_of,
    circuit_of,
    merge_edges,
    merge_nodes,
    sparse_rows,
)
from headwater.attribution.sparse.edges import SiteNodes, SiteState, edge_weights
from headwater.attribution.sparse.gated import GatedPass, SiteGate, thresholds_for
from headwater.attribution.sparse.passes import Explained, copies_per_pass, run
from headwater.attribution.sparse.places import NodeSpace, merge_sums
from headwater.attribution.sparse.sites import metric_site, sites_of
from headwater.attribution.sparse.sweep import Flow, Start, Sweep
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import InvalidSetting
from headwater.graph.circuit import Circuit
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

DENSE_FLOATS: Final = 1 << 24
"""Activations and gradients of all sites held at once (64 MiB each)."""


class HierarchicalComputation:
    """`CircuitComputation` of `Hierarchical`."""

    phases = ("nodes", "edges")

    def __init__(
        self, network: Network, dictionaries: dict[str, DictionarySet], task: TokenTask, method: Hierarchical
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
        self.bins = bins_of(task, method.positions)
        self.space = NodeSpace(self.sites, len(self.bins))

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        with torch.no_grad():
            return self._nodes(task) if phase == "nodes" else self._edges(task, first, carry)

    def _passes(self, task: TokenTask) -> Iterator[tuple[Batch, Explained, GatedPass]]:
        network, longest = self.network, max(task.lengths)
        dense = DENSE_FLOATS // (longest * sum(site.n_features for site in self.sites))
        rows = max(1, min(dense, copies_per_pass(network, 1, longest)))
        for batch in batches(task, rows, network.device, positions=self.method.positions, pad=network.causal):
            clean = run(network, batch.clean, batch.lengths)
            explained = Explained(network, batch, self.method.metric, clean, self.metric_site, linear=True)
            yield batch, explained, GatedPass(network, self.sites, explained, len(self.bins))

    def _nodes(self, task: TokenTask) -> Arrays:
        n = len(task.examples)
        found = {name: np.zeros(n) for name in ("metric_clean", "threshold", "kept_nodes")}
        keys, sums, squares = [], [], []
        for batch, explained, passed in self._passes(task):
            rows = batch.examples.cpu().numpy()
            found["metric_clean"][rows] = _end_metric(explained).double().cpu().numpy()
            threshold, count = thresholds_for(passed, self.method.size)
            found["threshold"][rows], found["kept_nodes"][rows] = threshold.cpu().numpy(), count.cpu().numpy()
            for number, gate in enumerate(passed.scores(threshold)):
                score = gate.score.double()
                bin, feature = gate.kept.any(0).nonzero(as_tuple=True)
                keys.append(self.space.keys(number, bin.cpu().numpy(), feature.cpu().numpy()))
                sums.append(score.sum(0)[bin, feature].cpu().numpy())
                squares.append(score.square().sum(0)[bin, feature].cpu().numpy())
        key, (total, total_squares) = merge_sums(keys, sums, squares)
        patch = {"metric_patch": np.full(n, np.nan)}
        return found | patch | {"key": key, "sum": total, "squares": total_squares}

    def _edges(self, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        nodes = carry["node"]
        n_targets, n_nodes = int(carry["target"].sum()) + 1, len(nodes)
        weight, inputs = np.zeros((n_targets, n_nodes)), np.zeros(n_targets)
        by_example = np.zeros((len(task.examples), n_nodes))
        device = self.network.device
        listed = self.space.of_sites(nodes, device)
        thresholds = torch.from_numpy(carry["threshold"][first : first + len(task.examples)]).to(device)
        for batch, explained, passed in self._passes(task):
            gates = passed.scores(thresholds[batch.examples].float())
            rows = batch.examples.cpu().numpy()
            states = [_state(passed, gate, some) for gate, some in zip(gates, listed, strict=True)]
            for some, gate in zip(listed, gates, strict=True):
                place = some.feature.where(~some.is_error, some.site.n_features)
                score = gate.score[:, some.bin, place].double().cpu().numpy()
                by_example[rows[:, None], some.column.cpu().numpy()] = score
            end = torch.tensor([n_targets - 1], device=device)
            found = edge_weights(
                Sweep(self.network, self.sites, explained.clean, frozen=True),
                list(zip(listed, states, strict=True)),
                [(some.select(~some.is_error), state) for some, state in zip(listed, states, strict=True)],
                Start(*explained.end, Flow(end, _end_gradient(explained)[None])),
                batch.bins,
                n_bins=len(self.bins),
                n_targets=n_targets,
                n_nodes=n_nodes,
            )
            weight += found.weight.cpu().numpy()
            inputs += found.inputs.cpu().numpy()
        return Edges.arrays(weight, inputs) | sparse_rows(by_example)

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        if phase == "edges":
            return merge_edges(parts, carry, self.method.edges_per_node)
        kept = [part["kept_nodes"] for part in parts]
        size = max(1, round(float(np.concatenate(kept).mean())))
        return merge_nodes(parts, size, size)

    def finish(self, carry: Arrays) -> Circuit:
        thresholds, kept = carry["threshold"], carry["kept_nodes"]
        return circuit_of(
            self.network,
            self.space,
            self.task,
            self.method,
            carry,
            bins=self.bins,
            answer_bin=answer_bin(self.task, self.method.positions),
            fall=carry["metric_clean"],
            provenance={
                "threshold": float(np.median(thresholds)),
                "threshold_range": [float(thresholds.min()), float(thresholds.max())],
                "nodes_per_example": [int(kept.min()), float(kept.mean()), int(kept.max())],
            },
        )


def _state(passed: GatedPass, gate: SiteGate, nodes: SiteNodes) -> SiteState:
    """What flows along edges: of a node that was kept in an example its activation there, of others
    nothing."""
    dictionary = gate.site.dictionary
    known = torch.unique(nodes.feature[~nodes.is_error])
    kept = passed.at_positions(gate.kept)
    flowing = gate.activation * kept[..., :-1]
    error = gate.error * kept[..., -1:]
    return SiteState(
        site=gate.site,
        known=known,
        gradient=gate.gradient[..., known],
        active=gate.activation[..., known] > 0,
        delta=flowing[..., known],
        error_gradient=torch.zeros_like(error),
        error=error,
        whole=flowing @ dictionary.W_dec + error,
        back=torch.zeros(*error.shape[:2], dictionary.W_enc.shape[1], device=error.device),
    )


def _end_metric(explained: Explained) -> Tensor:
    return explained.of_end(explained.clean_end())


def _end_gradient(explained: Explained) -> Tensor:
    end = explained.clean_end().detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(explained.of_end(end).sum(), end)[0]
