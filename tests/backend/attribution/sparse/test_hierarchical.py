"""Hierarchical attribution: the case solved by hand, and that edges of a node sum to its score."""

import numpy as np
import pytest
import torch
from sparse_toys import SAES, TRANSCODERS, hand_network, random_network, random_task

from headwater.attribution.circuit_methods import FeatureMetric, Hierarchical
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.gated import GatedPass, SiteGate, thresholds_for
from headwater.attribution.sparse.hierarchical import HierarchicalComputation
from headwater.attribution.sparse.passes import Explained, run
from headwater.attribution.sparse.sites import sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.graph.circuit import Circuit
from headwater.lm.batch import batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

CASES = pytest.mark.parametrize(
    ("network", "sets"),
    [
        (random_network(), SAES),
        (random_network(parallel=True, layer_norm=True), SAES),
        (random_network(layer_norm=True), TRANSCODERS),
        (random_network(), {"mlp": TRANSCODERS["mlp"]}),
    ],
    ids=["saes", "parallel", "transcoders with skips", "transcoders alone"],
)


def gated(
    network: Network, sets: dict[str, DictionarySet], task: TokenTask, metric: str = "logit"
) -> GatedPass:
    [batch] = batches(task, 64, positions="sum")
    with torch.no_grad():
        clean = run(network, batch.clean, batch.lengths)
    explained = Explained(network, batch, metric, clean, linear=True)  # type: ignore[arg-type]  # a name
    return GatedPass(network, sites_of(network, sets), explained, 1)


def scores(gates: list[SiteGate]) -> list[list[float]]:
    return [gate.score[0, 0, :-1].tolist() for gate in gates]


def weights(circuit: Circuit) -> dict[tuple[str, str], float]:
    pairs = zip(circuit.edges.source, circuit.edges.target, circuit.edges.weight, strict=True)
    return {(circuit.names[s], circuit.names[t]): float(w) for s, t, w in pairs}


def test_the_toy_solved_by_hand() -> None:
    passed = gated(*hand_network())

    assert scores(passed.scores(torch.tensor([0.1]))) == [[4.0, 8.0], [8.0, 4.0]]
    # h2's second feature (4) is closed, so the first layer's gradient falls from 4 to 3: 3 is closed as well.
    assert scores(passed.scores(torch.tensor([5.0]))) == [[0.0, 6.0], [8.0, 0.0]]


def test_direct_effects_of_the_toy_are_its_edges_into_the_metric() -> None:
    network, sets, task = hand_network()

    circuit = find_circuit(network, sets, task, Hierarchical(metric="logit", size=10))

    found = weights(circuit)
    direct = [found[name, "logits"] for name in ("mlp0/0", "mlp0/1", "mlp1/0", "mlp1/1")]
    assert direct == [1, 2, 8, 4]
    # h1 = [1, 2] feeds each of h2's features by as much, whose gradients are 2 and 1.
    assert [found["mlp0/1", "mlp1/0"], found["mlp0/1", "mlp1/1"]] == [4, 2]
    effects = {name: float(circuit.nodes.effect[row]) for name, row in circuit.row_of.items()}
    assert effects == {"mlp0/0": 4, "mlp0/1": 8, "mlp1/0": 8, "mlp1/1": 4, "logits": 16}


@CASES
@pytest.mark.parametrize("size", [8, 25, 1000])
def test_edges_of_a_node_sum_to_its_score(
    network: Network, sets: dict[str, DictionarySet], size: int
) -> None:
    """Every path from a node goes through a kept node or straight to the metric, whatever was closed."""
    task = random_task(1)

    circuit = find_circuit(network, sets, task, Hierarchical(size=size, edges_per_node=1000))

    out = np.zeros(len(circuit.nodes))
    np.add.at(out, circuit.edges.source, circuit.edges.weight)
    np.testing.assert_allclose(out[:-1], circuit.nodes.effect[:-1], atol=1e-5)


@CASES
def test_open_gates_explain_the_metric_of_the_linear_network(
    network: Network, sets: dict[str, DictionarySet]
) -> None:
    """With no threshold a feature's score is a times the plain gradient of the spliced, frozen network:
    moving the feature moves the metric by exactly that."""
    task = random_task(2)
    passed = gated(network, sets, task, "logit_difference")

    gates = passed.scores(torch.zeros(2))

    assert sum(int(gate.kept[..., :-1].sum()) for gate in gates) > 0
    for gate in gates:
        assert bool((gate.activation[gate.gradient == 0] >= 0).all())
        total = (gate.activation * gate.gradient).sum(1)
        torch.testing.assert_close(gate.score[:, 0, :-1], total * (total.abs() > 0))


@pytest.mark.parametrize("size", [5, 20, 40])
def test_thresholds_find_about_the_size_asked_for(size: int) -> None:
    passed = gated(random_network(), SAES, random_task(4, ragged=True), "logit_difference")

    threshold, count = thresholds_for(passed, size)

    kept = torch.stack([gate.kept.sum((1, 2)) for gate in passed.scores(threshold)]).sum(0)
    assert kept.tolist() == count.tolist()
    assert bool(((count - size).abs() <= max(2, size // 10)).all())


def test_a_feature_that_is_off_can_be_explained() -> None:
    """The target is its pre-activation, so there is a gradient."""
    metric = FeatureMetric(site="resid", layer=2, index=0)
    for index in range(18):
        metric = metric.model_copy(update={"index": index})
        circuit = find_circuit(random_network(), SAES, random_task(1), Hierarchical(metric=metric, size=20))
        assert len(circuit.nodes) > 10
        assert not any(name.startswith("resid2") for name in circuit.names)


def test_shards_do_not_show() -> None:
    network, task = random_network(), random_task(5, ragged=True)
    method = Hierarchical(size=15, positions="spans")

    whole = find_circuit(network, SAES, task, method)
    parts = find_circuit(network, SAES, task, method, shard_size=2)

    assert whole.names == parts.names
    np.testing.assert_allclose(whole.nodes.effect, parts.nodes.effect, atol=1e-6)
    np.testing.assert_allclose(whole.edges.weight, parts.edges.weight, atol=1e-6)


def test_the_circuit_says_what_it_was_gated_with() -> None:
    circuit = find_circuit(random_network(), SAES, random_task(3), Hierarchical(size=12))

    low, high = circuit.provenance["threshold_range"]
    assert low <= circuit.provenance["threshold"] <= high
    assert HierarchicalComputation.phases == ("nodes", "edges")
    assert abs(len(circuit.nodes) - 1 - 12) <= 2
