"""Graphs of real model folders against circuit-tracer's, in tests/goldens (`make parity`)."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from headwater.attribution.linear import trace
from headwater.attribution.methods import ChosenTokens, FeatureTarget, LinearTracing, LogitDifference
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.errors import InvalidTarget
from headwater.graph.check import check_graph
from headwater.graph.graph import FEATURE
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.registry import find_model
from parity.compare import Peer, compare, dense_rows
from parity.rebuild import CASES, GOLDENS, our_graph

every_golden = pytest.mark.parametrize(
    "folder", [GOLDENS / case.name for case in CASES], ids=lambda f: f.name
)


@cache
def loaded(folder: Path) -> tuple[LanguageModel, DictionarySet]:
    entry = find_model(None, folder / "lm", [folder / "transcoders"])
    return load_model(entry), load_set(entry)


@every_golden
def test_every_edge_equals_circuit_tracers(folder: Path) -> None:
    peer = Peer.read(folder / "peer.npz")

    difference = compare(trace(*loaded(folder), peer.token_ids, LinearTracing()), peer)

    assert difference.largest < 1e-5
    assert difference.common_edges > 5000
    assert difference.missing == difference.extra == []
    assert difference.activation < 1e-5
    assert difference.probability < 1e-5


@every_golden
def test_every_row_sums_to_the_measured_value(folder: Path) -> None:
    ids = Peer.read(folder / "peer.npz").token_ids

    graph = check_graph(trace(*loaded(folder), ids, LinearTracing()))

    rows = dense_rows(graph)[graph.edges.target]
    np.testing.assert_array_less(np.abs(graph.edges.value - rows.sum(1)), 1e-5 * np.abs(rows).sum(1))
    # Over the value itself it is as good where inputs do not cancel.
    plain = np.abs(graph.edges.value) > 0.1 * np.abs(rows).sum(1)
    np.testing.assert_allclose(graph.edges.value[plain], rows.sum(1)[plain], rtol=1e-5)


def test_a_traced_graph_says_what_it_is() -> None:
    folder = GOLDENS / "llama"
    ids = Peer.read(folder / "peer.npz").token_ids
    model, dictionaries = loaded(folder)

    graph = trace(model, dictionaries, ids, LinearTracing(targets=ChosenTokens(tokens=("w5", 7))))

    assert graph.tokens[1:] == tuple(f"w{i}" for i in ids[1:])
    assert graph.target_labels == ("w5", "w7")
    assert graph.dictionaries == tuple(dictionary.id for dictionary in dictionaries.layers)
    assert graph.provenance["method"]["targets"] == {"kind": "tokens", "tokens": [5, 7], "position": 9}
    assert graph.provenance["model_fingerprint"] == model.entry.fingerprint()
    assert graph.provenance["residuals"]["max_relative_to_inputs"] < 1e-5


def test_a_difference_and_a_feature_are_labelled() -> None:
    model, dictionaries = loaded(GOLDENS / "gpt2")
    ids = Peer.read(GOLDENS / "gpt2" / "peer.npz").token_ids
    difference = trace(
        model, dictionaries, ids, LinearTracing(targets=LogitDifference(plus="w5", minus="w6"))
    )
    node = np.flatnonzero(difference.nodes.kind == FEATURE)[-1]
    layer, position, index = (
        int(column[node])
        for column in (difference.nodes.layer, difference.nodes.position, difference.nodes.index)
    )

    feature = trace(
        model,
        dictionaries,
        ids,
        LinearTracing(targets=FeatureTarget(layer=layer, index=index, position=position)),
    )

    assert difference.target_labels == ("w5 − w6",)
    assert feature.target_labels == (f"feature {layer}/{index} at position {position}",)


def test_a_token_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidTarget, match="elephant"):
        trace(
            *loaded(GOLDENS / "llama"), [1, 5, 6], LinearTracing(targets=ChosenTokens(tokens=("elephant",)))
        )


def test_our_graph_of_a_folder_is_the_same_graph() -> None:
    peer = Peer.read(GOLDENS / "llama" / "peer.npz")

    assert compare(our_graph(GOLDENS / "llama", peer.token_ids), peer).largest < 1e-5
