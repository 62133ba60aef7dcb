"""Our own graph file: versioned JSON, complete, and readable without the model.

Columns rather than one object per edge, so that half a million edges stay near 10 MB and
load at once. `schema.json` beside this package describes it; docs/graph-format.md explains
it. `view`, when present, says which part was shown and at which thresholds: it selects
from the columns, nothing is cut from them.
"""

from typing import Any, Final

import numpy as np

import headwater
from headwater.errors import InvalidGraphFile
from headwater.graph.check import require, wrong_version
from headwater.graph.codec import build_graph, graph_facts, view_facts
from headwater.graph.container import short_decimals
from headwater.graph.export.columns import list_column, real_column, whole_column
from headwater.graph.graph import KINDS, Graph
from headwater.graph.ids import format_ids
from headwater.graph.prune import PrunedGraph

FORMAT: Final = "headwater.graph"
VERSION: Final = 1


def to_headwater(graph: Graph, pruned: PrunedGraph | None = None) -> dict[str, Any]:
    """Everything the graph knows; with `pruned`, also what was shown of it."""
    nodes, edges, scores = graph.nodes, graph.edges, graph.scores
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "generator": {"name": "headwater", "version": headwater.__version__},
        **graph_facts(graph),
        "prompt": graph.prompt,
        "scores": {
            "replacement": scores.replacement,
            "completeness": scores.completeness,
            "completeness_leaf_free": scores.completeness_leaf_free,
        },
        "nodes": {
            "id": format_ids(nodes),
            "kind": [KINDS[kind] for kind in nodes.kind.tolist()],
            "layer": nodes.layer.tolist(),
            "position": nodes.position.tolist(),
            "index": nodes.index.tolist(),
            "activation": short_decimals(nodes.activation).tolist(),
        },
        "rows": {
            "target": edges.target.tolist(),
            "count": np.diff(edges.indptr).tolist(),
            "value": short_decimals(edges.value).tolist(),
        },
        "edges": {"source": edges.source.tolist(), "weight": short_decimals(edges.weight).tolist()},
    }
    if pruned is not None:
        shown = {"nodes": pruned.node.tolist(), "edges": pruned.edge.tolist()}
        document["view"] = {**view_facts(pruned), **shown}
    return document


def from_headwater(document: Any) -> Graph:
    """Read it back. Raises InvalidGraphFile when the document is not such a graph."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidGraphFile(f'This is not a Headwater graph file: its "format" is not "{FORMAT}".')
    if document.get("version") != VERSION:
        raise wrong_version(document.get("version"), VERSION)
    kinds = list_column(document, "nodes", "kind")
    require(all(isinstance(kind, str) and kind in KINDS for kind in kinds), "a node has an unknown kind")
    nodes = {
        "kind": np.array([KINDS.index(kind) for kind in kinds], np.uint8),
        "layer": whole_column(document, "nodes", "layer", np.int16),
        "position": whole_column(document, "nodes", "position", np.int32),
        "index": whole_column(document, "nodes", "index", np.int32),
        "activation": real_column(document, "nodes", "activation"),
    }
    rows = {
        "target": whole_column(document, "rows", "target", np.int32),
        "count": whole_column(document, "rows", "count", np.int64),
        "value": real_column(document, "rows", "value"),
    }
    require(not len(rows["count"]) or int(rows["count"].min()) >= 0, "a row has a negative length")
    edges = {
        "source": whole_column(document, "edges", "source", np.int32),
        "weight": real_column(document, "edges", "weight"),
    }
    return build_graph(document, nodes, rows, edges)
