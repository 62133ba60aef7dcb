"""A circuit's two binary files, its names, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import headwater
from headwater.attribution.circuit_methods import METHODS
from headwater.errors import InvalidGraphFile
from headwater.graph.accuracy import accuracy_of
from headwater.graph.circuit import (
    ATTN_SITE,
    EMBED_SITE,
    HEAD,
    LOGITS_SITE,
    MLP,
    MLP_SITE,
    RESID_SITE,
    Circuit,
    CircuitEdges,
    CircuitNodes,
    ExampleEffects,
    check_circuit,
    parse_name,
)
from headwater.graph.circuit_codec import circuit_json, decode_circuit, encode_circuit, encode_circuit_view
from headwater.graph.circuit_view import cut
from headwater.graph.container import unpack
from headwater.graph.export.circuit_file import from_circuit_file, to_circuit_file
from headwater.graph.graph import EMBEDDING, ERROR, FEATURE, LOGIT
from headwater.graph.methods_text import methods_text


def components() -> Circuit:
    """input -> a0.h1 -> m0 -> logits, with the strong path through the head's key."""
    return Circuit(
        nodes=CircuitNodes(
            kind=np.array([EMBEDDING, HEAD, MLP, LOGIT], np.uint8),
            site=np.array([EMBED_SITE, ATTN_SITE, MLP_SITE, LOGITS_SITE], np.uint8),
            layer=np.array([-1, 0, 0, 1], np.int16),
            position=np.zeros(4, np.int32),
            index=np.array([-1, 1, -1, -1], np.int32),
            effect=np.array([1.0, -3.0, 0.5, 0.0], np.float32),
            spread=np.array([0.1, 0.2, 0.3, 0.0], np.float32),
        ),
        edges=CircuitEdges(
            source=np.array([0, 0, 1, 2], np.int32),
            target=np.array([1, 1, 2, 3], np.int32),
            slot=np.array([1, 2, 0, 0], np.uint8),
            weight=np.array([0.25, 2.0, -1.0, 0.5], np.float32),
        ),
        examples=ExampleEffects(
            indptr=np.array([0, 2, 3, 4, 4], np.int64),
            example=np.array([0, 1, 1, 0], np.int32),
            effect=np.array([0.5, 1.5, -6.0, 1.0], np.float32),
        ),
        bins=("all",),
        metric_clean=np.array([2.0, 3.0], np.float32),
        metric_patch=np.array([-2.0, np.nan], np.float32),
        level="components",
        n_layers=1,
        n_heads=2,
        model="toy",
        task={"name": "t"},
        method={"method": "eap"},
        provenance={"engine": "1"},
    )


def test_a_circuit_comes_back_as_it_was() -> None:
    circuit = components()

    again = decode_circuit(encode_circuit(circuit))

    assert encode_circuit(again) == encode_circuit(circuit)
    assert again.names == ("input", "a0.h1", "m0", "logits")
    assert [again.edge_name(edge) for edge in range(4)] == [
        "input->a0.h1<q>",
        "input->a0.h1<k>",
        "a0.h1->m0",
        "m0->logits",
    ]
    np.testing.assert_array_equal(again.example_effects(1), [0, -6])
    np.testing.assert_array_equal(again.example_effects(3), [0, 0])


def test_names_of_features_and_positions_read_back() -> None:
    circuit = replace(
        components(),
        nodes=CircuitNodes(
            kind=np.array([FEATURE, ERROR, ERROR, LOGIT], np.uint8),
            site=np.array([RESID_SITE, ATTN_SITE, EMBED_SITE, LOGITS_SITE], np.uint8),
            layer=np.array([0, 0, -1, 1], np.int16),
            position=np.array([2, 0, 1, 2], np.int32),
            index=np.array([120, -1, -1, -1], np.int32),
            effect=np.ones(4, np.float32),
            spread=np.zeros(4, np.float32),
        ),
        bins=("a", "b", "c"),
    )

    assert circuit.names == ("resid0/120@2", "attn0/error@0", "embed/error@1", "logits@2")
    assert circuit.edge_name(1) == "resid0/120@2->attn0/error<k>@0"
    for row, name in enumerate(circuit.names):
        kind, site, layer, index, position = parse_name(name, circuit.n_layers)
        columns = (circuit.nodes.kind, circuit.nodes.site, circuit.nodes.layer, circuit.nodes.index)
        assert [kind, site, layer, index] == [int(column[row]) for column in columns]
        assert position == circuit.nodes.position[row]


@pytest.mark.parametrize("name", ["", "a0", "x1/2", "a0.h1@", "resid/5x", "m0<q>", "a99999999.h1"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidGraphFile, match="names no node"):
        parse_name(name, 1)


def test_a_view_keeps_the_strongest_and_counts_the_rest() -> None:
    view = cut(components(), nodes=3, edges=2)

    told = circuit_json({"id": "x"}, view)

    assert [node["name"] for node in told["nodes"]] == ["logits", "a0.h1", "input"]
    assert [edge["name"] for edge in told["edges"]] == ["input->a0.h1<k>", "input->a0.h1<q>"]
    assert told["view"]["hidden"] == {"mlp": 1}
    assert told["view"]["nodes_shown"] + sum(told["view"]["hidden"].values()) == told["view"]["nodes_total"]
    # shares: |effect| of 4.5 in all; the head's inputs are 2.25 in all
    assert told["nodes"][1]["influence"] == pytest.approx(3 / 4.5)
    assert told["edges"][0]["share"] == pytest.approx(2 / 2.25)


def test_thresholds_cut_by_size_whatever_the_sign() -> None:
    view = cut(components(), min_effect=0.9, min_weight=0.3)

    assert [view.circuit.names[row] for row in view.node] == ["logits", "a0.h1", "input"]
    assert [view.circuit.edge_name(edge) for edge in view.edge] == ["input->a0.h1<k>"]


def test_the_view_file_names_its_rows_bottom_up() -> None:
    header, _ = unpack(encode_circuit_view({"id": "x"}, cut(components())))

    assert [row["name"] for row in header["rows"]] == ["Embedding", "L0 attention", "L0 MLP", "Metric"]
    assert header["content"] == "circuit-view"
    assert header["circuit"] == {"id": "x"}
    json.dumps(header, allow_nan=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"effect": np.array([1, np.inf, 0, 0], np.float32)}, "not a finite number"),
        ({"site": np.array([0, 9, 1, 1], np.uint8)}, "site is out of range"),
        ({"position": np.array([0, 1, 0, 0], np.int32)}, "position is out of range"),
        ({"layer": np.array([0, 2, 0, 0], np.int16)}, "layer is out of range"),
        ({"index": np.array([0], np.int32)}, "differ in length"),
    ],
)
def test_nodes_that_cannot_be_are_refused(change: dict[str, np.ndarray], reason: str) -> None:
    circuit = components()

    with pytest.raises(InvalidGraphFile, match=reason):
        check_circuit(replace(circuit, nodes=replace(circuit.nodes, **change)))


def test_edges_and_examples_that_lead_nowhere_are_refused() -> None:
    circuit = components()
    assert circuit.examples is not None
    example = np.array([0, 5, 1, 0], np.int32)

    with pytest.raises(InvalidGraphFile, match="target is out of range"):
        check_circuit(replace(circuit, edges=replace(circuit.edges, target=np.full(4, 7, np.int32))))
    with pytest.raises(InvalidGraphFile, match="example that is not there"):
        check_circuit(replace(circuit, examples=replace(circuit.examples, example=example)))


def test_a_file_cut_short_is_refused() -> None:
    data = encode_circuit(components())

    for length in (0, 20, len(data) // 2):
        with pytest.raises(InvalidGraphFile):
            decode_circuit(data[:length])


def test_the_circuit_file_reads_back_and_follows_its_schema() -> None:
    circuit = components()
    document = json.loads(json.dumps(to_circuit_file(circuit), allow_nan=False))
    schema = json.loads((Path(headwater.__file__).parent / "graph" / "circuit_schema.json").read_text())

    jsonschema.validate(document, schema)
    assert encode_circuit(from_circuit_file(document)) == encode_circuit(circuit)


@pytest.mark.parametrize(
    ("part", "column", "values"),
    [
        ("nodes", "kind", ["embedding", "head", "mlp", "neuron"]),
        ("nodes", "effect", [1, 2, "3", 4]),
        ("edges", "slot", ["", "", "", "x"]),
        ("edges", "source", [0, 0, 1, 1e9]),
        ("examples", "count", [2, 1, -1, 2]),
        ("metrics", "clean", [1.0, True]),
    ],
)
def test_a_damaged_circuit_file_is_refused(part: str, column: str, values: list[object]) -> None:
    document = to_circuit_file(components())
    document[part][column] = values

    with pytest.raises(InvalidGraphFile):
        from_circuit_file(document)


def test_the_methods_paragraph_states_every_setting() -> None:
    told = methods_text(
        replace(
            components(),
            method={"method": "eap-ig-inputs", "metric": "kl", "aggregate": "mean_abs", "steps": 7},
            task={"name": "ioi", "title": "Indirect object", "fingerprint": "ab" * 32, "split": "train"},
            provenance={"headwater": "9.9", "model_fingerprint": "cd" * 32},
        )
    )

    for said in ("toy", "2 examples of its train split", "Indirect object", "abababababab", "KL", "7 steps"):
        assert said in told
    for said in ("absolute value", "mean metric 2.500", "Headwater 9.9", "cdcdcdcdcdcd"):
        assert said in told


def test_a_behaviour_that_the_model_does_not_have_is_told() -> None:
    method = {"method": "eap", "metric": "logit_difference", "aggregate": "mean"}
    able = replace(components(), method=method)
    unable = replace(able, metric_clean=-able.metric_clean)
    silent = replace(unable, method={**method, "metric": "logit"})

    assert (accuracy_of(able), accuracy_of(unable), accuracy_of(silent)) == (1, 0, None)
    assert "on 0 of the 2 examples, no better than chance" in methods_text(unable)
    assert "chance" not in methods_text(able) + methods_text(silent)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_paragraph(name: str) -> None:
    needed = {"threshold": 0.01} if name == "acdc" else {}
    method = METHODS[name](**needed).model_dump(mode="json")

    told = methods_text(replace(components(), method=method))

    assert told.endswith(".")
    for setting, value in method.items():
        if setting in ("steps", "max_nodes", "edges_per_node", "size", "threshold"):
            assert f"{value:,}" in told, setting
