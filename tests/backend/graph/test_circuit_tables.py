"""A circuit for spreadsheets and graph programs, on the four-node circuit worked out by hand."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Literal

import numpy as np

from headwater.graph.circuit import (
    ATTN_SITE,
    EMBED_SITE,
    HEAD,
    LOGITS_SITE,
    Circuit,
    CircuitEdges,
    CircuitNodes,
)
from headwater.graph.circuit_view import CircuitView, cut
from headwater.graph.export.circuit_tables import to_csv, to_graphml
from headwater.graph.graph import EMBEDDING, LOGIT

XML = "{http://graphml.graphdrawing.org/xmlns}"


def circuit() -> Circuit:
    """input -> a0.h1 by key and query, a0.h1 -> logits."""
    return Circuit(
        nodes=CircuitNodes(
            kind=np.array([EMBEDDING, HEAD, LOGIT], np.uint8),
            site=np.array([EMBED_SITE, ATTN_SITE, LOGITS_SITE], np.uint8),
            layer=np.array([-1, 0, 1], np.int16),
            position=np.zeros(3, np.int32),
            index=np.array([-1, 1, -1], np.int32),
            effect=np.array([1.0, -3.1, 4.0], np.float32),
            spread=np.array([0.1, 0.2, 0.0], np.float32),
        ),
        edges=CircuitEdges(
            source=np.array([0, 0, 1], np.int32),
            target=np.array([1, 1, 2], np.int32),
            slot=np.array([1, 2, 0], np.uint8),
            weight=np.array([0.25, 2.0, -1.0], np.float32),
        ),
        examples=None,
        bins=("all",),
        metric_clean=np.array([2.0], np.float32),
        metric_patch=np.array([-2.0], np.float32),
        level="components",
        n_layers=1,
        n_heads=2,
        model="toy",
    )


def rows(given: Circuit | CircuitView, table: Literal["nodes", "edges"]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv(given, table).decode(), newline="")))


def test_tables_are_strongest_first() -> None:
    nodes, edges = rows(circuit(), "nodes"), rows(circuit(), "edges")

    assert nodes[0] == ["name", "kind", "layer", "site", "bin", "index", "effect", "spread"]
    assert [row[0] for row in nodes[1:]] == ["logits", "a0.h1", "input"]
    assert nodes[2] == ["a0.h1", "head", "0", "attn", "all", "1", "-3.0999999", "0.200000003"]
    assert np.float32(nodes[2][6]) == np.float32(-3.1), "enough digits to give the number back"
    assert edges[1:] == [
        ["input->a0.h1<k>", "input", "a0.h1", "k", "2"],
        ["a0.h1->logits", "a0.h1", "logits", "", "-1"],
        ["input->a0.h1<q>", "input", "a0.h1", "q", "0.25"],
    ]


def test_a_view_holds_what_is_shown() -> None:
    view = cut(circuit(), nodes=2)

    assert [row[0] for row in rows(view, "nodes")[1:]] == ["logits", "a0.h1"]
    assert [row[0] for row in rows(view, "edges")[1:]] == ["a0.h1->logits"]


def test_graphml_names_nodes_and_types_columns() -> None:
    graph = ElementTree.fromstring(to_graphml(circuit()))  # noqa: S314 (our own)

    ids = [node.get("id") for node in graph.iter(f"{XML}node")]
    ends = [(edge.get("source"), edge.get("target")) for edge in graph.iter(f"{XML}edge")]
    types = {key.get("id"): key.get("attr.type") for key in graph.iter(f"{XML}key")}
    weights = [
        float(data.text or "nan") for data in graph.iter(f"{XML}data") if data.get("key") == "edge-weight"
    ]
    assert ids == ["logits", "a0.h1", "input"]
    assert ends == [("input", "a0.h1"), ("a0.h1", "logits"), ("input", "a0.h1")]
    assert types["edge-weight"] == types["node-effect"] == "double"
    assert types["node-layer"] == "int"
    assert weights == [2.0, -1.0, 0.25]


def test_span_names_of_strangers_do_no_harm() -> None:
    hostile = ('=HYPERLINK("http://x")', "<b>&\x01\"'")
    moved = replace(circuit().nodes, position=np.array([0, 1, 1], np.int32))
    given = replace(circuit(), nodes=moved, bins=hostile)

    cells = [row[4] for row in rows(given, "nodes")[1:]]
    graph = ElementTree.fromstring(to_graphml(given))  # noqa: S314 (our own)

    assert cells[-1] == f"'{hostile[0]}", "a spreadsheet takes it for text"
    bins = [data.text for data in graph.iter(f"{XML}data") if data.get("key") == "node-bin"]
    assert bins[-1] == hostile[0]
    assert bins[0] == "<b>&\ufffd\"'"
