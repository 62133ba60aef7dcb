import io
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import headwater.graph
from headwater.errors import InvalidGraphFile
from headwater.graph.export.headwater import from_headwater, to_headwater
from headwater.graph.export.neuronpedia import cantor, to_neuronpedia
from headwater.graph.export.npz import write_npz

THEIRS = json.loads((Path(__file__).parents[2] / "schemas" / "neuronpedia-graph.json").read_text())
OURS = json.loads((Path(headwater.graph.__file__).parent / "schema.json").read_text())


def through_json(document):
    return json.loads(json.dumps(document, allow_nan=False))


def test_neuronpedia_accepts_our_export(random_graph):
    for seed in range(10):
        document = through_json(to_neuronpedia(random_graph(seed).prune()))

        jsonschema.Draft7Validator(THEIRS).validate(document)


def test_the_fields_the_viewers_rely_on(with_constants):
    document = through_json(to_neuronpedia(with_constants.prune(1.0, 1.0), slug="my graph/№ 1"))
    nodes = {node["headwater_id"]: node for node in document["nodes"]}

    assert document["metadata"]["slug"] == "my-graph-1"
    assert document["metadata"]["prompt_tokens"] == ["<s>", " a"]
    assert nodes["f0.7.1"]["node_id"] == "0_7_1"
    assert nodes["f0.7.1"]["feature"] == cantor(0, 7) == 35
    assert nodes["f0.7.1"]["activation"] == 1.5
    # small = important: the feature and everything stronger hold a third of all influence
    assert nodes["f0.7.1"]["influence"] == pytest.approx(0.4 / 1.2)
    assert nodes["e1"]["node_id"] == "E_11_1"
    assert nodes["r1.1"] | {"influence": 1.0} == nodes["r1.1"]
    logit = nodes["l42.1"]
    assert logit["node_id"] == "4_42_1"
    assert logit["clerp"] == 'Output " t4" (p=0.800)'
    assert logit["token_prob"] == pytest.approx(0.8)
    assert logit["is_target_logit"]
    assert logit["influence"] is None
    assert {(link["source"], link["target"]): link["weight"] for link in document["links"]} == {
        ("E_10_0", "0_7_1"): 3, ("E_11_1", "0_7_1"): -1, ("0_7_1", "4_42_1"): 2,
        ("0_1_1", "4_42_1"): 1, ("E_11_1", "4_42_1"): -1,
    }  # fmt: skip


def test_constants_are_left_out_and_counted(with_constants):
    document = to_neuronpedia(with_constants.prune(1.0, 1.0))

    assert document["metadata"]["info"]["headwater"]["left_out"] == {"position": 1, "bias": 1, "start": 1}
    assert {node["feature_type"] for node in document["nodes"]} == {
        "cross layer transcoder", "mlp reconstruction error", "embedding", "logit",
    }  # fmt: skip


def test_ids_never_collide(build):
    # circuit-tracer calls both feature 1 of layer 0 and the error of layer 1 "0_1_0"
    nodes = [(0, -1, 0, 10), (2, 0, 0, 1), (3, 1, 0, -1), (3, 2, 0, -1), (6, 3, 0, 42)]
    pruned = build(nodes, {1: {0: 1.0}, 4: {1: 1.0, 2: 1.0, 3: 1.0}}, {4: 1.0}, tokens=("a",)).prune(1.0, 1.0)
    document = to_neuronpedia(pruned)

    ids = {node["headwater_id"]: node["node_id"] for node in document["nodes"]}
    assert ids["f0.1.0"] == "0_1_0"
    assert ids["r1.0"] == "r1.0"
    assert ids["r2.0"] == "0_2_0"
    assert len(set(ids.values())) == len(ids)


def test_a_feature_graph_has_no_logits_and_is_still_valid(build):
    nodes = [(0, -1, 0, 10), (2, 0, 0, 1), (2, 1, 0, 5)]
    document = to_neuronpedia(build(nodes, {1: {0: 1.0}, 2: {1: 1.0}}, {2: 1.0}, tokens=("a",)).prune())

    jsonschema.Draft7Validator(THEIRS).validate(through_json(document))
    assert not any(node["is_target_logit"] for node in document["nodes"])


def read_npz(graph):
    file = io.BytesIO()
    write_npz(graph, file)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def test_npz_is_the_raw_square_matrix(with_constants, dense):
    arrays = read_npz(with_constants)
    nodes, layers = len(with_constants.nodes), with_constants.n_layers

    whole = arrays.pop("adjacency")
    np.testing.assert_array_equal(whole[:nodes, :nodes], dense(with_constants).astype(np.float32))
    assert whole.dtype == np.float32
    assert whole.shape == (nodes + layers,) * 2
    assert not whole[nodes:].any()
    assert not whole[:, nodes:].any()
    silent = {
        name: arrays[name][nodes:].tolist() for name in ("kind", "layer", "position", "index", "activation")
    }
    assert silent == {
        "kind": ["error"] * layers, "layer": list(range(layers)), "position": [0] * layers,
        "index": [-1] * layers, "activation": [0] * layers,
    }  # fmt: skip
    arrays |= {name: arrays[name][:nodes] for name in silent}
    assert arrays["kind"].tolist() == [
        "embedding", "embedding", "feature", "error", "logit", "position", "bias", "start",
    ]  # fmt: skip
    assert arrays["index"].tolist() == [10, 11, 7, -1, 42, -1, -1, -1]
    assert arrays["layer"].tolist() == [-1, -1, 0, 1, 3, -1, 0, 1]
    assert arrays["position"].tolist() == [0, 1, 1, 1, 1, 1, 1, 0]
    assert arrays["activation"].tolist() == [0, 0, 1.5, 0, 0, 0, 0, 0]
    assert arrays["token_ids"].tolist() == [10, 11]
    np.testing.assert_allclose(arrays["logit_probabilities"], [0.8])


def test_npz_is_written_in_blocks(random_graph, dense, monkeypatch):
    monkeypatch.setattr("headwater.graph.export.npz._BLOCK_BYTES", 1000)
    graph = random_graph(4)

    expected = np.pad(dense(graph).astype(np.float32), (0, graph.n_layers))
    np.testing.assert_array_equal(read_npz(graph)["adjacency"], expected)


def test_our_file_follows_its_schema_and_reads_back(random_graph):
    graph = random_graph(6)
    document = through_json(to_headwater(graph, graph.prune()))

    jsonschema.Draft202012Validator.check_schema(OURS)
    jsonschema.Draft202012Validator(OURS).validate(document)
    again = from_headwater(document)
    np.testing.assert_array_equal(again.edges.weight, graph.edges.weight)
    np.testing.assert_array_equal(again.edges.indptr, graph.edges.indptr)
    np.testing.assert_array_equal(again.nodes.kind, graph.nodes.kind)
    assert again.scores == graph.scores
    assert again.tokens == graph.tokens


def test_the_view_selects_from_the_columns(small):
    pruned = small.prune(0.8, 1.0)
    document = through_json(to_headwater(small, pruned))

    assert [document["nodes"]["id"][node] for node in document["view"]["nodes"]] == pruned.ids
    assert [document["edges"]["weight"][edge] for edge in document["view"]["edges"]] == pruned.weight.tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": 2},
        {"nodes": None},
        {"nodes": {"kind": ["embedding"]}},
        {"edges": {"source": [0.5], "weight": [1]}},
        {"edges": {"source": [0], "weight": ["1"]}},
        {"edges": {"source": [0], "weight": [1e400]}},
        {"edges": {"source": [2**40], "weight": [1]}},
        {"rows": {"target": [2], "count": [-1], "value": [0]}},
        {"targets": "l42.1"},
        {"n_layers": None},
    ],
)
def test_a_file_that_is_not_ours_is_refused(small, change):
    with pytest.raises(InvalidGraphFile):
        from_headwater(to_headwater(small) | change)


@pytest.mark.parametrize("document", [None, [], 3, {}])
def test_other_json_is_refused(document):
    with pytest.raises(InvalidGraphFile, match=r'"headwater\.graph"'):
        from_headwater(document)
