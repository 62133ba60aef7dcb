"""Every number by hand."""

import itertools
import math

import numpy as np
import pytest

from headwater.evaluation import scores


def test_faithfulness_is_one_for_the_model_and_zero_for_nothing() -> None:
    assert scores.faithfulness(4.0, clean=4.0, empty=-1.0) == 1
    assert scores.faithfulness(-1.0, clean=4.0, empty=-1.0) == 0
    assert scores.faithfulness(6.5, clean=4.0, empty=-1.0) == 1.5
    assert math.isnan(scores.faithfulness(1.0, clean=2.0, empty=2.0))


def test_a_perfect_curve_has_cpr_999_and_cmd_0() -> None:
    perfect = np.ones(10)

    assert scores.cpr(scores.FRACTIONS, perfect) == pytest.approx(0.999)
    assert scores.cmd(scores.FRACTIONS, perfect) == 0


def test_the_last_segment_gives_a_quarter_for_free() -> None:
    only_all_edges = np.array([0.0] * 9 + [1.0])

    assert scores.cpr(scores.FRACTIONS, only_all_edges) == pytest.approx(0.25)
    assert scores.cmd(scores.FRACTIONS, only_all_edges) == pytest.approx(0.749)


def test_edge_counts_are_floors_of_exact_products() -> None:
    assert [scores.edge_count(f, 110) for f in scores.FRACTIONS] == [0, 0, 0, 1, 2, 5, 11, 22, 55, 110]
    assert scores.edge_count(0.29, 100) == 29
    assert scores.edge_count(0.1, 30) == 3


def test_auroc_counts_pairs_and_ties_as_half() -> None:
    ranked, true = [3.0, 1.0, 1.0, 0.0], [True, True, False, False]
    pairs = list(itertools.product([3.0, 1.0], [1.0, 0.0]))
    by_hand = sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)

    assert scores.auroc(ranked, true) == by_hand == 0.875
    assert scores.auroc([0, 0, 0], [True, False, False]) == 0.5
    assert math.isnan(scores.auroc([1.0], [True]))


def test_average_precision_takes_ties_together() -> None:
    # Above: one true. Then a true and a false one together: 2 of 3 are true, and recall grows by 1/2.
    assert scores.average_precision([3, 1, 1, 0], [1, 1, 0, 0]) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert scores.average_precision([0, 0, 0, 0], [1, 0, 0, 0]) == pytest.approx(0.25)


def test_expected_overlap_is_the_mean_over_all_pairs_of_sets() -> None:
    things = range(6)

    def mean(a: int, b: int) -> float:
        sets = itertools.product(itertools.combinations(things, a), itertools.combinations(things, b))
        values = [len({*x} & {*y}) / len({*x} | {*y}) for x, y in sets]
        return sum(values) / len(values)

    for a, b in ((1, 1), (3, 3), (2, 4), (6, 2)):
        assert scores.expected_jaccard(a, b, 6) == pytest.approx(mean(a, b))


def test_the_simple_chance_level_is_that_of_the_paper_and_near_the_exact_one() -> None:
    assert scores.simple_chance(20, 20, 100) == pytest.approx(0.2 / 1.8)
    assert scores.expected_jaccard(2000, 2000, 10000) == pytest.approx(0.2 / 1.8, abs=1e-4)


def test_overlap_counts_what_is_shared() -> None:
    found = scores.overlap({"a", "b", "c"}, {"b", "c", "d"}, total=10)

    assert (found.shared, found.only_a, found.only_b, found.jaccard) == (2, 1, 1, 0.5)
    assert math.isnan(scores.overlap(set(), set(), total=10).jaccard)


def test_spread_ignores_ratios_over_zero() -> None:
    found = scores.spread([math.nan, math.inf, *range(101)])

    assert found is not None
    assert (found.worst5, found.q1, found.median, found.q3) == (5, 25, 50, 75)
    assert scores.spread([math.nan]) is None
