"""The bundled model with its own dictionaries, and the benchmark's reference on a small network."""

import numpy as np
import pytest
from sparse_toys import SAES, random_network, random_task

from bench.feature_circuits import compare_edges, compare_nodes, reference_edges, reference_nodes
from headwater.attribution.circuit_methods import Hierarchical, SparseFeatures
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.sites import sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.evaluation.features import evaluate_features
from headwater.evaluation.settings import EvaluationSettings
from headwater.lm.batch import batches
from headwater.lm.network import Network, load_network
from headwater.lm.registry import find_model
from headwater.tasks.bundled import bundled_task
from headwater.tasks.resolve import resolve
from headwater.tasks.task import TokenTask

CHOICES = {
    "saes": {"attn": "attn", "mlp": "mlp-out", "resid": "resid"},
    "transcoders": {"attn": "attn", "mlp": "transcoders"},
}


@pytest.fixture(scope="module")
def brook() -> tuple[Network, TokenTask]:
    entry = find_model(None, "brook")
    return load_network(entry), resolve(bundled_task(entry, "agreement_simple"), entry).task.take(3)


@pytest.fixture(scope="module", params=CHOICES)
def sets(request: pytest.FixtureRequest) -> dict[str, DictionarySet]:
    entry = find_model(None, "brook")
    return {part: load_set(entry, name) for part, name in CHOICES[request.param].items()}


def test_effects_of_every_site_sum_to_what_patching_it_does(
    brook: tuple[Network, TokenTask], sets: dict[str, DictionarySet]
) -> None:
    network, task = brook

    circuit = find_circuit(network, sets, task, SparseFeatures(max_nodes=30, positions="spans"))

    fall = float((circuit.metric_clean - circuit.metric_patch).mean())
    assert fall > 1
    assert set(circuit.provenance["residuals"]) == {site.name for site in sites_of(network, sets)}
    assert max(map(abs, circuit.provenance["residuals"].values())) < 0.03 * fall
    assert circuit.bins == task.span_names
    assert np.isfinite(circuit.edges.weight).all()


def test_a_hierarchical_circuit_has_the_size_asked_for(
    brook: tuple[Network, TokenTask], sets: dict[str, DictionarySet]
) -> None:
    circuit = find_circuit(*brook[:1], sets, brook[1], Hierarchical(size=60))

    assert 50 <= len(circuit.nodes) <= 70


def test_more_nodes_bring_the_model_back(
    brook: tuple[Network, TokenTask], sets: dict[str, DictionarySet]
) -> None:
    network, task = brook
    circuit = find_circuit(network, sets, task, SparseFeatures(max_nodes=30, effects="attribution"))
    settings = EvaluationSettings(sizes=(0, 100, 2_000), baselines=("random",), errors="keep")

    result = evaluate_features(network, sets, task, circuit, settings)

    [strongest] = [one for one in result.curves if (one.name, one.ranking) == ("circuit", "absolute")]
    values = [point.faithfulness or 0.0 for point in strongest.points]
    assert values[0] == 0
    assert values[0] < values[1] < values[2]
    assert values[2] > 0.7


def test_the_benchmarks_reference_gives_the_same_numbers() -> None:
    network, task = random_network(), random_task(3, ragged=True)
    circuit = find_circuit(network, SAES, task, SparseFeatures(steps=4, edges_per_node=1_000, max_nodes=100))
    [batch] = batches(task, 8)
    sites = sites_of(network, SAES)

    gradients, effects = reference_nodes(network, sites, batch, 4)
    edges = reference_edges(network, sites, task, gradients, circuit)

    assert len(edges) > 1_000
    assert compare_nodes(circuit, effects) < 1e-5
    assert compare_edges(circuit, edges) < 1e-5
