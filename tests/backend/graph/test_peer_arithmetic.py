"""Ours against circuit-tracer's graph arithmetic, written plainly on dense matrices.

The plain version (TRACING.md c.5-c.8) is slow on purpose: it sums the series step by step
and sorts all n^2 scores. It differs from the peer in two things, as ours does: an influence
or score of 0 is never kept (b.6.5), and scores equal up to rounding stay together.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.graph.graph import CONSTANTS, KINDS, Edges, Graph, Nodes

# circuit-tracer's own answers, see make_peer_pruning.py.
PRUNING = Path(__file__).with_name("peer_pruning.npz")

shares = st.sampled_from([0.0, 0.5, 0.8, 0.98, 1.0]) | st.floats(0, 1)
seeds = st.integers(0, 100_000)
quickly = settings(max_examples=60, deadline=None)


def normalise(a):
    a = np.abs(a)
    return a / np.maximum(a.sum(axis=1, keepdims=True), 1e-10)


def influence(n, w):
    total, step = np.zeros(len(w)), w @ n
    while step.any():
        total, step = total + step, step @ n
    return total


def threshold(scores, share):
    ordered = np.sort(scores.ravel())[::-1]
    cumulative = np.cumsum(ordered) / max(ordered.sum(), 1e-8)
    last = min(np.searchsorted(cumulative, (1 - 1e-12) * share), len(ordered) - 1)
    return (1 - 1e-12) * ordered[last]


def prune(a, w, kinds, node_share, edge_share):
    """(node mask, edge mask, edge scores) of a matrix without constants."""
    is_token, is_target = kinds == "embedding", w > 0
    i = influence(normalise(a), w)
    nodes = (i >= threshold(i, node_share)) & (i > 0) | is_token | is_target
    cut = a.copy()
    cut[~nodes] = 0
    cut[:, ~nodes] = 0
    n = normalise(cut)
    scores = n * (influence(n, w) + w)[:, None]
    edges = (scores >= threshold(scores, edge_share)) & (scores > 0)
    leaf_free = ~is_token & ~is_target
    while True:
        before = nodes.copy()
        nodes &= edges.any(axis=0) | ~leaf_free
        nodes &= edges.any(axis=1) | ~(leaf_free & (kinds == "feature"))
        edges[~nodes] = False
        edges[:, ~nodes] = False
        if (nodes == before).all():
            return nodes, edges, scores


def scores(a, w, kinds):
    n = normalise(a)
    i = influence(n, w)
    tokens, errors = i[kinds == "embedding"].sum(), i[kinds == "error"].sum()
    fraction = 1 - n[:, kinds == "error"].sum(axis=1)
    output = i + w
    return tokens / (tokens + errors), (output * fraction).sum() / output.sum()


def plain(graph, dense):
    """(matrix without constants, weights, kinds)."""
    a = dense(graph)
    a[:, np.isin(graph.nodes.kind, CONSTANTS)] = 0
    w = np.zeros(len(a))
    w[graph.target_nodes] = graph.target_weights
    return a, w, np.array(KINDS)[graph.nodes.kind]


@quickly
@given(seeds, st.booleans())
def test_influence_is_the_peers_series(random_graph, dense, seed, shuffled):
    graph = random_graph(seed, shuffled=shuffled)
    a, w, _ = plain(graph, dense)

    np.testing.assert_allclose(graph.flow.influence, influence(normalise(a), w), rtol=1e-6, atol=1e-12)


@quickly
@given(seeds, shares, shares, st.booleans())
def test_pruning_keeps_what_the_peer_keeps(random_graph, dense, seed, node_share, edge_share, shuffled):
    graph = random_graph(seed, shuffled=shuffled)
    a, w, kinds = plain(graph, dense)

    pruned = graph.prune(node_share, edge_share)
    nodes, edges, edge_scores = prune(a, w, kinds, node_share, edge_share)

    is_constant = graph.flow.is_constant
    assert set(pruned.node[~is_constant[pruned.node]]) == set(np.flatnonzero(nodes))
    counts = ~is_constant[pruned.node[pruned.source]]
    target, source = pruned.node[pruned.target[counts]], pruned.node[pruned.source[counts]]
    assert set(zip(target, source, strict=True)) == set(zip(*np.nonzero(edges), strict=True))
    np.testing.assert_allclose(pruned.score[counts], edge_scores[target, source], rtol=1e-5)
    np.testing.assert_allclose(np.abs(pruned.weight[counts]), np.abs(a[target, source]), rtol=1e-6)


@quickly
@given(seeds, st.booleans())
def test_scores_are_the_peers(random_graph, dense, seed, shuffled):
    graph = random_graph(seed, shuffled=shuffled)
    a, w, kinds = plain(graph, dense)
    if not a[w > 0].any():
        return  # nothing reaches the target: the peer divides 0 by 0

    replacement, completeness = scores(a, w, kinds)

    assert graph.scores.replacement == pytest.approx(replacement, rel=1e-6)
    assert graph.scores.completeness == pytest.approx(completeness, rel=1e-6)


def test_scores_and_cumulative_influence_of_the_peer():
    graph = read_peer(PRUNING)
    with np.load(PRUNING) as peer:
        replacement, completeness = peer["scores"]
        cumulative = peer["cumulative"]

    assert graph.scores.replacement == pytest.approx(replacement, abs=1e-6)
    assert graph.scores.completeness == pytest.approx(completeness, abs=1e-6)
    flows = graph.flow.influence > 0  # nodes without any stand at the end, in whatever order
    np.testing.assert_allclose(graph.flow.cumulative[flows], cumulative[flows], atol=1e-6)


@pytest.mark.parametrize("case", range(7))
def test_pruning_masks_of_the_peer(case):
    with np.load(PRUNING) as peer:
        thresholds, nodes = peer["thresholds"][case], peer["node_masks"][case]
        edges = peer["edge_masks"][case]
    pruned = read_peer(PRUNING).prune(*thresholds.tolist())

    assert pruned.node.tolist() == np.flatnonzero(nodes).tolist()
    drawn = set(zip(pruned.node[pruned.target], pruned.node[pruned.source], strict=True))
    assert drawn == set(zip(*np.nonzero(edges), strict=True))


def read_peer(path):
    with np.load(path, allow_pickle=False) as peer:
        kind = np.array([KINDS.index(name) for name in peer["kind"]], np.uint8)
        n = len(kind)
        a = peer["adjacency"]
        layer, token_ids = peer["layer"].astype(np.int16), peer["token_ids"].astype(np.int32)
        position, index = peer["position"].astype(np.int32), peer["index"].astype(np.int32)
        weights = peer["logit_probabilities"].astype(np.float32)
    rows = np.flatnonzero(a.any(axis=1)).astype(np.int32)
    target, source = np.nonzero(a)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=n)[rows])])
    logits = np.flatnonzero(kind == KINDS.index("logit")).astype(np.int32)
    n_layers = int(layer[logits[0]])
    return Graph(
        nodes=Nodes(kind, layer, position, index, np.zeros(n, np.float32)),
        edges=Edges(rows, indptr, source.astype(np.int32), a[target, source], a[rows].sum(axis=1)),
        token_ids=token_ids,
        tokens=tuple(map(str, token_ids)),
        target_nodes=logits,
        target_weights=weights,
        target_labels=tuple(map(str, index[logits])),
        n_layers=n_layers,
        d_vocab=int(index.max()) + 1,
        model="peer",
        dictionaries=("peer",) * n_layers,
    )
