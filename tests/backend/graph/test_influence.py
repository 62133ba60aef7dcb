import numpy as np
import pytest

from headwater.graph.influence import cumulative_share


def test_a_graph_solved_by_hand(small):
    # I[f] = .8 * 1/2; I[r] = .8 * 1/4; I[e1] = .8 * 1/4 + .4 * 1/4; I[e0] = .4 * 3/4
    np.testing.assert_allclose(small.flow.influence, [0.3, 0.3, 0.4, 0.2, 0], rtol=1e-6)


def test_cumulative_counts_a_node_and_all_stronger_ones(small):
    # by influence: f .4, then e0 .3, e1 .3, then r .2, then l 0; the sum is 1.2
    np.testing.assert_allclose(small.flow.cumulative, [0.7 / 1.2, 1.0 / 1.2, 0.4 / 1.2, 1, 1], rtol=1e-6)


def test_constants_neither_have_influence_nor_dilute_it(small, with_constants):
    np.testing.assert_allclose(with_constants.flow.influence[:5], small.flow.influence, rtol=1e-6)
    assert not with_constants.flow.influence[5:].any()
    np.testing.assert_allclose(with_constants.flow.input_total, [4, 4])


def test_a_row_sums_to_its_value_constants_included(with_constants):
    np.testing.assert_allclose(with_constants.flow.row_sum, with_constants.edges.value, rtol=1e-6)


def test_nothing_is_lost_on_the_way_down(small):
    """Rows sum to 1 and only embeddings and errors are sinks, so they hold all of w."""
    sinks = small.flow.influence[[0, 1, 3]].sum()

    assert sinks == pytest.approx(0.8)


def test_an_edge_that_goes_down_is_a_bug(build):
    nodes = [(0, -1, 0, 10), (2, 1, 0, 1), (2, 1, 0, 2), (6, 3, 0, 42)]
    graph = build(nodes, {1: {2: 1.0}, 3: {1: 1.0}}, {3: 1.0}, tokens=("a",))

    with pytest.raises(ValueError, match="later layer"):
        _ = graph.flow


def test_no_influence_at_all_is_all_ones():
    np.testing.assert_array_equal(cumulative_share(np.zeros(3)), [1, 1, 1])
