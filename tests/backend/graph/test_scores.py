import pytest


def test_scores_solved_by_hand(small):
    # embeddings .3 + .3, error .2; l has 1/4 from an error, everyone else nothing
    assert small.scores.replacement == pytest.approx(0.6 / 0.8)
    assert small.scores.completeness == pytest.approx((0.3 + 0.3 + 0.4 + 0.2 + 0.8 * 3 / 4) / 2.0)
    assert small.scores.completeness_leaf_free == pytest.approx((0.4 + 0.8 * 3 / 4) / 1.2)


def test_constants_change_no_score(small, with_constants):
    assert with_constants.scores.replacement == pytest.approx(small.scores.replacement)
    assert with_constants.scores.completeness == pytest.approx(small.scores.completeness)


def test_without_features_completeness_has_a_floor_and_the_leaf_free_one_has_none(build):
    nodes = [(0, -1, 0, 10), (3, 0, 0, -1), (6, 3, 0, 42)]
    scores = build(nodes, {2: {0: 1.0, 1: 3.0}}, {2: 1.0}, tokens=("a",)).scores

    assert scores.replacement == pytest.approx(0.25)
    assert scores.completeness == pytest.approx((1 + 0.25) / 2)
    assert scores.completeness_leaf_free == pytest.approx(0.25)


def test_a_graph_that_explains_nothing_scores_zero(build):
    scores = build([(0, -1, 0, 10), (6, 3, 0, 42)], {1: {}}, {1: 1.0}, tokens=("a",)).scores

    assert scores.replacement == 0.0
