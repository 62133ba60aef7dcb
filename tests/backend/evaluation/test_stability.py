"""Examples drawn again."""

from dataclasses import replace

import numpy as np
import pytest
from test_compare import A

from headwater.errors import InvalidSetting
from headwater.evaluation.stability import bootstrap, node_stability
from headwater.graph.circuit import ExampleEffects


def test_what_every_example_agrees_on_is_always_there() -> None:
    scores = np.tile(np.array([5.0, -4.0, 1.0, 0.0], np.float32), (6, 1))

    found = bootstrap(scores, ["a", "b", "c", "d"], size=2, n_resamples=100)

    assert [(item.name, item.score, item.frequency) for item in found.items] == [("a", 5, 1), ("b", -4, 1)]
    assert found.mean_jaccard == 1
    assert found.chance == pytest.approx(4 / 6 / 3 + 1 / 6)


def test_what_one_example_brings_comes_and_goes_with_it() -> None:
    """Of three examples one is missed by a draw with chance (2/3)^3; then b is stronger than a."""
    scores = np.zeros((3, 2), np.float32)
    scores[0, 0], scores[:, 1] = 30, 1

    found = bootstrap(scores, ["a", "b"], size=1, n_resamples=4000, seed=1)

    assert found.items[0].name == "a"
    assert found.items[0].frequency == pytest.approx(1 - (2 / 3) ** 3, abs=0.03)
    assert found.items[0].frequency + found.items[1].frequency == pytest.approx(1)


def test_draws_are_the_seeds() -> None:
    scores = np.random.default_rng(0).standard_normal((8, 50)).astype(np.float32)
    names = [str(number) for number in range(50)]

    one, same, other = (bootstrap(scores, names, 5, 30, seed) for seed in (0, 0, 1))

    assert one == same
    assert one != other


def test_nodes_use_their_stored_effects() -> None:
    """input has effect 1 on both examples, a0.h0 -6 on the second only, m0 none."""
    rows = A.row_of
    effects = {rows["input"]: [(0, 1.0), (1, 1.0)], rows["a0.h0"]: [(1, -6.0)]}
    lists = [effects.get(row, []) for row in range(len(A.nodes))]
    stored = ExampleEffects(
        indptr=np.cumsum([0, *map(len, lists)]),
        example=np.array([number for part in lists for number, _ in part], np.int32),
        effect=np.array([effect for part in lists for _, effect in part], np.float32),
    )
    circuit = replace(A, examples=stored, metric_clean=np.ones(2, np.float32), metric_patch=np.zeros(2))

    found = node_stability(circuit, size=1, n_resamples=2000)

    assert [(item.name, item.score) for item in found.items] == [("a0.h0", -3), ("input", 1)]
    assert found.items[0].frequency == pytest.approx(0.75, abs=0.03)
    assert found.total == 3


def test_an_imported_circuit_has_no_examples_to_draw() -> None:
    with pytest.raises(InvalidSetting, match="without effects by example"):
        node_stability(A, 1, 10)
