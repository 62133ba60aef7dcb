import dataclasses

import numpy as np
import pytest

from headwater.errors import InvalidSetting
from headwater.graph.prune import at_threshold, smallest_kept


def shown(pruned):
    return set(pruned.ids)


def drawn(pruned):
    ids = pruned.ids
    return [(ids[s], ids[t]) for s, t in zip(pruned.source, pruned.target, strict=True)]


def test_everything_is_shown_at_one(small):
    pruned = small.prune(1.0, 1.0)

    assert pruned.ids == ["e0", "e1", "f0.7.1", "r1.1", "l42.1"]
    assert len(pruned.edge) == 5
    assert pruned.hidden == {}
    assert pruned.edges_hidden == 0


def test_edges_come_strongest_first(small):
    pruned = small.prune(1.0, 1.0)

    # scores: f->l .8/2; e0->f .4 * 3/4; r->l and e1->l .8/4; e1->f .4/4
    np.testing.assert_allclose(pruned.score, [0.4, 0.3, 0.2, 0.2, 0.1], rtol=1e-6)
    assert drawn(pruned)[:2] == [("f0.7.1", "l42.1"), ("e0", "f0.7.1")]


def test_a_weak_node_goes_and_its_share_moves_to_the_others(small):
    # cumulative: f .33, e0 .58, e1 .83, r 1: at .8 the error term goes
    pruned = small.prune(0.8, 1.0)

    assert shown(pruned) == {"e0", "e1", "f0.7.1", "l42.1"}
    assert pruned.hidden == {"error": 1}
    # l reads f 2/3 and e1 1/3 now; f then has .8 * 2/3, of which e0 gives 3/4
    scores = dict(zip(drawn(pruned), pruned.score.tolist(), strict=True))
    assert scores["f0.7.1", "l42.1"] == pytest.approx(0.8 * 2 / 3)
    assert scores["e0", "f0.7.1"] == pytest.approx(0.8 * 2 / 3 * 3 / 4)


def test_tokens_and_targets_always_stay(small):
    pruned = small.prune(0.0, 0.0)

    # one node passes (f), one edge passes (f -> l); then f has nothing that leads to it
    assert shown(pruned) == {"e0", "e1", "l42.1"}
    assert len(pruned.edge) == 0
    assert pruned.hidden == {"feature": 1, "error": 1}


def test_a_node_that_leads_nowhere_is_never_shown(build):
    nodes = [(0, -1, 0, 10), (2, 0, 0, 1), (2, 1, 0, 2), (2, 1, 0, 3), (6, 3, 0, 42)]
    # feature 3 of layer 1 feeds nothing, so feature 1 of layer 0 is used by feature 2 only
    rows = {1: {0: 1.0}, 2: {1: 1.0}, 3: {1: 5.0}, 4: {2: 1.0}}
    pruned = build(nodes, rows, {4: 0.5}, tokens=("a",)).prune(1.0, 1.0)

    assert "f1.3.0" not in shown(pruned)
    assert len(pruned.edge) == 3


def test_a_feature_as_target_is_explained_like_a_logit(build):
    nodes = [(0, -1, 0, 10), (3, 0, 0, -1), (2, 1, 0, 2)]
    pruned = build(nodes, {2: {0: 1.0, 1: -3.0}}, {2: 1.0}, tokens=("a",)).prune(0.5, 0.5)

    assert shown(pruned) == {"e0", "r0.0", "f1.2.0"}
    assert drawn(pruned) == [("r0.0", "f1.2.0")]
    assert np.isnan(pruned.probability).all()
    assert pruned.labels == ["", "", " t2"]


def test_constants_are_shown_from_one_percent_of_a_target(with_constants):
    pruned = with_constants.prune(1.0, 1.0)

    constant = [edge for edge in drawn(pruned) if edge[0][0] in "pbs"]
    # p1 gives f 4 of 4 and l .03 of 4 (below 1 %); s1.0 gives l .05 of 4
    assert set(constant) == {("p1", "f0.7.1"), ("b0.1", "f0.7.1"), ("s1.0", "l42.1")}
    shares = dict(zip(drawn(pruned), pruned.share.tolist(), strict=True))
    assert shares["b0.1", "f0.7.1"] == pytest.approx(-0.5)
    assert pruned.edges_hidden == 1


def test_constants_change_nothing_else(small, with_constants):
    plain, full = small.prune(0.8, 0.9), with_constants.prune(0.8, 0.9)

    others = [edge for edge in drawn(full) if edge[0][0] not in "pbs"]
    assert others == drawn(plain)
    assert shown(full) - {"p1", "b0.1", "s1.0"} == shown(plain)


def test_a_constant_is_hidden_with_its_only_target(with_constants):
    pruned = with_constants.prune(0.0, 0.0)

    assert shown(pruned) == {"e0", "e1", "l42.1", "s1.0"}
    assert pruned.hidden["position"] == 1


def test_a_target_fed_by_constants_alone_has_no_shares(build):
    nodes = [(0, -1, 0, 10), (4, 0, 0, -1), (6, 3, 0, 42)]
    pruned = build(nodes, {2: {1: 2.0}}, {2: 1.0}, tokens=("a",)).prune()

    assert pruned.share.tolist() == [0.0]
    assert shown(pruned) == {"e0", "b0.0", "l42.0"}


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["node_threshold", "edge_threshold"])
def test_a_threshold_outside_0_to_1_is_refused(small, name, value):
    with pytest.raises(InvalidSetting, match=f"{name} is .*from 0 to 1"):
        small.prune(**{name: value})


def test_columns_of_shown_nodes(small):
    pruned = dataclasses.replace(
        small, edges=dataclasses.replace(small.edges, value=np.float32([2.5, 2]))
    ).prune(1.0, 1.0)

    np.testing.assert_allclose(pruned.influence, np.array([0.3, 0.3, 0.4, 0.2, 0]) / 1.2, rtol=1e-6)
    np.testing.assert_array_equal(np.isnan(pruned.cumulative), [False] * 4 + [True])
    np.testing.assert_array_equal(pruned.value, np.float32([np.nan, np.nan, 2.5, np.nan, 2]))
    # the feature's row sums to 2 but 2.5 was measured; the logit's row is complete
    np.testing.assert_allclose(pruned.row_residual[[2, 4]], [0.5, 0])
    np.testing.assert_allclose(pruned.input_total, [0, 0, 4, 0, 4])
    np.testing.assert_allclose(pruned.probability[4], 0.8)


def test_selection_finds_what_sorting_finds():
    rng = np.random.default_rng(0)
    scores = np.exp(rng.normal(size=5000) * 5)
    for share in (0.001, 0.3, 0.8, 0.98, 0.999999):
        ordered = np.sort(scores)[::-1]
        expected = ordered[np.searchsorted(np.cumsum(ordered), share * ordered.sum())]
        assert smallest_kept(scores, share) == expected


def test_equal_scores_stay_together():
    assert at_threshold(np.array([1.0, 1.0, 1.0, 0.0]), 0.5).tolist() == [True, True, True, False]


def test_zeros_are_never_kept():
    assert not at_threshold(np.zeros(4), 0.5).any()
    assert at_threshold(np.array([0.0, 2.0]), 1.0).tolist() == [False, True]


def test_paths_by_strength(small):
    paths = small.prune(1.0, 1.0).top_paths(10)

    assert [path.nodes for path in paths[:1]] == [("e0", "f0.7.1", "l42.1")]
    # .8 * 1/2 * 3/4, then the two direct quarters, then .8 * 1/2 * 1/4: together all of .8
    assert [path.strength for path in paths] == pytest.approx([0.3, 0.2, 0.2, 0.1])
    assert [path.sign for path in paths if path.nodes[0] == "e1"] == [-1, -1]
    assert str(paths[0]) == "e0 → f0.7.1 → l42.1  (+30.00%)"


def test_paths_stop_at_the_number_asked_for(small):
    assert len(small.prune(1.0, 1.0).top_paths(2)) == 2
    assert small.prune(0.0, 0.0).top_paths(5) == []


def test_features_come_most_influential_first(random_graph):
    features = random_graph(5).features

    influences = [feature.influence for feature in features]
    assert influences == sorted(influences, reverse=True)
    assert features[0].id == f"f{features[0].layer}.{features[0].index}.{features[0].position}"
