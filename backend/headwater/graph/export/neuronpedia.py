"""The graph JSON that circuit-tracer writes and Neuronpedia reads (TRACING.md b).

What a reader of the file should know:

* Ids are circuit-tracer's. Its error ids collide with layer-0 features (`0_5_3` is both the
  error at layer 5, position 3 and feature 5 of layer 0 at position 3; b.6.1): a colliding
  error node gets our id instead. Every node carries ours in `headwater_id`.
* `influence` is cumulative on the unpruned graph: small = important (b.6.2).
* Constants (position, bias, start) are left out, because the viewers' "percent of input"
  divides by all links of the file; `metadata.info.headwater.left_out` counts them.
* A one-layer model's graph cannot be shown by Neuronpedia (b.6.3), and a graph that
  explains a feature has no logit nodes.
"""

import re
from typing import Any

import numpy as np

import headwater
from headwater.graph.container import short_decimals
from headwater.graph.graph import EMBEDDING, ERROR, FEATURE, KINDS, LOGIT
from headwater.graph.prune import PrunedGraph

_TYPES = {
    FEATURE: "cross layer transcoder",  # circuit-tracer's word for per-layer transcoders too
    ERROR: "mlp reconstruction error",
    EMBEDDING: "embedding",
    LOGIT: "logit",
}


def to_neuronpedia(
    pruned: PrunedGraph, *, slug: str = "headwater", scan: str | None = None
) -> dict[str, Any]:
    """`scan` is the model's id where the file will be shown; the model's own name by default."""
    graph = pruned.graph
    kinds = graph.nodes.kind[pruned.node]
    told = np.isin(kinds, list(_TYPES))
    nodes = _nodes(pruned, told)
    ids = {row: node["node_id"] for row, node in zip(np.flatnonzero(told).tolist(), nodes, strict=True)}
    columns = (pruned.source, pruned.target, short_decimals(pruned.weight))
    links = [
        {"source": ids[source], "target": ids[target], "weight": weight}
        for source, target, weight in zip(*(column.tolist() for column in columns), strict=True)
        if source in ids and target in ids
    ]
    left_out = np.bincount(kinds[~told], minlength=len(KINDS)).tolist()
    return {
        "metadata": _metadata(pruned, slug, scan or graph.model, left_out),
        "qParams": {"pinnedIds": [], "supernodes": [], "linkType": "both", "clickedId": "", "sg_pos": ""},
        "nodes": nodes,
        "links": links,
    }


def cantor(layer: int, index: int) -> int:
    """circuit-tracer's single number for a feature."""
    return (layer + index) * (layer + index + 1) // 2 + index


def _metadata(pruned: PrunedGraph, slug: str, scan: str, left_out: list[int]) -> dict[str, Any]:
    graph = pruned.graph
    method = graph.provenance.get("method")
    return {
        "slug": re.sub(r"[^A-Za-z0-9_-]+", "-", slug).strip("-") or "headwater",
        "scan": scan,
        "transcoder_list": list(graph.dictionaries),
        "prompt_tokens": list(graph.tokens),
        "prompt": graph.prompt,
        "node_threshold": pruned.node_threshold,
        "schema_version": 1,
        "info": {
            "generator": {"name": "headwater", "version": headwater.__version__},
            "headwater": {
                "left_out": {name: count for name, count in zip(KINDS, left_out, strict=True) if count},
                "hidden": pruned.hidden,
                "edges_total": pruned.edges_total,
            },
        },
        "generation_settings": {"method": method} if method else {},
        "pruning_settings": {
            "node_threshold": pruned.node_threshold,
            "edge_threshold": pruned.edge_threshold,
        },
    }


def _nodes(pruned: PrunedGraph, told: np.ndarray) -> list[dict[str, Any]]:
    graph, shown = pruned.graph, pruned.node[told]
    nodes = graph.nodes
    columns = (
        nodes.kind[shown],
        nodes.layer[shown],
        nodes.index[shown],
        nodes.position[shown],
        short_decimals(nodes.activation[shown]),
        short_decimals(pruned.cumulative[told]),
        short_decimals(pruned.probability[told]),
    )
    feature_ids = {
        f"{layer}_{index}_{position}"
        for kind, layer, index, position in zip(*(c.tolist() for c in columns[:4]), strict=True)
        if kind == FEATURE
    }
    labels, our_ids = np.array(pruned.labels, object)[told], np.array(pruned.ids, object)[told]
    first_logit = next((n for n in graph.target_nodes.tolist() if nodes.kind[n] == LOGIT), None)
    rows = zip(shown.tolist(), *(column.tolist() for column in columns), labels, our_ids, strict=True)
    return [
        _node(graph.n_layers, feature_ids, is_first=node == first_logit, facts=facts) for node, *facts in rows
    ]


def _node(n_layers: int, feature_ids: set[str], *, is_first: bool, facts: list[Any]) -> dict[str, Any]:
    kind, layer, index, position, activation, cumulative, probability, label, our_id = facts
    common = {
        "ctx_idx": position,
        "feature_type": _TYPES[kind],
        "token_prob": probability if kind == LOGIT else 0.0,
        "is_target_logit": is_first,
        "run_idx": 0,
        "reverse_ctx_idx": 0,
        "clerp": f'Output "{label}" (p={probability:.3f})' if kind == LOGIT else "",
        "influence": None if cumulative != cumulative else cumulative,
        "activation": activation if kind == FEATURE else None,
        "headwater_id": our_id,
    }
    if kind == FEATURE:
        name, js = f"{layer}_{index}_{position}", f"{layer}_{index}-0"
        feature, where = cantor(layer, index), str(layer)
    elif kind == ERROR:
        theirs = f"0_{layer}_{position}"
        name = our_id if theirs in feature_ids else theirs
        js, feature, where = f"{layer}_{position}-0", -1, str(layer)
    elif kind == EMBEDDING:
        name, js, feature, where = f"E_{index}_{position}", f"E_{index}-{position}", position, "E"
    else:
        top = n_layers + 1  # circuit-tracer leaves layer n_layers empty
        name, js, feature, where = f"{top}_{index}_{position}", f"L_{index}-{position}", index, str(top)
    return {"node_id": name, "feature": feature, "layer": where, "jsNodeId": js, **common}
