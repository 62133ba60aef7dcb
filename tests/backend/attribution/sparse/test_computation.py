"""Feature circuits over a task: shards, positions, counts, and what is refused."""

import numpy as np
import pytest
import torch
from sparse_toys import SAES, TRANSCODERS, random_network, random_set, random_task

from headwater.attribution.circuit_methods import FeatureMetric, SparseFeatures
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.computation import SparseComputation
from headwater.attribution.sparse.places import NodeSpace
from headwater.attribution.sparse.sites import sites_of
from headwater.errors import DictionaryMismatch, InvalidSetting, UnknownDictionary
from headwater.graph.circuit import Circuit
from headwater.graph.circuit_codec import decode_circuit, encode_circuit

SMALL = SparseFeatures(max_nodes=5_000, edges_per_node=1_000, steps=3)


def same(a: Circuit, b: Circuit) -> None:
    """In single precision. A node that does nothing may be listed with 1e-9 by one and left out by the
    other."""
    for ours, theirs in ((effects_of(a), effects_of(b)), (edges_of(a), edges_of(b))):
        largest = max(map(abs, ours.values()))
        for name in {*ours, *theirs}:
            assert ours.get(name, 0.0) == pytest.approx(theirs.get(name, 0.0), abs=5e-6 * max(1, largest))


def effects_of(circuit: Circuit) -> dict[str, float]:
    return dict(zip(circuit.names, circuit.nodes.effect.tolist(), strict=True))


def edges_of(circuit: Circuit) -> dict[str, float]:
    columns = (circuit.edges.source, circuit.edges.target, circuit.edges.weight.tolist())
    return {f"{circuit.names[s]}->{circuit.names[t]}": w for s, t, w in zip(*columns, strict=True)}


@pytest.mark.parametrize("positions", ["sum", "spans"])
@pytest.mark.parametrize("effects", ["ig", "attribution", "exact"])
def test_shards_do_not_show(positions: str, effects: str) -> None:
    network, task = random_network(), random_task(5, ragged=True)
    method = SMALL.model_copy(update={"positions": positions, "effects": effects})

    whole = find_circuit(network, SAES, task, method)

    same(whole, find_circuit(network, SAES, task, method, shard_size=2))
    same(whole, find_circuit(network, SAES, task, method, shard_size=1))


def test_gradients_that_were_not_kept_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network, task = random_network(), random_task(4)
    whole = find_circuit(network, SAES, task, SMALL)

    monkeypatch.setattr("headwater.attribution.sparse.computation.KEPT_BYTES", 0)

    same(whole, find_circuit(network, SAES, task, SMALL))


def test_small_passes_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    network, task = random_network(), random_task(5, ragged=True)
    whole = find_circuit(network, SAES, task, SMALL)

    for place in ("nodes", "computation"):
        monkeypatch.setattr(f"headwater.attribution.sparse.{place}.copies_per_pass", lambda *_: 2)
    monkeypatch.setattr("headwater.attribution.sparse.nodes.MAX_DENSE", 1)

    same(whole, find_circuit(network, SAES, task, SMALL))


def test_effects_by_example_average_to_the_effect() -> None:
    circuit = find_circuit(random_network(), TRANSCODERS, random_task(6), SMALL)

    for row in range(len(circuit.nodes)):
        by_example = circuit.example_effects(row)
        assert by_example.mean() == pytest.approx(circuit.nodes.effect[row], abs=1e-6)
        assert by_example.std() == pytest.approx(circuit.nodes.spread[row], abs=1e-5)


def test_positions_apart_name_each_position() -> None:
    circuit = find_circuit(
        random_network(), SAES, random_task(3), SMALL.model_copy(update={"positions": "separate"})
    )

    assert circuit.bins == ("0", "1", "2", "3", "4")
    assert circuit.names[-1] == "logits@4"
    assert {name.split("@")[1] for name in circuit.names if name.startswith("attn0")} <= set(circuit.bins)


def test_spans_name_each_span_and_the_start_token_has_error_terms_only() -> None:
    circuit = find_circuit(random_network(), SAES, random_task(3, paired=False), SparseFeatures(
        positions="spans", patch="zero", metric="logit", max_nodes=5000,
    ))  # fmt: skip

    assert circuit.bins == ("start", "early", "late")
    at_start = [name for name in circuit.names if name.endswith("@0")]
    assert all("/error" in name for name in at_start)
    assert np.isnan(circuit.metric_patch).all()


def test_what_is_not_listed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    network, task, few = random_network(), random_task(4), SMALL.model_copy(update={"max_nodes": 10})
    whole = find_circuit(network, SAES, task, few)
    monkeypatch.setattr("headwater.attribution.sparse.computation.LISTED", 50)

    listed = find_circuit(network, SAES, task, few)

    assert len(listed.nodes) == 51
    hidden = set(whole.names) - set(listed.names)
    rows = [whole.row_of[name] for name in hidden]
    assert listed.provenance["effects_unlisted"] == pytest.approx(
        float(np.abs(whole.nodes.effect[rows]).sum()), rel=1e-4
    )
    assert listed.provenance["nodes_measured"] == len(whole.nodes) - 1


def test_a_circuit_survives_its_file() -> None:
    circuit = find_circuit(random_network(), SAES, random_task(3), SMALL)

    again = decode_circuit(encode_circuit(circuit))

    assert again.names == circuit.names
    np.testing.assert_array_equal(again.edges.weight, circuit.edges.weight)
    assert set(again.provenance["residuals"]) == {s.name for s in sites_of(random_network(), SAES)}


def test_every_node_number_leads_back() -> None:
    space = NodeSpace(sites_of(random_network(), SAES), 3)
    site, bin, feature = np.array([0, 4, 8]), np.array([0, 1, 2]), np.array([0, 17, 18])

    parts = zip(site.tolist(), bin, feature, strict=True)
    keys = np.concatenate([space.keys(number, np.array([b]), np.array([f])) for number, b, f in parts])

    found = space.split(keys)
    assert [column.tolist() for column in found] == [[0, 4, 8], [0, 1, 2], [0, 17, -1]]
    assert [len(nodes) for nodes in space.of_sites(keys, torch.device("cpu"))] == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert space.size == 3 * 9 * 19


def test_a_dictionary_at_a_place_without_a_node_is_refused() -> None:
    with pytest.raises(DictionaryMismatch, match=r"resid\.pre"):
        sites_of(random_network(), {"resid": random_set("resid.pre", "resid.pre")})


def test_a_metric_needs_its_dictionary() -> None:
    metric = FeatureMetric(site="mlp", layer=1, index=0)
    with pytest.raises(UnknownDictionary, match="mlp"):
        find_circuit(
            random_network(),
            {"attn": SAES["attn"]},
            random_task(1),
            SMALL.model_copy(update={"metric": metric}),
        )


def test_a_metric_with_nothing_before_it_is_refused() -> None:
    metric = FeatureMetric(site="attn", layer=0, index=0)
    with pytest.raises(InvalidSetting, match="no nodes"):
        SparseComputation(random_network(), SAES, random_task(1), SMALL.model_copy(update={"metric": metric}))
