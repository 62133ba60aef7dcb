"""The two binary files of a circuit: stored whole, and the view that a browser draws.

Same container as a graph's (`container.py`). `decode_circuit` trusts nothing: what fails raises
InvalidGraphFile.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidGraphFile
from headwater.graph.check import require
from headwater.graph.circuit import (
    CIRCUIT_KINDS,
    EMBED_SITE,
    LOGITS_SITE,
    SITES,
    Circuit,
    CircuitEdges,
    CircuitNodes,
    ExampleEffects,
    check_circuit,
)
from headwater.graph.circuit_view import CircuitView, view_facts
from headwater.graph.container import VERSION, Columns, pack, read_stream, records, unpack
from headwater.graph.graph import LOGIT

_NODES: Final = {
    "kind": np.uint8,
    "site": np.uint8,
    "layer": np.int16,
    "position": np.int32,
    "index": np.int32,
    "effect": np.float32,
    "spread": np.float32,
}
_EDGES: Final = {"source": np.int32, "target": np.int32, "slot": np.uint8, "weight": np.float32}
_COUNTS: Final = {"count": np.int64}
_EFFECTS: Final = {"example": np.int32, "effect": np.float32}
_METRICS: Final = {"clean": np.float32, "patch": np.float32}


def encode_circuit(circuit: Circuit) -> bytes:
    """Everything that was measured. Equal circuits give equal bytes."""
    streams: dict[str, Columns] = {
        "nodes": {name: getattr(circuit.nodes, name) for name in _NODES},
        "edges": {name: getattr(circuit.edges, name) for name in _EDGES},
        "metrics": {"clean": circuit.metric_clean, "patch": circuit.metric_patch},
    }
    if circuit.examples is not None:
        streams["counts"] = {"count": np.diff(circuit.examples.indptr)}
        streams["effects"] = {name: getattr(circuit.examples, name) for name in _EFFECTS}
    return pack({"version": VERSION, "content": "circuit", "circuit": circuit_facts(circuit)}, streams)


def decode_circuit(data: bytes | memoryview) -> Circuit:
    header, body = unpack(data)
    require(header.get("content") == "circuit", "it does not hold a circuit")
    nodes = read_stream(header, body, "nodes", _NODES)
    edges = read_stream(header, body, "edges", _EDGES)
    metrics = read_stream(header, body, "metrics", _METRICS)
    examples = None
    if any(isinstance(entry, dict) and entry.get("name") == "counts" for entry in header.get("streams", [])):
        counts = read_stream(header, body, "counts", _COUNTS)["count"]
        require(not len(counts) or int(counts.min()) >= 0, "a node has a negative number of examples")
        indptr = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        examples = ExampleEffects(indptr, **read_stream(header, body, "effects", _EFFECTS))
    return build_circuit(header.get("circuit"), nodes, edges, examples, metrics["clean"], metrics["patch"])


def circuit_facts(circuit: Circuit) -> dict[str, Any]:
    """All of a circuit that is not a long column, as plain JSON."""
    names = ("level", "n_layers", "n_heads", "model", "dictionaries", "task", "method", "provenance")
    return {"bins": list(circuit.bins), **{name: getattr(circuit, name) for name in names}}


def build_circuit(
    facts: Any,
    nodes: dict[str, NDArray[Any]],
    edges: dict[str, NDArray[Any]],
    examples: ExampleEffects | None,
    metric_clean: NDArray[np.float32],
    metric_patch: NDArray[np.float32],
) -> Circuit:
    """The checked circuit from what `circuit_facts` and the columns say (also of JSON files)."""
    try:
        circuit = Circuit(
            nodes=CircuitNodes(**nodes),
            edges=CircuitEdges(**edges),
            examples=examples,
            bins=tuple(str(name) for name in facts["bins"]),
            metric_clean=metric_clean,
            metric_patch=metric_patch,
            level={"features": "features", "components": "components"}[facts["level"]],  # type: ignore[arg-type]  # one of the two
            n_layers=int(facts["n_layers"]),
            n_heads=int(facts["n_heads"]),
            model=str(facts["model"]),
            dictionaries={str(site): str(name) for site, name in dict(facts["dictionaries"]).items()},
            task=dict(facts["task"]),
            method=dict(facts["method"]),
            provenance=dict(facts["provenance"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidGraphFile(
            f"This circuit file is damaged: a fact is missing or of the wrong type ({error}). "
            "Export it again."
        ) from None
    return check_circuit(circuit)


def encode_circuit_view(summary: dict[str, Any], view: CircuitView) -> bytes:
    """What the browser draws. `summary` is the CircuitSummary of the API, passed through."""
    header = {
        "version": VERSION,
        "content": "circuit-view",
        "circuit": summary,
        "view": view_facts(view),
        "rows": drawing_rows(view.circuit),
        "bins": list(view.circuit.bins),
    }
    return pack(header, {"nodes": _view_nodes(view), "edges": _view_edges(view)})


def circuit_json(summary: dict[str, Any], view: CircuitView) -> dict[str, Any]:
    """The same facts for people and scripts: nodes by name, one object each."""
    nodes, edges = _view_nodes(view), _view_edges(view)
    names = list(nodes["name"])
    nodes["kind"] = [CIRCUIT_KINDS[kind] for kind in np.asarray(nodes["kind"]).tolist()]
    nodes["site"] = [SITES[site] for site in np.asarray(nodes["site"]).tolist()]
    edges["source"] = [names[row] for row in view.source.tolist()]
    edges["target"] = [names[row] for row in view.target.tolist()]
    edges["name"] = [view.circuit.edge_name(edge) for edge in view.edge.tolist()]
    return {
        "version": VERSION,
        "circuit": summary,
        "view": view_facts(view),
        "bins": list(view.circuit.bins),
        "nodes": records(nodes),
        "edges": records(edges),
    }


_ROW_NAMES: Final = ("Embedding", "attention", "MLP", "residual", "Metric")


def drawing_rows(circuit: Circuit) -> list[dict[str, Any]]:
    """The rows of the picture, bottom up: one for each site of each layer that has nodes."""
    places = sorted({*zip(circuit.nodes.layer.tolist(), circuit.nodes.site.tolist(), strict=True)})
    return [{"layer": layer, "site": SITES[site], "name": _row_name(layer, site)} for layer, site in places]


def _row_name(layer: int, site: int) -> str:
    return _ROW_NAMES[site] if site in (EMBED_SITE, LOGITS_SITE) else f"L{layer} {_ROW_NAMES[site]}"


def _view_nodes(view: CircuitView) -> Columns:
    nodes, shown = view.circuit.nodes, view.node
    size = np.abs(nodes.effect).astype(np.float64) * (nodes.kind != LOGIT)
    share = size / max(float(size.sum()), np.finfo(np.float32).tiny)
    order = np.argsort(-share, kind="stable")
    cumulative = np.empty_like(share)
    cumulative[order] = np.cumsum(share[order])
    row_of = {(row["layer"], row["site"]): number for number, row in enumerate(drawing_rows(view.circuit))}
    places = zip(nodes.layer[shown].tolist(), nodes.site[shown].tolist(), strict=True)
    return {
        "node": shown.astype(np.uint32),
        **{name: getattr(nodes, name)[shown] for name in ("kind", "layer", "site")},
        "row": np.array([row_of[layer, SITES[site]] for layer, site in places], np.uint16),
        "position": nodes.position[shown],
        "index": nodes.index[shown],
        "effect": nodes.effect[shown],
        "influence": share[shown].astype(np.float32),
        "cumulative": cumulative[shown].astype(np.float32),
        "spread": nodes.spread[shown],
        "name": [view.circuit.names[row] for row in shown.tolist()],
    }


def _view_edges(view: CircuitView) -> Columns:
    edges = view.circuit.edges
    total = np.bincount(edges.target, np.abs(edges.weight), minlength=len(view.circuit.nodes))
    weight = edges.weight[view.edge]
    inputs = np.maximum(total[edges.target[view.edge]], np.finfo(np.float32).tiny)
    return {
        "source": view.source.astype(np.uint32),
        "target": view.target.astype(np.uint32),
        "slot": edges.slot[view.edge],
        "weight": weight,
        "share": (np.abs(weight) / inputs).astype(np.float32),
    }
