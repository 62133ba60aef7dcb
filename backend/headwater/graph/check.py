"""Is this a graph? Every file from outside passes here before anything computes with it."""

import numpy as np

from headwater.errors import InvalidGraphFile
from headwater.graph.graph import BIAS, CONSTANTS, ERROR, FEATURE, KINDS, LOGIT, START, Graph

MAX_NODES = 2_000_000
"""Far above any traceable prompt; keeps a hostile file from asking for huge per-node arrays."""


def check_graph(graph: Graph) -> Graph:
    """The graph itself, or InvalidGraphFile naming the first fact that does not hold."""
    _check_sizes(graph)
    _check_nodes(graph)
    _check_edges(graph)
    return graph


def require(holds: object, what: str) -> None:
    if not holds:
        raise InvalidGraphFile(f"This graph file is damaged: {what}. Export the graph again.")


def wrong_version(found: object, read: int) -> InvalidGraphFile:
    return InvalidGraphFile(
        f"This graph file has version {str(found)[:20]!r}, but this Headwater reads version {read}. "
        "Update Headwater, or export the graph again with the version you have."
    )


def _check_sizes(graph: Graph) -> None:
    nodes, edges = graph.nodes, graph.edges
    n, rows = len(nodes), len(edges.target)
    columns = (nodes.layer, nodes.position, nodes.index, nodes.activation)
    require(0 < n <= MAX_NODES, f"it has {n} nodes")
    require(all(len(column) == n for column in columns), "node columns differ in length")
    require(len(edges.value) == rows and len(edges.indptr) == rows + 1, "row columns differ in length")
    require(len(edges.weight) == len(edges.source), "edge columns differ in length")
    require(len(graph.token_ids) == len(graph.tokens) > 0, "token ids and tokens differ in number")
    targets = {len(graph.target_nodes), len(graph.target_weights), len(graph.target_labels)}
    require(len(targets) == 1 and targets != {0}, "target columns differ in length")
    require(0 < graph.n_layers < 2**15 and 0 < graph.d_vocab < 2**31, "layers or vocabulary out of range")
    require(len(graph.dictionaries) <= graph.n_layers, "it names more dictionaries than layers")


def _check_nodes(graph: Graph) -> None:
    nodes, layers = graph.nodes, graph.n_layers
    require(nodes.kind.max() < len(KINDS), "a node has an unknown kind")
    require(_within(nodes.position, 0, len(graph.tokens)), "a node lies outside the prompt")
    in_block = np.isin(nodes.kind, (FEATURE, ERROR, START))
    require(_within(nodes.layer[in_block], 0, layers), "a node lies outside the model's layers")
    # the final norm's bias lies above all blocks, with the logits it feeds
    require(_within(nodes.layer[nodes.kind == BIAS], 0, layers + 1), "a bias lies outside the model's layers")
    require(np.all(nodes.layer[nodes.kind == LOGIT] == layers), "a logit does not lie on top of the model")
    require(np.all(nodes.layer[(nodes.kind < FEATURE)] == -1), "an embedding does not lie below the model")
    require(np.isfinite(nodes.activation).all(), "an activation is not a number")
    places = np.stack([nodes.kind, nodes.layer, nodes.position, nodes.index])
    require(np.unique(places, axis=1).shape[1] == len(nodes), "two nodes are the same")
    targets = graph.target_nodes
    require(_within(targets, 0, len(nodes)), "a target is not a node")
    require(len(np.unique(targets)) == len(targets), "a target is named twice")
    weights = graph.target_weights
    require(np.isfinite(weights).all() and (weights >= 0).all(), "a target's weight is not a positive number")


def _check_edges(graph: Graph) -> None:
    nodes, edges = graph.nodes, graph.edges
    require(_within(edges.target, 0, len(nodes)), "a row's target is not a node")
    require(len(np.unique(edges.target)) == len(edges.target), "a node has two rows")
    counts = np.diff(edges.indptr)
    bounds_fit = edges.indptr[0] == 0 and edges.indptr[-1] == len(edges) and np.all(counts >= 0)
    require(bounds_fit, "the rows' lengths do not add up to the edges")
    require(_within(edges.source, 0, len(nodes)), "an edge's source is not a node")
    require(np.isfinite(edges.weight).all(), "an edge's weight is not a number")
    require(np.isfinite(edges.value).all(), "a row's value is not a number")
    height = np.where(np.isin(nodes.kind, CONSTANTS), np.int16(-2), nodes.layer)
    causal = height[edges.source] < np.repeat(nodes.layer[edges.target], counts)
    require(causal.all(), "an edge does not lead to a later layer")


def _within(values: np.ndarray, low: int, high: int) -> bool:
    return not len(values) or (int(values.min()) >= low and int(values.max()) < high)
