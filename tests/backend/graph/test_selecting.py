"""Circuits cut from scored edges, on graphs small enough to draw.

input --5--> a --4--> out        a <-> b have no edge, c is entered by nothing but b
input --1--> b --9--> c --2--> out        b --3--> out
"""

import time
from dataclasses import replace

import numpy as np
import pytest

from headwater.graph.circuit import (
    ATTN_SITE,
    EMBED_SITE,
    HEAD,
    LOGITS_SITE,
    Circuit,
    CircuitEdges,
    CircuitNodes,
)
from headwater.graph.graph import EMBEDDING, LOGIT
from headwater.graph.selecting import Wiring, greedy, nodes_of, pruned, top_n, wiring_of

INPUT, A, B, C, OUT = range(5)
EDGES = [(INPUT, A), (A, OUT), (INPUT, B), (B, C), (C, OUT), (B, OUT)]
WEIGHTS = np.array([5.0, -4.0, 1.0, 9.0, 2.0, 3.0])
WIRING = Wiring(
    np.array([edge[0] for edge in EDGES]),
    np.array([edge[1] for edge in EDGES]),
    roots=np.arange(5) == INPUT,
    goals=np.arange(5) == OUT,
)


def names(kept: np.ndarray) -> list[tuple[int, int]]:
    return [edge for edge, inside in zip(EDGES, kept, strict=True) if inside]


def test_the_strongest_edges_without_those_that_lead_nowhere() -> None:
    assert names(top_n(WEIGHTS, 3, WIRING)) == [(INPUT, A), (A, OUT)]  # b -> c is strongest, and in the air


def test_all_edges_are_the_whole_graph() -> None:
    assert names(top_n(WEIGHTS, 6, WIRING)) == EDGES
    assert names(greedy(WEIGHTS, 6, WIRING)) == EDGES
    assert names(top_n(WEIGHTS, 0, WIRING)) == []


def test_ranked_by_value_what_hurts_comes_last() -> None:
    assert names(top_n(WEIGHTS, 5, WIRING, "value")) == [(INPUT, B), (B, C), (C, OUT), (B, OUT)]


def test_greedy_goes_down_from_the_output() -> None:
    """a -> out (4), input -> a (5), b -> out (3); c -> out (2) comes before input -> b (1)."""
    assert names(greedy(WEIGHTS, 2, WIRING)) == [(INPUT, A), (A, OUT)]
    assert names(greedy(WEIGHTS, 4, WIRING)) == [
        (INPUT, A),
        (A, OUT),
    ]  # b and c are in, with no way from the input
    assert names(greedy(WEIGHTS, 6, WIRING)) == EDGES


@pytest.mark.parametrize("n", range(7))
def test_every_edge_of_a_circuit_lies_on_a_way_from_root_to_goal(n: int) -> None:
    for kept in (top_n(WEIGHTS, n, WIRING), greedy(WEIGHTS, n, WIRING)):
        assert kept.sum() <= n
        assert (pruned(kept, WIRING) == kept).all()


def test_equal_weights_keep_the_first() -> None:
    assert names(top_n(np.ones(6), 2, WIRING)) == [(INPUT, A), (A, OUT)]


def test_dead_ends_go_until_none_is_left() -> None:
    """input -> 1 -> out, input -> 2 -> out: a half of each way is no way."""
    chain = Wiring(np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]), np.arange(4) == 0, np.arange(4) == 3)

    assert not pruned(np.array([True, False, False, True]), chain).any()
    assert pruned(np.array([True, True, True, False]), chain).tolist() == [True, False, True, False]


def a_layered_graph(n_edges: int, seed: int = 0, n_vertices: int = 160) -> tuple[np.ndarray, Wiring]:
    """Edges from lower to higher vertices, weights with ties; 0 is the input, the last vertex the output."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.integers(0, n_vertices, (n_edges, 2)), axis=1)
    ends = ends[ends[:, 0] < ends[:, 1]]
    weights = rng.normal(size=len(ends)).round(1)
    vertex = np.arange(n_vertices)
    return weights, Wiring(ends[:, 0], ends[:, 1], vertex == 0, vertex == n_vertices - 1)


def without_dead_ends(kept: np.ndarray, wiring: Wiring) -> np.ndarray:
    """As the papers say it: vertices without inputs or outputs go, again and again."""
    while True:
        entered, left = wiring.roots.copy(), wiring.goals.copy()
        entered[wiring.target[kept]] = left[wiring.source[kept]] = True
        alive = kept & entered[wiring.source] & left[wiring.target]
        if (alive == kept).all():
            return kept
        kept = alive


@pytest.mark.parametrize("seed", range(20))
def test_what_lies_on_a_way_is_what_is_left_without_dead_ends(seed: int) -> None:
    weights, wiring = a_layered_graph(400, seed, n_vertices=60)
    kept = np.abs(weights) > 1

    assert (pruned(kept, wiring) == without_dead_ends(kept, wiring)).all()


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_best_open_edge_every_time(seed: int) -> None:
    weights, wiring = a_layered_graph(400, seed, n_vertices=60)
    reached, kept = wiring.goals.copy(), np.zeros(len(weights), bool)
    for _ in range(50):
        is_open = reached[wiring.target] & ~kept
        best = int(np.where(is_open, np.abs(weights), -1).argmax())
        kept[best] = reached[wiring.source[best]] = True

    assert (greedy(weights, 50, wiring) == without_dead_ends(kept, wiring)).all()


def test_a_circle_that_no_root_leads_into_is_no_circuit() -> None:
    circle = Wiring(np.array([1, 2, 2]), np.array([2, 1, 3]), np.arange(4) == 0, np.arange(4) == 3)

    assert not pruned(np.ones(3, bool), circle).any()


def test_three_hundred_thousand_edges_take_no_time() -> None:
    weights, wiring = a_layered_graph(300_000, n_vertices=5_000)
    began = time.perf_counter()

    kept = [select(weights, 100_000, wiring) for select in (top_n, greedy)]

    assert time.perf_counter() - began < 3  # 0.6 s on one core: room for a busy machine
    assert all(0 < one.sum() <= 100_000 for one in kept)


def circuit(edges: list[tuple[int, int, int]], n_bins: int = 2) -> Circuit:
    """Rows of each bin: input, a0.h0, logits. Edges as (source row, target row, slot)."""
    kinds, sites = [EMBEDDING, HEAD, LOGIT] * n_bins, [EMBED_SITE, ATTN_SITE, LOGITS_SITE] * n_bins
    nodes = CircuitNodes(
        np.array(kinds, np.uint8),
        np.array(sites, np.uint8),
        np.array([-1, 0, 1] * n_bins, np.int16),
        np.repeat(np.arange(n_bins, dtype=np.int32), 3),
        np.array([-1, 0, -1] * n_bins, np.int32),
        np.ones(3 * n_bins, np.float32),
        np.zeros(3 * n_bins, np.float32),
    )
    columns = np.array(edges, np.int32).reshape(-1, 3).T
    weights = np.ones(len(edges), np.float32)
    ones = np.ones(1, np.float32)
    return Circuit(
        nodes,
        CircuitEdges(columns[0], columns[1], columns[2].astype(np.uint8), weights),
        None,
        ("0", "1")[:n_bins],
        ones,
        ones,
        "components",
        1,
        1,
        "toy",
    )


Q, K, V = 1, 2, 3
IN0, HEAD0, OUT0, IN1, HEAD1, OUT1 = range(6)


def kept_edges(edges: list[tuple[int, int, int]], n_bins: int = 2) -> list[tuple[int, int, int]]:
    built = circuit(edges, n_bins)
    kept = pruned(np.ones(len(edges), bool), wiring_of(built))
    return [edge for edge, inside in zip(edges, kept, strict=True) if inside]


def test_a_value_leaves_a_head_where_an_edge_inside_carries_it() -> None:
    way = [(IN0, HEAD0, V), (HEAD0, HEAD1, V), (HEAD1, OUT1, 0)]

    assert kept_edges(way) == way
    assert kept_edges([way[0], (HEAD0, HEAD0, V), way[2]]) == []  # it comes out at 0, and is read at 1
    assert kept_edges([*way, (IN0, HEAD0, K)]) == way  # a key that nothing inside the head reads


def test_a_key_does_not_leave_as_a_value() -> None:
    assert kept_edges([(IN0, HEAD0, K), (HEAD0, HEAD1, V), (HEAD1, OUT1, 0)]) == []


def test_a_query_is_read_where_the_head_writes() -> None:
    way = [(IN1, HEAD1, Q), (HEAD0, HEAD1, Q), (HEAD1, OUT1, 0)]

    assert kept_edges(way) == way
    assert kept_edges([(IN0, HEAD0, Q), *way[1:]]) == []


def test_summed_over_positions_a_head_passes_on_whatever_enters() -> None:
    way = [(IN0, HEAD0, K), (HEAD0, OUT0, 0)]

    assert kept_edges(way, n_bins=1) == way
    assert nodes_of(np.array([True, False]), circuit(way, 1)).tolist() == [True, True, False]


def test_between_features_only_the_way_to_the_metric_counts() -> None:
    """A feature's effect is measured even where its inputs are not in the circuit."""
    edges = [(IN0, HEAD0, V), (HEAD0, OUT0, 0), (IN0, HEAD1, V)]
    features = replace(circuit(edges, 2), level="features")
    kept = pruned(np.ones(3, bool), wiring_of(features))

    assert kept.tolist() == [True, True, False]
    assert pruned(np.array([False, True, True]), wiring_of(features)).tolist() == [False, True, False]
