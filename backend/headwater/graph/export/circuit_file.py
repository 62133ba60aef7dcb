"""Our own circuit file: versioned JSON, complete, and readable without the model.

Columns rather than one object per node, as in graph files; `circuit_schema.json` beside this package
describes it. Effects by example are in it, so that thresholds and spread can be redone by whoever opens it.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import headwater
from headwater.errors import InvalidGraphFile
from headwater.graph.check import require, wrong_version
from headwater.graph.circuit import CIRCUIT_KINDS, SITES, SLOTS, Circuit, ExampleEffects
from headwater.graph.circuit_codec import build_circuit, circuit_facts
from headwater.graph.container import short_decimals
from headwater.graph.export.columns import real_column, text_column, whole_column
from headwater.graph.methods_text import methods_text

FORMAT: Final = "headwater.circuit"
VERSION: Final = 1


def to_circuit_file(circuit: Circuit) -> dict[str, Any]:
    """Everything that was measured, and the methods paragraph."""
    nodes, edges = circuit.nodes, circuit.edges
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "generator": {"name": "headwater", "version": headwater.__version__},
        **circuit_facts(circuit),
        "methods_text": methods_text(circuit),
        "nodes": {
            "name": list(circuit.names),
            "kind": [CIRCUIT_KINDS[kind] for kind in nodes.kind.tolist()],
            "site": [SITES[site] for site in nodes.site.tolist()],
            "layer": nodes.layer.tolist(),
            "position": nodes.position.tolist(),
            "index": nodes.index.tolist(),
            "effect": short_decimals(nodes.effect).tolist(),
            "spread": short_decimals(nodes.spread).tolist(),
        },
        "edges": {
            "source": edges.source.tolist(),
            "target": edges.target.tolist(),
            "slot": [SLOTS[slot] for slot in edges.slot.tolist()],
            "weight": short_decimals(edges.weight).tolist(),
        },
        "metrics": {"clean": _numbers(circuit.metric_clean), "patch": _numbers(circuit.metric_patch)},
    }
    if circuit.examples is not None:
        document["examples"] = {
            "count": np.diff(circuit.examples.indptr).tolist(),
            "example": circuit.examples.example.tolist(),
            "effect": short_decimals(circuit.examples.effect).tolist(),
        }
    return document


def from_circuit_file(document: Any) -> Circuit:
    """Read it back. Raises InvalidGraphFile when the document is not such a circuit."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidGraphFile(f'This is not a Headwater circuit file: its "format" is not "{FORMAT}".')
    if document.get("version") != VERSION:
        raise wrong_version(document.get("version"), VERSION)
    nodes = {
        "kind": _codes(document, "nodes", "kind", CIRCUIT_KINDS),
        "site": _codes(document, "nodes", "site", SITES),
        "layer": whole_column(document, "nodes", "layer", np.int16),
        "position": whole_column(document, "nodes", "position", np.int32),
        "index": whole_column(document, "nodes", "index", np.int32),
        "effect": real_column(document, "nodes", "effect"),
        "spread": real_column(document, "nodes", "spread"),
    }
    edges = {
        "source": whole_column(document, "edges", "source", np.int32),
        "target": whole_column(document, "edges", "target", np.int32),
        "slot": _codes(document, "edges", "slot", SLOTS),
        "weight": real_column(document, "edges", "weight"),
    }
    return build_circuit(
        document,
        nodes,
        edges,
        _examples(document) if "examples" in document else None,
        real_column(document, "metrics", "clean", missing=True),
        real_column(document, "metrics", "patch", missing=True),
    )


def _examples(document: dict[str, Any]) -> ExampleEffects:
    count = whole_column(document, "examples", "count", np.int64)
    require(not len(count) or int(count.min()) >= 0, "a node has a negative number of examples")
    require(int(count.sum(dtype=object)) < 2**40, "it lists more effects than any file holds")
    return ExampleEffects(
        indptr=np.concatenate([[0], np.cumsum(count, dtype=np.int64)]),
        example=whole_column(document, "examples", "example", np.int32),
        effect=real_column(document, "examples", "effect"),
    )


def _codes(document: dict[str, Any], part: str, column: str, words: tuple[str, ...]) -> NDArray[np.uint8]:
    known = {word: code for code, word in enumerate(words)}
    values = text_column(document, part, column)
    require(all(value in known for value in values), f'column "{column}" of "{part}" has an unknown word')
    return np.array([known[value] for value in values], np.uint8)


def _numbers(values: NDArray[np.float32]) -> list[float | None]:
    return [None if number != number else number for number in short_decimals(values).tolist()]
