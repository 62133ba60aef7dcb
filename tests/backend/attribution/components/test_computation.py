"""Circuits of whole tasks: nothing hangs on shards, every part of the circuit says what it should."""

from typing import Any

import numpy as np
import pytest
from component_toys import KINDS, network, task

from headwater.attribution.circuit_methods import read_method
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components import component_computation
from headwater.attribution.components.circuit import EdgeColumns, strongest
from headwater.graph.circuit import Circuit
from headwater.graph.circuit_codec import decode_circuit, encode_circuit
from headwater.graph.selecting import top_n, wiring_of

METHODS: list[dict[str, Any]] = [
    {"method": "eap"},
    {"method": "eap-ig-inputs"},
    {"method": "eap-ig-activations", "steps": 3},
    {"method": "exact"},
    {"method": "activation"},
    {"method": "gradient"},
    {"method": "random", "seed": 3},
    {"method": "peap", "positions": "spans"},
]
every_method = pytest.mark.parametrize("settings", METHODS, ids=lambda one: one["method"])
LENGTHS = (5, 6, 5, 7, 5, 6, 8)


def found(settings: dict[str, Any], kind: str = "gpt2", **how: Any) -> Circuit:
    return find_circuit(network(kind), {}, task(LENGTHS, spans=True), read_method(settings), **how)


@every_method
@pytest.mark.parametrize("kind", KINDS)
def test_neither_shards_nor_batches_show(
    settings: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(settings, kind)
    monkeypatch.setattr("headwater.attribution.components.computation.examples_at_once", lambda *_: 2)

    sharded = found(settings, kind, shard_size=3)

    assert whole.names == sharded.names
    effects, again = by_example(whole), by_example(sharded)
    # An exact effect is a difference of two metrics, which keeps their rounding.
    within = (3e-5 if settings["method"] == "exact" else 5e-6) * largest(effects)
    assert np.abs(again - effects).max() <= within
    assert np.abs(sharded.edges.weight - whole.edges.weight).max() <= within
    np.testing.assert_allclose(sharded.metric_clean, whole.metric_clean, rtol=1e-5, atol=1e-5)


def test_left_alone_a_slow_method_moves_every_few_examples() -> None:
    seen: list[tuple[str, int, int]] = []

    found({"method": "exact"}, progress=lambda *at: seen.append(at))

    assert [at for at in seen if at[0] == "edges"] == [("edges", 0, 7), ("edges", 4, 7), ("edges", 7, 7)]


def by_example(circuit: Circuit) -> np.ndarray:
    """[node example]"""
    return np.stack([circuit.example_effects(node) for node in range(len(circuit.nodes))])


def largest(values: np.ndarray) -> float:
    return float(np.abs(values).max())


@every_method
def test_a_node_is_worth_the_edges_that_leave_it(settings: dict[str, Any]) -> None:
    circuit = found(settings)
    crosses = np.array(
        [circuit.names[s].split("@")[0] == circuit.names[t].split("@")[0]
         for s, t in zip(circuit.edges.source, circuit.edges.target, strict=True)]
    )  # fmt: skip

    outgoing = np.zeros(len(circuit.nodes))
    np.add.at(outgoing, circuit.edges.source[~crosses], circuit.edges.weight[~crosses])

    sources = np.array([not name.startswith("logits") for name in circuit.names])
    np.testing.assert_allclose(
        circuit.nodes.effect[sources], outgoing[sources], atol=1e-5 * largest(outgoing)
    )
    effects = by_example(circuit)
    np.testing.assert_allclose(effects.mean(1), circuit.nodes.effect, atol=1e-5 * largest(outgoing))
    np.testing.assert_allclose(effects.std(1), circuit.nodes.spread, atol=1e-5 * largest(effects))


@every_method
def test_the_metric_of_both_runs_is_recorded(settings: dict[str, Any]) -> None:
    circuit = found(settings)
    logits = [row for row, name in enumerate(circuit.names) if name.startswith("logits")]

    fall = (circuit.metric_clean - circuit.metric_patch).mean()

    assert len(circuit.metric_clean) == len(LENGTHS)
    assert np.abs(circuit.metric_clean - circuit.metric_patch).min() > 0
    np.testing.assert_allclose(circuit.nodes.effect[logits], fall, rtol=1e-5)


@every_method
def test_a_circuit_survives_its_file(settings: dict[str, Any]) -> None:
    circuit = found(settings)

    again = decode_circuit(encode_circuit(circuit))

    assert again.names == circuit.names
    assert again.method == settings | again.method
    assert (again.edges.weight == circuit.edges.weight).all()


def test_absolute_means_do_not_cancel() -> None:
    mean, absolute = found({"method": "eap"}), found({"method": "eap", "aggregate": "mean_abs"})

    assert (absolute.edges.weight >= np.abs(mean.edges.weight) - 1e-6).all()
    assert (absolute.edges.weight > np.abs(mean.edges.weight) + 1e-3).any()


def test_random_scores_come_from_their_seed() -> None:
    one, same, other = (found({"method": "random", "seed": seed}) for seed in (1, 1, 2))

    assert (one.edges.weight == same.edges.weight).all()
    assert not (one.edges.weight == other.edges.weight).any()


def test_the_strongest_edges_of_a_position_aware_circuit_reach_from_input_to_answer() -> None:
    circuit = found({"method": "peap", "positions": "spans"})
    wiring = wiring_of(circuit)

    kept = top_n(circuit.edges.weight, len(circuit.edges) // 4, wiring)

    names = {circuit.names[row] for row in circuit.edges.source[kept]}
    assert 0 < kept.sum() <= len(circuit.edges) // 4
    assert any(name.startswith("input@") for name in names)
    assert top_n(circuit.edges.weight, len(circuit.edges), wiring).mean() > 0.9


def test_the_weakest_edges_of_a_long_prompt_are_left_out_and_counted() -> None:
    weights = np.array([0.0, 3.0, -5.0, 1.0, -2.0])
    columns = np.arange(5)

    kept = strongest(EdgeColumns(columns, columns, columns.astype(np.uint8), weights, 5), limit=2)

    assert kept.weight.tolist() == [3.0, -5.0]
    assert kept.n_measured == 5


def test_methods_that_need_dictionaries_are_not_ours() -> None:
    with pytest.raises(TypeError, match="sfc does not work on heads and MLPs"):
        component_computation(network(), task(), read_method({"method": "sfc"}))
