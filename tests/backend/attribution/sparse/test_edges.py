"""Edges against the recipe of the paper written straightforwardly: one backward pass for every target."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from peer_circuit import peer_dictionaries, peer_network, peer_task
from sparse_toys import SAES, TRANSCODERS, random_network, random_task
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric, SparseFeatures
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.computation import SparseComputation
from headwater.attribution.sparse.nodes import end_gradient, integrated_gradient, path_points
from headwater.attribution.sparse.passes import Explained, Run, pair_of
from headwater.attribution.sparse.sites import Site, metric_site, sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.graph.circuit import Circuit
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network

ALL = SparseFeatures(max_nodes=20_000, edges_per_node=1_000)
METRIC = "logits"


def only(sets: dict[str, DictionarySet], *parts: str) -> dict[str, DictionarySet]:
    return {part: sets[part] for part in parts}


CASES = {
    "saes": (random_network(), SAES),
    "saes, parallel": (random_network(parallel=True, layer_norm=True), SAES),
    "transcoders with skips": (random_network(layer_norm=True), TRANSCODERS),
    "attention alone": (random_network(), only(SAES, "attn")),
    "mlps alone, parallel": (random_network(parallel=True), only(TRANSCODERS, "mlp")),
    "residual alone": (random_network(), only(SAES, "resid")),
    "peer": (peer_network(), peer_dictionaries()),
}


class Recipe:
    """The model with every site's value rebuilt from leaves, so that a gradient sees direct paths only."""

    def __init__(self, network: Network, sites: tuple[Site, ...], batch: Batch) -> None:
        self.network = network
        self.features: dict[str, Tensor] = {}
        self.errors: dict[str, Tensor] = {}
        self.acts: dict[str, Tensor] = {}
        self.missed: dict[str, Tensor] = {}
        by_write = {(site.write, site.layer): site for site in sites}
        reads: dict[tuple[str, int], Tensor] = {}

        def leaf(value: Tensor) -> Tensor:
            return value.detach().clone().requires_grad_()

        def splice(place: str, layer: int, value: Tensor) -> Tensor:
            shape = value.shape
            reads[place, layer] = value = value.flatten(2) if place == "attn.z" else value
            site = by_write.get((place, layer))
            if site is None:
                return value.view(shape)
            d = site.dictionary
            self.acts[site.name] = acts = site.encode(reads[site.read, layer])
            self.missed[site.name] = missed = value - (acts @ d.W_dec + d.b_dec)
            self.features[site.name], self.errors[site.name] = leaf(acts), leaf(missed)
            return (self.features[site.name] @ d.W_dec + d.b_dec + self.errors[site.name]).view(shape)

        with torch.enable_grad():
            final = network.forward(batch.clean, batch.lengths, splice, stop=network.n_layers)
        self.run = Run(reads | {("resid.final", network.n_layers): final})

    def gradients(self, target: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        leaves = [*self.features.values(), *self.errors.values()]
        target = target + 0 * leaves[0].sum()  # the first site depends on no other
        found = torch.autograd.grad(target, leaves, retain_graph=True, materialize_grads=True)
        return list(found[: len(self.features)]), list(found[len(self.features) :])


def brute_force(
    network: Network, sets: dict[str, DictionarySet], method: SparseFeatures, task_: object = None
) -> dict[tuple[str, str], float]:
    """(source, target) -> mean weight, positions summed."""
    task = task_ or random_task(3)
    [batch] = batches(task, 64)  # type: ignore[arg-type]  # any task
    sites = sites_of(network, sets, method.metric)
    pair = pair_of(network, batch, zero=method.patch == "zero")
    site = metric_site(sets, method.metric) if isinstance(method.metric, FeatureMetric) else None
    explained = Explained(network, batch, method.metric, pair.clean, site)
    points = path_points(method.steps, method.rule)
    recipe = Recipe(network, sites, batch)
    edges: dict[tuple[str, str], float] = {}
    delta, error = {}, {}
    for one in sites:
        before, after = pair.activations(network, one)
        delta[one.name] = after - before
        error[one.name] = (
            pair.patched(one) - pair.clean.written(one) - (after - before) @ one.dictionary.W_dec
        )

    def add(target: str, scalar: Tensor) -> None:
        features, errors = recipe.gradients(scalar)
        for one, by_feature, by_error in zip(sites, features, errors, strict=True):
            for feature, weight in enumerate((by_feature * delta[one.name]).sum((0, 1)).tolist()):
                edges[f"{one.name}/{feature}", target] = weight / len(batch.clean)
            edges[f"{one.name}/error", target] = float((by_error * error[one.name]).sum()) / len(batch.clean)

    for one in sites:
        gradient = integrated_gradient(explained, pair, one, points).gradient
        by_feature = gradient @ one.dictionary.W_dec.T
        for feature in range(one.n_features):
            add(f"{one.name}/{feature}", (by_feature * recipe.acts[one.name])[..., feature].sum())
        add(f"{one.name}/error", (gradient * recipe.missed[one.name]).sum())
    add(METRIC, (end_gradient(explained, pair, points) * explained.end_of(recipe.run)).sum())
    return edges


def edges_of(circuit: Circuit) -> dict[tuple[str, str], float]:
    pairs = zip(circuit.edges.source, circuit.edges.target, circuit.edges.weight, strict=True)
    return {(circuit.names[s], circuit.names[t]): float(w) for s, t, w in pairs}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("patch", ["pair", "zero"])
def test_edges_are_those_of_one_backward_pass_for_each_target(case: str, patch: str) -> None:
    network, sets = CASES[case]
    method = ALL.model_copy(update={"steps": 3, "patch": patch})
    task = peer_task() if case == "peer" else random_task(3)

    circuit = find_circuit(network, sets, task, method)

    found, wanted = edges_of(circuit), brute_force(network, sets, method, task)
    largest = max(map(abs, wanted.values()))
    assert largest > 0
    # The circuit lists nodes with an effect; what has none is no target and no source worth a line.
    listed = set(circuit.names)
    for (source, target), weight in wanted.items():
        if source in listed and target in listed:
            assert found.get((source, target), 0.0) == pytest.approx(weight, abs=2e-5 * largest)
    assert set(found) <= set(wanted)


@pytest.mark.parametrize("part", ["attn", "mlp", "resid"])
def test_edges_into_a_feature_that_is_the_metric(part: str) -> None:
    metric = FeatureMetric(site=part, layer=1, index=2)  # type: ignore[arg-type]  # a parameter
    method = ALL.model_copy(update={"metric": metric, "steps": 2})
    network, task = random_network(), random_task(3, seed=3)

    circuit = find_circuit(network, SAES, task, method)

    found, wanted = edges_of(circuit), brute_force(network, SAES, method, task)
    into = {pair: weight for pair, weight in wanted.items() if pair[1] == METRIC and pair[0] in circuit.names}
    assert max(map(abs, into.values())) > 0
    for pair, weight in into.items():
        assert found.get(pair, 0.0) == pytest.approx(weight, abs=1e-5)


def test_the_last_residual_stream_reaches_the_metric_with_its_own_effect() -> None:
    circuit = find_circuit(random_network(), SAES, random_task(), ALL)

    found, last = edges_of(circuit), [name for name in circuit.names if name.startswith("resid2/")]
    for name in last:
        effect = float(circuit.nodes.effect[circuit.row_of[name]])
        assert found[name, METRIC] == pytest.approx(effect, abs=1e-5)


def test_with_everything_linear_between_inputs_sum_to_the_change_they_cause() -> None:
    """From an MLP's output to the residual stream nothing bends: over mlp and attention of the block, and
    the residual stream below, weights into an active feature sum to its gradient times its pre-activation's
    change."""
    network, task = random_network(), random_task(2)
    [batch] = batches(task, 8)
    pair = pair_of(network, batch, zero=False)
    explained = Explained(network, batch, "logit_difference", pair.clean)
    site = next(s for s in sites_of(network, SAES) if s.name == "resid1")
    gradient = integrated_gradient(explained, pair, site, path_points(10, "midpoint")).gradient
    change = site.dictionary.preactivation(pair.patched(site)) - site.dictionary.preactivation(
        pair.clean.written(site)
    )
    active = site.encode(pair.clean.written(site)) > 0
    wanted = ((gradient @ site.dictionary.W_dec.T) * active * change).sum((0, 1)) / len(batch.clean)

    circuit = find_circuit(network, SAES, task, ALL)

    into = np.zeros(site.n_features)
    for (source, target), weight in edges_of(circuit).items():
        if target.startswith("resid1/") and not target.endswith("error"):
            assert source.startswith(("attn1", "mlp1", "resid0"))
            into[int(target.split("/")[1])] += weight
    listed = [
        int(n.split("/")[1]) for n in circuit.names if n.startswith("resid1/") and not n.endswith("error")
    ]
    np.testing.assert_allclose(into[listed], wanted.numpy()[listed], atol=1e-5)


def test_positions_apart_sum_to_positions_together() -> None:
    network, task = random_network(), random_task(3)
    apart = find_circuit(network, SAES, task, ALL.model_copy(update={"positions": "separate"}))
    spans = find_circuit(network, SAES, task, ALL.model_copy(update={"positions": "spans"}))
    together = find_circuit(network, SAES, task, ALL)

    def summed(circuit: Circuit) -> dict[tuple[str, str], float]:
        sums: dict[tuple[str, str], float] = {}
        for (source, target), weight in edges_of(circuit).items():
            key = (source.split("@")[0], target.split("@")[0])
            sums[key] = sums.get(key, 0.0) + weight
        return sums

    wanted = edges_of(together)
    for other in (summed(apart), summed(spans)):
        for pair, weight in wanted.items():
            assert other.get(pair, 0.0) == pytest.approx(weight, abs=1e-5)


def test_small_chunks_give_the_same_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    network, task = random_network(), random_task(3)
    whole = edges_of(find_circuit(network, TRANSCODERS, task, ALL))

    monkeypatch.setattr("headwater.attribution.sparse.edges.MAX_FLOATS", 600)
    small = edges_of(find_circuit(network, TRANSCODERS, task, ALL))

    assert small == pytest.approx(whole, abs=1e-6)


def test_inputs_are_counted_with_those_that_are_not_listed() -> None:
    network, task = random_network(), random_task(3)
    computation = SparseComputation(network, SAES, task, ALL.model_copy(update={"max_nodes": 10}))
    carry = computation.merge("nodes", [computation.shard("nodes", task, 0, {})], {})

    edges = computation.shard("edges", task, 0, carry)

    whole = np.zeros(11 * len(carry["node"]))
    whole[edges["pair"]] = edges["weight"]
    np.testing.assert_allclose(whole.reshape(11, -1).sum(1), edges["inputs"], atol=1e-4)
    assert replace(computation.finish(computation.merge("edges", [edges], carry)), model="x").model == "x"
