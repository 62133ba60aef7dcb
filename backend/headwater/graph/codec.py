"""The two binary files: the stored raw graph and the view a browser draws.

One container for both, `HWGRAPH1`:

    8 bytes magic · uint32 LE header length · UTF-8 JSON header · zeros to a multiple of 8 ·
    Arrow IPC streams, each padded to 8

`header["streams"]` lists `{name, offset, length}`, offsets counted from the end of the
padded header. Nothing inside is compressed, so a browser reads the columns in place and
the transport compresses the whole (PLATFORM.md 2.1). Equal graphs give equal bytes.
The columns are listed in docs/graph-format.md and below, in `_NODES`, `_ROWS`, ...

`decode_graph` trusts nothing: sizes, types, bounds and the graph's own laws are checked
before a `Graph` comes out; what fails raises InvalidGraphFile. Callers bound the size.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidGraphFile
from headwater.graph.check import check_graph, require
from headwater.graph.container import (
    VERSION,
    Columns,
    pack,
    read_stream,
    records,
    unpack,
)
from headwater.graph.graph import KINDS, Edges, Graph, Nodes
from headwater.graph.prune import PrunedGraph

_NODES = {
    "kind": np.uint8,
    "layer": np.int16,
    "position": np.int32,
    "index": np.int32,
    "activation": np.float32,
}
_ROWS = {"target": np.int32, "count": np.int32, "value": np.float32}
_EDGES = {"source": np.int32, "weight": np.float32}


def encode_graph(graph: Graph) -> bytes:
    """The whole raw graph, about 8 bytes an edge."""
    nodes, edges = graph.nodes, graph.edges
    header = {"version": VERSION, "content": "graph", "graph": graph_facts(graph)}
    return pack(
        header,
        {
            "nodes": {name: getattr(nodes, name) for name in _NODES},
            "rows": {
                "target": edges.target,
                "count": np.diff(edges.indptr).astype(np.int32),
                "value": edges.value,
            },
            "edges": {"source": edges.source, "weight": edges.weight},
        },
    )


def decode_graph(data: bytes | memoryview) -> Graph:
    """The columns are views into `data`; nothing large is copied."""
    header, body = unpack(data)
    require(header.get("content") == "graph", "it does not hold a raw graph")
    nodes, rows, edges = (
        read_stream(header, body, name, columns)
        for name, columns in (("nodes", _NODES), ("rows", _ROWS), ("edges", _EDGES))
    )
    require(not len(rows["count"]) or int(rows["count"].min()) >= 0, "a row has a negative length")
    return build_graph(header.get("graph"), nodes, rows, edges)


def encode_view(summary: dict[str, Any], pruned: PrunedGraph) -> bytes:
    """What the browser draws. `summary` is the GraphSummary of the API, passed through."""
    streams: dict[str, Columns] = {"nodes": view_nodes(pruned), "edges": view_edges(pruned)}
    header = {"version": VERSION, "content": "view", "summary": summary, "view": view_facts(pruned)}
    return pack(header, streams)


def view_json(summary: dict[str, Any], pruned: PrunedGraph) -> dict[str, Any]:
    """The same facts as `encode_view` for people and scripts: one object per node and edge,
    edges name nodes by id, null where a number means nothing."""
    nodes = view_nodes(pruned)
    nodes["kind"] = [KINDS[kind] for kind in np.asarray(nodes["kind"]).tolist()]
    edges, ids = view_edges(pruned), pruned.ids
    edges["source"] = [ids[row] for row in pruned.source.tolist()]
    edges["target"] = [ids[row] for row in pruned.target.tolist()]
    return {
        "version": VERSION,
        "summary": summary,
        "view": view_facts(pruned),
        "nodes": records({"id": ids, **nodes}),
        "edges": records(edges),
    }


def view_facts(pruned: PrunedGraph) -> dict[str, Any]:
    """The thresholds and what they hide."""
    return {
        "node_threshold": pruned.node_threshold,
        "edge_threshold": pruned.edge_threshold,
        "nodes_total": pruned.nodes_total,
        "nodes_shown": len(pruned.node),
        "edges_total": pruned.edges_total,
        "edges_shown": len(pruned.edge),
        "hidden": pruned.hidden,
    }


def view_nodes(pruned: PrunedGraph) -> Columns:
    """Columns of the view's `nodes` stream; each is explained on `PrunedGraph`."""
    nodes, shown = pruned.graph.nodes, pruned.node
    return {
        "node": shown.astype(np.uint32),
        **{name: getattr(nodes, name)[shown] for name in _NODES},
        "influence": pruned.influence,
        "cumulative": pruned.cumulative,
        "probability": pruned.probability,
        "value": pruned.value,
        "row_residual": pruned.row_residual,
        "input_total": pruned.input_total,
        "label": pruned.labels,
    }


def view_edges(pruned: PrunedGraph) -> Columns:
    """Columns of the view's `edges` stream, strongest first."""
    return {
        "source": pruned.source.astype(np.uint32),
        "target": pruned.target.astype(np.uint32),
        "weight": pruned.weight,
        "score": pruned.score,
        "share": pruned.share,
    }


def graph_facts(graph: Graph) -> dict[str, Any]:
    """All of a graph that is not a long column, as plain JSON."""
    return {
        "model": graph.model,
        "dictionaries": list(graph.dictionaries),
        "n_layers": graph.n_layers,
        "d_vocab": graph.d_vocab,
        "token_ids": graph.token_ids.tolist(),
        "tokens": list(graph.tokens),
        "targets": [
            {"node": node, "weight": weight, "label": label}
            for node, weight, label in zip(
                graph.target_nodes.tolist(), graph.target_weights.tolist(), graph.target_labels, strict=True
            )
        ],
        "provenance": graph.provenance,
    }


def build_graph(
    facts: Any, nodes: dict[str, NDArray[Any]], rows: dict[str, NDArray[Any]], edges: dict[str, NDArray[Any]]
) -> Graph:
    """The checked graph from what `graph_facts` and the columns say (also of JSON files)."""
    try:
        targets = facts["targets"]
        graph = Graph(
            nodes=Nodes(**nodes),
            edges=Edges(
                target=rows["target"],
                indptr=np.concatenate([[0], np.cumsum(rows["count"], dtype=np.int64)]),
                source=edges["source"],
                weight=edges["weight"],
                value=rows["value"],
            ),
            token_ids=np.array([_whole(token) for token in facts["token_ids"]], np.int32),
            tokens=tuple(map(_text, facts["tokens"])),
            target_nodes=np.array([_whole(target["node"]) for target in targets], np.int32),
            target_weights=np.array([target["weight"] for target in targets], np.float32),
            target_labels=tuple(_text(target["label"]) for target in targets),
            n_layers=_whole(facts["n_layers"]),
            d_vocab=_whole(facts["d_vocab"]),
            model=_text(facts["model"]),
            dictionaries=tuple(map(_text, facts["dictionaries"])),
            provenance=dict(facts["provenance"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidGraphFile(
            f"This graph file is damaged: a fact is missing or of the wrong type ({error}). "
            "Export the graph again."
        ) from None
    return check_graph(graph)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected a whole number, got {type(value).__name__}")
    return value
