"""Files of EAP-IG and MIB, in and out."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headwater.errors import InvalidGraphFile
from headwater.graph.export.mib import from_mib, from_scores, read_mib, to_mib, to_scores

PEER = json.loads(
    (Path(__file__).parents[2] / "data" / "circuits" / "peers" / "eap_ln" / "peer_eap.json").read_text()
)
DOCUMENT: dict[str, Any] = {
    "cfg": {"n_layers": 1, "n_heads": 2, "parallel_attn_mlp": False, "d_model": 8},
    "nodes": {
        "input": {"in_graph": True, "score": 1.5},
        "a0.h1": {"in_graph": True},
        "m0": {"in_graph": False},
        "logits": {"in_graph": True},
    },
    "edges": {
        "input->a0.h1<k>": {"score": 0.25, "in_graph": True},
        "a0.h1->m0": {"score": -0.5, "in_graph": False},
        "a0.h1->logits": {"score": 2, "in_graph": True},
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    *way, last = path.split("/")
    at = document
    for key in way:
        at = at[key]
    at[last] = value
    return document


def test_a_mib_circuit_comes_back_as_it_was() -> None:
    circuit, kept = from_mib(DOCUMENT)

    written = to_mib(circuit, kept)

    assert kept.tolist() == [True, False, True]
    assert circuit.names == ("input", "a0.h1", "m0", "logits")
    assert written["cfg"] == DOCUMENT["cfg"]
    assert written["edges"] == DOCUMENT["edges"]
    assert {name: node["in_graph"] for name, node in written["nodes"].items()} == {
        name: node["in_graph"] for name, node in DOCUMENT["nodes"].items()
    }
    assert written["nodes"]["input"]["score"] == 1.5


def test_scores_of_eap_ig_come_back_as_they_were() -> None:
    for method, golden in PEER["methods"].items():
        circuit = from_scores({"method": method, "settings": {"steps": 5}, "scores": golden["scores"]})

        written = to_scores(circuit)

        assert written["method"] == method
        assert written["settings"]["steps"] == 5
        assert written["scores"].keys() == golden["scores"].keys()
        np.testing.assert_allclose(
            [written["scores"][name] for name in golden["scores"]], [*golden["scores"].values()], rtol=1e-6
        )
        assert (circuit.n_layers, circuit.n_heads, len(circuit.edges)) == (2, 4, 110)


def test_both_documents_are_told_apart() -> None:
    mib = read_mib(json.dumps(DOCUMENT).encode())
    scores = read_mib(json.dumps({"method": "eap", "scores": {"input->m0": 1.0}}).encode())

    assert len(mib.circuit.edges) == 3
    assert scores.circuit.edge_name(0) == "input->m0"
    assert scores.kept.all()


def test_nodes_may_be_plain_booleans_or_missing() -> None:
    plain = changed("nodes", {"input": True, "logits": True})
    without = {key: value for key, value in DOCUMENT.items() if key != "nodes"}

    assert len(from_mib(plain).circuit.edges) == len(from_mib(without).circuit.edges) == 3


def test_the_mlp_of_a_parallel_block_reads_no_head_of_its_layer() -> None:
    with pytest.raises(InvalidGraphFile, match="earlier part"):
        from_mib(changed("cfg/parallel_attn_mlp", True))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "no JSON object"),
        ({}, '"cfg"'),
        (changed("edges", {}), '"edges"'),
        (changed("edges", []), '"edges"'),
        (changed("cfg/n_layers", "2"), "n_layers"),
        (changed("cfg/n_layers", 10**9), "n_layers"),
        (changed("cfg/n_heads", True), "n_heads"),
        (changed("cfg/n_heads", 1), "1 heads"),
        (changed("cfg/n_layers", 0), "above the model"),
        (changed("edges/input->a0.h1<k>/score", float("nan")), "finite"),
        (changed("edges/input->a0.h1<k>/score", 1e39), "finite"),
        (changed("edges/input->a0.h1<k>/score", "1"), "finite"),
        (changed("edges/input->a0.h1<k>/in_graph", 1), "true nor false"),
        (changed("edges/input->a0.h1<k>", 0.5), "no object"),
        (changed("edges/input->a0.h1", {"score": 1}), "<q>, <k> or <v>"),
        (changed("edges/input->m0<q>", {"score": 1}), "<q>, <k> or <v>"),
        (changed("edges/m0->a0.h1<q>", {"score": 1}), "earlier part"),
        (changed("edges/logits->m0", {"score": 1}), "earlier part"),
        (changed("edges/input->input", {"score": 1}), "earlier part"),
        (changed("edges/nonsense", {"score": 1}), "names no edge"),
        (changed("edges/input->a0.h01<q>", {"score": 1}), "oddly"),
        (changed("edges", {"input->resid0/7": {"score": 1}}), "feature"),
        (changed("edges/input@2->m0", {"score": 1}), "oddly"),
        (changed("nodes", 3), '"nodes"'),
        (changed("nodes/a9.h0", {"in_graph": True}), "above the model"),
        (changed("nodes/m0", {"in_graph": True, "score": "x"}), "finite"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(document: Any, says: str) -> None:
    with pytest.raises(InvalidGraphFile, match=says):
        from_mib(document)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b'{"scores": {}}', b'{"scores": []}']
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidGraphFile):
        read_mib(data)
