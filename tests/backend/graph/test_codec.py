import json
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import InvalidGraphFile
from headwater.graph.codec import decode_graph, encode_graph, encode_view, view_json
from headwater.graph.container import MAGIC, short_decimals

SUMMARY = {"id": "0" * 64, "prompt": "naïve ☕"}


def assert_same(left, right):
    for part in ("nodes", "edges"):
        ours, theirs = getattr(left, part), getattr(right, part)
        for name in type(ours).__dataclass_fields__:
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
            assert getattr(ours, name).dtype == getattr(theirs, name).dtype, name
    for name in ("token_ids", "target_nodes", "target_weights"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    for name in ("tokens", "target_labels", "n_layers", "d_vocab", "model", "dictionaries", "provenance"):
        assert getattr(left, name) == getattr(right, name)


def split(data):
    """(header, start of the streams)."""
    (length,) = struct.unpack("<I", data[8:12])
    return json.loads(data[12 : 12 + length]), 12 + length + -(12 + length) % 8


def with_header(data, **changes):
    header, start = split(data)
    text = json.dumps(header | changes).encode()
    head = data[:8] + struct.pack("<I", len(text)) + text
    return head + bytes(-len(head) % 8) + data[start:]


def with_column(data, stream, column, values):
    """The file with one column of one stream replaced."""
    header, start = split(data)
    parts, listed, offset = [], [], 0
    for entry in header["streams"]:
        part = data[start + entry["offset"] :][: entry["length"]]
        if entry["name"] == stream:
            table = pa.ipc.open_stream(part).read_all()
            table = table.set_column(table.schema.names.index(column), column, pa.array(values))
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            part = sink.getvalue().to_pybytes()
        part += bytes(-len(part) % 8)
        listed.append({"name": entry["name"], "offset": offset, "length": len(part)})
        parts.append(part)
        offset += len(part)
    return with_header(data[:start] + b"".join(parts), streams=listed)


def column(data, stream, name):
    header, start = split(data)
    entry = next(entry for entry in header["streams"] if entry["name"] == stream)
    return pa.ipc.open_stream(data[start + entry["offset"] :][: entry["length"]]).read_all()[name].to_numpy()


def test_a_graph_comes_back_as_it_was(random_graph):
    graph = random_graph(1)

    assert_same(decode_graph(encode_graph(graph)), graph)


def test_equal_graphs_give_equal_bytes(random_graph):
    assert encode_graph(random_graph(2)) == encode_graph(random_graph(2))


def test_streams_start_at_multiples_of_eight(random_graph):
    header, start = split(encode_graph(random_graph(1)))

    assert start % 8 == 0
    assert all(entry["offset"] % 8 == 0 for entry in header["streams"])


def test_a_view_holds_the_columns_of_the_contract(with_constants):
    pruned = with_constants.prune(1.0, 1.0)
    data = encode_view(SUMMARY, pruned)
    header, start = split(data)
    tables = {
        entry["name"]: pa.ipc.open_stream(data[start + entry["offset"] :][: entry["length"]]).read_all()
        for entry in header["streams"]
    }

    assert data[:8] == MAGIC
    assert header["summary"] == SUMMARY
    assert header["view"]["nodes_total"] == header["view"]["nodes_shown"] == 8
    assert header["view"]["edges_shown"] == header["view"]["edges_total"] - 1
    assert {f.name: str(f.type) for f in tables["nodes"].schema} == {
        "node": "uint32", "kind": "uint8", "layer": "int16", "position": "int32", "index": "int32",
        "activation": "float", "influence": "float", "cumulative": "float", "probability": "float",
        "value": "float", "row_residual": "float", "input_total": "float", "label": "string",
    }  # fmt: skip
    assert {f.name: str(f.type) for f in tables["edges"].schema} == {
        "source": "uint32", "target": "uint32", "weight": "float", "score": "float", "share": "float",
    }  # fmt: skip
    assert np.all(np.diff(tables["edges"]["score"].to_numpy()) <= 0)


def test_the_format_page_names_every_column(with_constants):
    page = (Path(__file__).parents[3] / "docs" / "graph-format.md").read_text()
    document = view_json(SUMMARY, with_constants.prune(1.0, 1.0))

    for name in {*document["nodes"][0], *document["edges"][0], *document["view"]} - {"id"}:
        assert f"`{name}`" in page or name in ("nodes_total", "nodes_shown", "edges_total", "edges_shown"), (
            name
        )


def test_json_tells_the_same_facts(with_constants):
    pruned = with_constants.prune(1.0, 1.0)
    document = json.loads(json.dumps(view_json(SUMMARY, pruned), allow_nan=False))
    data = encode_view(SUMMARY, pruned)

    assert document["view"] == split(data)[0]["view"]
    ids = [node["id"] for node in document["nodes"]]
    assert ids == pruned.ids
    for name in ("activation", "influence", "cumulative", "value", "row_residual", "input_total"):
        told = np.float32([np.nan if node[name] is None else node[name] for node in document["nodes"]])
        np.testing.assert_array_equal(told, column(data, "nodes", name))
    assert [edge["source"] for edge in document["edges"]] == [
        ids[row] for row in column(data, "edges", "source")
    ]
    np.testing.assert_array_equal(
        np.float32([edge["weight"] for edge in document["edges"]]), column(data, "edges", "weight")
    )
    assert document["nodes"][4]["kind"] == "logit"
    assert document["nodes"][0]["value"] is None


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_short_decimals_give_the_float_back(numbers):
    values = np.float32(numbers)

    np.testing.assert_array_equal(short_decimals(values).astype(np.float32), values)


def test_a_lone_surrogate_in_a_label_does_not_break_the_file(build):
    graph = build([(0, -1, 0, 10), (6, 3, 0, 42)], {1: {0: 1.0}}, {1: 1.0}, tokens=("\ud800",))

    assert decode_graph(encode_graph(graph)).tokens == ("?",)


def test_other_files_are_named_as_such():
    for data in (b"", b"PK\x03\x04", b"HWGRAPH2" + bytes(100)):
        with pytest.raises(InvalidGraphFile, match="does not begin with HWGRAPH1"):
            decode_graph(data)


def test_a_later_version_asks_for_an_update(small):
    with pytest.raises(InvalidGraphFile, match=r"version '2'.*reads version 1\. Update"):
        decode_graph(with_header(encode_graph(small), version=2))


def test_a_view_is_not_a_graph(small):
    with pytest.raises(InvalidGraphFile, match="raw graph"):
        decode_graph(encode_view(SUMMARY, small.prune()))


@pytest.mark.parametrize(
    ("stream", "name", "values", "complaint"),
    [
        ("edges", "source", np.int32([0, 1, 2, 3, 99]), "source is not a node"),
        ("edges", "source", np.int32([0, 1, 2, 3, -1]), "source is not a node"),
        ("edges", "source", np.int32([4, 1, 2, 3, 1]), "later layer"),
        ("edges", "weight", np.float32([1, 2, np.nan, 1, 1]), "weight is not a number"),
        ("edges", "weight", np.float64([1, 2, 3, 1, 1]), "other columns"),
        ("edges", "weight", pa.array([1, 2, None, 1, 1], pa.float32()), "gaps"),
        ("rows", "count", np.int32([2, 2]), "do not add up"),
        ("rows", "count", np.int32([-1, 6]), "negative"),
        ("rows", "target", np.int32([4, 4]), "two rows"),
        ("rows", "target", np.int32([4, 77]), "target is not a node"),
        ("nodes", "kind", np.uint8([0, 0, 2, 3, 9]), "unknown kind"),
        ("nodes", "kind", np.uint8([0, 0, 2, 3, 2]), "outside the model"),
        ("nodes", "layer", np.int16([-1, -1, 3, 1, 3]), "outside the model"),
        ("nodes", "layer", np.int16([-1, -1, 0, 1, 2]), "on top"),
        ("nodes", "layer", np.int16([0, -1, 0, 1, 3]), "below"),
        ("nodes", "position", np.int32([0, 1, 1, 1, 2]), "outside the prompt"),
        ("nodes", "index", np.int32([10, 11, 7, -1, 42]), None),
        ("nodes", "activation", np.float32([0, 0, np.inf, 0, 0]), "activation is not a number"),
    ],
)
def test_a_column_that_breaks_a_law_is_refused(small, stream, name, values, complaint):
    data = with_column(encode_graph(small), stream, name, values)

    if complaint is None:
        decode_graph(data)
    else:
        with pytest.raises(InvalidGraphFile, match=complaint):
            decode_graph(data)


@pytest.mark.parametrize(
    "facts",
    [
        *(None, [], {}, {"n_layers": "3"}, {"n_layers": True}, {"n_layers": -1}, {"d_vocab": 10**30}),
        *({"tokens": ["a"]}, {"tokens": [1, 2]}, {"token_ids": [1, 2.5]}, {"token_ids": [[1], [2, 3]]}),
        *({"dictionaries": ["x"] * 9}, {"provenance": 3}, {"targets": []}, {"targets": [{"node": 0}]}),
        {"targets": [{"node": 2**40, "weight": 1, "label": ""}]},
        {"targets": [{"node": 9, "weight": 1, "label": ""}]},
        {"targets": [{"node": 4, "weight": -1, "label": ""}]},
        {"targets": [{"node": 4, "weight": 1, "label": ""}] * 2},
    ],
)
def test_facts_that_do_not_fit_are_refused(small, facts):
    data = encode_graph(small)
    known = split(data)[0]["graph"]

    with pytest.raises(InvalidGraphFile):
        decode_graph(with_header(data, graph=known | facts if isinstance(facts, dict) and facts else facts))


@pytest.mark.parametrize(
    "streams",
    [None, [], [3], [{"name": "nodes"}], [{"name": "nodes", "offset": 0, "length": 10**12}],
     [{"name": "nodes", "offset": -8, "length": 16}], [{"name": "nodes", "offset": True, "length": 16}],
     [{"name": "nodes", "offset": 0, "length": 16}] * 2],
)  # fmt: skip
def test_streams_outside_the_file_are_refused(small, streams):
    with pytest.raises(InvalidGraphFile):
        decode_graph(with_header(encode_graph(small), streams=streams))


def test_a_compressed_stream_is_refused(small):
    """A few bytes that unpack to gigabytes would get past every size limit."""
    data = encode_graph(small)
    header, start = split(data)
    sink = pa.BufferOutputStream()
    table = pa.table({"source": np.zeros(10**6, np.int32), "weight": np.zeros(10**6, np.float32)})
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    packed = sink.getvalue().to_pybytes()
    listed = [entry for entry in header["streams"] if entry["name"] != "edges"]
    listed.append({"name": "edges", "offset": len(data) - start, "length": len(packed)})

    with pytest.raises(InvalidGraphFile, match="compressed"):
        decode_graph(with_header(data + packed, streams=listed))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused_or_read_never_worse(random_graph, data):
    """Any flip, cut or insertion gives a graph that obeys the laws, or InvalidGraphFile."""
    whole = bytearray(encode_graph(random_graph(1)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip":
                whole[place] ^= data.draw(st.integers(1, 255))
            case "cut":
                del whole[place : place + data.draw(st.integers(1, 64))]
            case "insert":
                whole[place:place] = data.draw(st.binary(min_size=1, max_size=16))
    try:
        graph = decode_graph(bytes(whole))
    except InvalidGraphFile:
        return
    graph.prune()
