"""Graphs small enough to solve by hand, and random ones."""

import numpy as np
import pytest

from headwater.graph.graph import (
    BIAS,
    CONSTANTS,
    EMBEDDING,
    ERROR,
    FEATURE,
    LOGIT,
    POSITION,
    START,
    Edges,
    Graph,
    Nodes,
)

N_LAYERS, D_VOCAB = 3, 100


def build(nodes, rows, targets, tokens=("<s>", " a", " b"), values=None, provenance=None):
    """nodes: (kind, layer, position, index); rows: {target: {source: weight}}; targets: {node: weight}."""
    kind, layer, position, index = (list(column) for column in zip(*nodes, strict=True))
    weights = [weight for row in rows.values() for weight in row.values()]
    sources = [source for row in rows.values() for source in row]
    return Graph(
        nodes=Nodes(
            np.array(kind, np.uint8),
            np.array(layer, np.int16),
            np.array(position, np.int32),
            np.array(index, np.int32),
            np.array([1.5 if k == FEATURE else 0 for k in kind], np.float32),
        ),
        edges=Edges(
            np.array(list(rows), np.int32),
            np.concatenate([[0], np.cumsum([len(row) for row in rows.values()], dtype=np.int64)]),
            np.array(sources, np.int32),
            np.array(weights, np.float32),
            np.array(values or [sum(row.values()) for row in rows.values()], np.float32),
        ),
        token_ids=np.arange(10, 10 + len(tokens), dtype=np.int32),
        tokens=tuple(tokens),
        target_nodes=np.array(list(targets), np.int32),
        target_weights=np.array(list(targets.values()), np.float32),
        target_labels=tuple(f" t{node}" for node in targets),
        n_layers=N_LAYERS,
        d_vocab=D_VOCAB,
        model="toy",
        dictionaries=tuple(f"toy.transcoders.{layer}" for layer in range(N_LAYERS)),
        provenance=provenance or {},
    )


@pytest.fixture(scope="session", name="build")
def _build():
    return build


@pytest.fixture
def small():
    """Two tokens, a feature, an error, a logit:

        e0 --3--> f --2--> l        e1 --(-1)--> f       e1 --(-1)--> l       r --1--> l

    N[f] = e0 3/4, e1 1/4;  N[l] = f 2/4, r 1/4, e1 1/4;  w[l] = 0.8
    """
    nodes = [
        (EMBEDDING, -1, 0, 10),
        (EMBEDDING, -1, 1, 11),
        (FEATURE, 0, 1, 7),
        (ERROR, 1, 1, -1),
        (LOGIT, N_LAYERS, 1, 42),
    ]
    return build(nodes, {2: {0: 3, 1: -1}, 4: {2: 2, 3: 1, 1: -1}}, {4: 0.8}, tokens=("<s>", " a"))


@pytest.fixture
def with_constants():
    """`small` with a position, a bias and a start node that push hard, but count nowhere."""
    nodes = [
        (EMBEDDING, -1, 0, 10),
        (EMBEDDING, -1, 1, 11),
        (FEATURE, 0, 1, 7),
        (ERROR, 1, 1, -1),
        (LOGIT, N_LAYERS, 1, 42),
        (POSITION, -1, 1, -1),
        (BIAS, 0, 1, -1),
        (START, 1, 0, -1),
    ]
    # l: p1 brings 0.03 of an input total of 4, below 1 %; s1.0 brings 0.05, above
    rows = {2: {0: 3, 1: -1, 5: 4, 6: -2}, 4: {2: 2, 3: 1, 1: -1, 5: 0.03, 7: -0.05}}
    return build(nodes, rows, {4: 0.8}, tokens=("<s>", " a"))


def random_graph(seed, n_layers=N_LAYERS, positions=3, features=4, density=0.7, shuffled=False, targets=2):
    """Any feature and logit may read anything below it; constants included. Every third
    feature is a dead end. With `shuffled`, nodes and rows come in no order at all."""
    rng = np.random.default_rng(seed)
    nodes = [(EMBEDDING, -1, p, 10 + p) for p in range(positions)]
    nodes += [(POSITION, -1, p, -1) for p in range(positions)]
    for layer in range(n_layers):
        for p in range(positions):
            nodes += [(ERROR, layer, p, -1), (BIAS, layer, p, -1)]
            nodes += [(FEATURE, layer, p, i) for i in range(int(rng.integers(0, features + 1)))]
    nodes += [(LOGIT, n_layers, positions - 1, 40 + k) for k in range(targets)]
    if shuffled:
        nodes = [nodes[i] for i in rng.permutation(len(nodes))]
    height = [-2 if kind in CONSTANTS else layer for kind, layer, _, _ in nodes]
    readers = [i for i, (kind, *_) in enumerate(nodes) if kind in (FEATURE, LOGIT)]
    if shuffled:
        readers = [readers[i] for i in rng.permutation(len(readers))]
    rows = {}
    for t in readers:
        below = [
            s for s in range(len(nodes)) if height[s] < nodes[t][1] and nodes[s][2] <= nodes[t][2] and s % 3
        ]
        chosen = [s for s in below if rng.random() < density]
        rows[t] = {s: float(rng.normal() * np.exp(rng.normal())) for s in chosen}
    logits = [i for i, (kind, *_) in enumerate(nodes) if kind == LOGIT]
    weights = dict(zip(logits, [0.6, 0.25, 0.1][:targets], strict=True))
    tokens = tuple(f" t{p}" for p in range(positions))
    return build(nodes, rows, weights, tokens=tokens)


@pytest.fixture(scope="session", name="random_graph")
def _random_graph():
    return random_graph


@pytest.fixture(scope="session")
def dense():
    """The square matrix of a graph, rows = targets."""

    def of(graph):
        matrix = np.zeros((len(graph.nodes),) * 2)
        for row, target in enumerate(graph.edges.target):
            span = slice(graph.edges.indptr[row], graph.edges.indptr[row + 1])
            matrix[target, graph.edges.source[span]] = graph.edges.weight[span]
        return matrix

    return of
