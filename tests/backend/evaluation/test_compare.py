"""Two circuits side by side."""

import math
from dataclasses import replace

import numpy as np
import pytest

from headwater.errors import InvalidSetting
from headwater.evaluation.compare import compare_circuits, correlation
from headwater.graph.circuit import Circuit
from headwater.graph.export.mib import from_mib


def circuit(scores: dict[str, float], nodes: dict[str, float]) -> Circuit:
    document = {
        "cfg": {"n_layers": 1, "n_heads": 2, "parallel_attn_mlp": False, "d_model": 4},
        "nodes": {name: {"in_graph": True, "score": score} for name, score in nodes.items()},
        "edges": {name: {"in_graph": True, "score": score} for name, score in scores.items()},
    }
    return from_mib(document).circuit


A = circuit(
    {"input->a0.h0<q>": 3.0, "a0.h0->logits": -2.0, "input->m0": 1.0, "m0->logits": 0.5},
    {"input": 4.0, "a0.h0": -2.0, "m0": 0.5},
)
B = circuit(
    {"input->a0.h0<q>": 1.0, "a0.h0->logits": 0.1, "input->m0": -5.0, "m0->logits": 0.2},
    {"input": 4.0, "a0.h0": 0.1, "m0": 3.0},
)


def test_shared_and_different_edges_stand_beside_chance() -> None:
    found = compare_circuits(A, B, nodes=2, edges=2)

    assert found.edges.names == ("input->m0", "input->a0.h0<q>", "a0.h0->logits")
    assert found.edges.in_a == (False, True, True)
    assert found.edges.in_b == (True, True, False)
    assert found.edges.score_a == (1.0, 3.0, -2.0)
    assert (found.edges.overlap.shared, found.edges.overlap.total) == (1, 4)
    assert found.edges.overlap.jaccard == pytest.approx(1 / 3)
    # Two of four, twice: shared 0, 1, 2 with chances 1/6, 4/6, 1/6.
    assert found.edges.overlap.chance == pytest.approx(4 / 6 / 3 + 1 / 6)
    assert found.edges.overlap.chance_simple == pytest.approx(0.5 / 1.5)


def test_the_metric_is_no_node_to_share() -> None:
    found = compare_circuits(A, B, share=1.0)

    assert set(found.nodes.names) == {"input", "a0.h0", "m0"}
    assert found.nodes.overlap.jaccard == 1


def test_correlation_is_over_everything_scored() -> None:
    found = compare_circuits(A, A, share=0.5)

    assert found.edges.correlation == pytest.approx(1)
    assert found.edges.rank_correlation == pytest.approx(1)
    assert correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert np.isnan(correlation(np.zeros(0), np.zeros(0)))
    assert math.isnan(correlation(np.ones(3), np.arange(3.0)))


def test_circuits_of_two_models_are_not_compared() -> None:
    with pytest.raises(InvalidSetting, match="different models"):
        compare_circuits(A, replace(B, n_heads=3), share=0.1)
    with pytest.raises(InvalidSetting, match="features"):
        compare_circuits(A, replace(B, level="features"), share=0.1)
    with pytest.raises(InvalidSetting, match="different models"):
        compare_circuits(replace(A, model="brook"), replace(B, model="creek"), share=0.1)
    with pytest.raises(InvalidSetting, match="share"):
        compare_circuits(A, B)
    with pytest.raises(InvalidSetting, match="between 0 and 1"):
        compare_circuits(A, B, share=2.0)
