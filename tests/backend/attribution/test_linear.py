"""Laws of linear tracing: solved by hand, then against the definition on random networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.synthetic import Size, random_network
from headwater.attribution.linear import explain
from headwater.attribution.linear.replacement import until
from headwater.attribution.methods import (
    ChosenTokens,
    FeatureTarget,
    LinearTracing,
    LogitDifference,
    Targets,
    TopLogits,
)
from headwater.dictionaries.dictionary import Dictionary
from headwater.errors import DictionaryMismatch, InvalidPrompt, InvalidSetting, InvalidTarget, JobCancelled
from headwater.graph.check import check_graph
from headwater.graph.graph import BIAS, CONSTANTS, ERROR, FEATURE, Graph
from headwater.graph.ids import format_ids
from headwater.lm.frozen import FrozenBlock, FrozenForward, FrozenNorm
from headwater.lm.sites import MLP_IN, MLP_NORMALIZED, MLP_OUT, RESID_MID, RESID_POST
from parity.compare import dense_rows
from parity.oracle import direct_effects

DIFFERENCE = LinearTracing(targets=LogitDifference(plus=1, minus=0))


def edges(graph: Graph) -> dict[tuple[str, str], float]:
    """Weights by (source, target), nodes named as in addresses: `f0.3.1` is feature 3 of layer 0 at 1."""
    names, targets = format_ids(graph.nodes), np.repeat(graph.edges.target, np.diff(graph.edges.indptr))
    return {
        (names[s], names[t]): float(w)
        for s, t, w in zip(graph.edges.source, targets, graph.edges.weight, strict=True)
    }


def norm(*scale: float) -> FrozenNorm:
    return FrozenNorm(torch.tensor(scale, dtype=torch.float32), torch.ones(2), torch.zeros(2), centers=False)


def toy() -> tuple[FrozenForward, dict[int, Dictionary]]:
    """Two positions, two dimensions, one block with one head that copies (W_V = W_O = 1).

    Position 1 looks at 0 with weight 1/4 and at itself with 3/4, and its norm halves it:
    mid(1) = [0, 2] + 1/4 [1, 0] + 3/4 [0, 2] / 2 = [0.25, 2.75].
    """
    one = torch.eye(2)
    block = FrozenBlock(
        attn_norm=norm(1, 2),
        pattern=torch.tensor([[[1.0, 0.0], [0.25, 0.75]]]),
        W_V=one[None],
        b_V=torch.zeros(1, 2),
        W_O=one[None],
        b_O=torch.zeros(2),
        mlp_norm=norm(1, 1),
        mlp_in=torch.tensor([[2.0, 0.0], [0.25, 2.75]]),
        mlp_out=torch.tensor([[7.0, 3.0], [3.0, 1.0]]),
    )
    frozen = FrozenForward(
        token_ids=torch.tensor([0, 1]),
        embedding=torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        position=None,
        blocks=(block,),
        final_norm=norm(5, 5),
        W_U=one,
        b_U=torch.zeros(2),
        logits=torch.tensor([[1.8, 0.6], [0.65, 0.75]]),  # at 1: ([0.25, 2.75] + [3, 1]) / 5
    )
    dictionary = Dictionary(
        id="toy.transcoders.0",
        layer=0,
        site_in=MLP_IN,
        site_out=MLP_OUT,
        W_enc=torch.tensor([[1.0, 1.0], [-1.0, 0.0]]),
        b_enc=torch.tensor([-1.0, 0.0]),
        W_dec=torch.tensor([[1.0, -1.0], [9.0, 9.0]]),
        b_dec=torch.tensor([0.5, 0.0]),
        threshold=None,
        k=None,
        W_skip=None,
        fingerprint="",
    )
    return frozen, {0: dictionary}


def test_one_head_over_two_positions() -> None:
    graph = explain(*toy(), DIFFERENCE)

    # Feature 0 reads 0.25 + 2.75 - 1 = 2 and writes [2, -2]; error = [3, 1] - [2, -2] - b_dec = [0.5, 3].
    # The difference of logits 1 and 0 reads [-1, 1] / 5.
    assert edges(graph) == pytest.approx({
        ("e0", "f0.0.1"): 0.25,
        ("e1", "f0.0.1"): 2 + 0.75,
        ("b0.1", "f0.0.1"): -1.0,
        ("e0", "l2.1"): -0.25 / 5,
        ("e1", "l2.1"): 2.75 / 5,
        ("b0.1", "l2.1"): -0.5 / 5,
        ("f0.0.1", "l2.1"): (-2 - 2) / 5,
        ("r0.1", "l2.1"): (-0.5 + 3) / 5,
    })  # fmt: skip
    np.testing.assert_allclose(graph.edges.value, [2, 0.75 - 0.65], rtol=1e-6)


def two_blocks() -> tuple[FrozenForward, dict[int, Dictionary]]:
    """The toy with a second block of the same kind and no dictionary for it.

    x(0) = [2, 0] + [7, 3]; x(1) = [3.25, 3.75]; mid(1) = x(1) + 1/4 x(0) + 3/4 x(1) = [7.9375, 7.3125].
    """
    frozen, dictionaries = toy()
    block = replace(frozen.blocks[0], attn_norm=norm(1, 1))
    logits = torch.tensor([[0.0, 0.0], [10.9375 / 5, 8.3125 / 5]])
    return replace(frozen, blocks=(*frozen.blocks, block), logits=logits), dictionaries


def test_the_start_of_text_reaches_later_positions_through_attention() -> None:
    graph = explain(*two_blocks(), DIFFERENCE)

    # The dropped MLP output at 0, [7, 3], is read with weight 1/4 along [-1, 1] / 5.
    assert edges(graph)["s0.0", "l2.1"] == pytest.approx(-4 / 4 / 5)
    assert edges(graph)["f0.0.1", "l2.1"] == pytest.approx((1 + 3 / 4) * -4 / 5)


def test_a_block_without_a_dictionary_is_all_error() -> None:
    graph = explain(*two_blocks(), DIFFERENCE)

    assert edges(graph)["r1.1", "l2.1"] == pytest.approx((-3 + 1) / 5)
    assert graph.provenance["residuals"]["max_absolute"] < 1e-6


def test_tokens_are_read_less_the_mean_of_all_tokens() -> None:
    graph = explain(*toy(), LinearTracing(targets=ChosenTokens(tokens=(1,))))

    # The column [0, 1] less the mean [0.5, 0.5] is half the difference of the toy.
    assert edges(graph)["f0.0.1", "l1.1"] == pytest.approx(-0.4)
    assert graph.edges.value[-1] == pytest.approx(0.75 - 0.7)
    assert graph.target_weights[0] == pytest.approx(np.exp(0.75) / (np.exp(0.65) + np.exp(0.75)))


SHAPES = {
    "llama": Size(),
    "grouped": Size(heads=4, kv=2, d_head=4),
    "one key-value head": Size(heads=4, kv=1, d_head=6),
    "gpt2": Size(biases=True),
    "skip": Size(skip=True),
    "gpt2 skip": Size(biases=True, skip=True),
    "before the gain": Size(site=MLP_NORMALIZED, skip=True),
    "before the norm": Size(biases=True, site=RESID_MID, skip=True),
    "one layer": Size(layers=1, biases=True),
    "two tokens": Size(tokens=2, biases=True, l0=9),
    "no active feature": Size(biases=True, l0=0),
    "deep and long": Size(layers=5, tokens=12, biases=True, l0=3),
}
every_shape = pytest.mark.parametrize("size", SHAPES.values(), ids=SHAPES.keys())
every_target = pytest.mark.parametrize(
    "targets",
    [
        TopLogits(max=4, probability=0.9),
        TopLogits(position=1),
        ChosenTokens(tokens=(3, 1)),
        LogitDifference(plus=5, minus=2),
    ],
    ids=["top", "earlier position", "tokens", "difference"],
)


@every_target
@every_shape
def test_every_effect_is_the_derivative_times_the_source(size: Size, targets: Targets) -> None:
    frozen, dictionaries = random_network(size, dtype=torch.float64)

    graph = explain(frozen, dictionaries, LinearTracing(targets=targets))

    expected = direct_effects(frozen, dictionaries, graph)
    np.testing.assert_allclose(dense_rows(graph), expected, atol=1e-6 * np.abs(expected).max())


@every_target
@every_shape
def test_every_row_sums_to_its_value(size: Size, targets: Targets) -> None:
    graph = explain(*random_network(size), LinearTracing(targets=targets))

    sums, inputs = dense_rows(graph).sum(1)[graph.edges.target], np.abs(dense_rows(graph)).sum(1)
    np.testing.assert_array_less(np.abs(graph.edges.value - sums), 1e-5 * inputs[graph.edges.target])
    assert graph.provenance["residuals"]["max_relative_to_inputs"] < 1e-5


@every_shape
def test_a_graph_is_well_formed(size: Size) -> None:
    graph = explain(*random_network(size), LinearTracing())

    assert check_graph(graph) is graph
    causal = graph.edges.source < np.repeat(graph.edges.target, np.diff(graph.edges.indptr))
    assert causal.all()
    assert (graph.edges.weight != 0).all()
    assert graph.target_nodes.tolist() == list(range(len(graph.nodes)))[-len(graph.target_nodes) :]


def test_a_model_without_constants_gets_bias_nodes_only_for_what_features_read() -> None:
    graph = explain(*random_network(Size()), LinearTracing())

    assert places_of(graph, BIAS) == places_of(graph, FEATURE)


def places_of(graph: Graph, kind: int) -> set[tuple[int, int]]:
    """(layer, position) of every node of a kind."""
    these = graph.nodes.kind == kind
    return set(zip(graph.nodes.layer[these].tolist(), graph.nodes.position[these].tolist(), strict=True))


@every_shape
def test_a_feature_is_explained_as_in_the_graph_of_the_logits(size: Size) -> None:
    frozen, dictionaries = random_network(size)
    whole = explain(frozen, dictionaries, LinearTracing())
    nodes = whole.nodes
    for node in np.flatnonzero(nodes.kind == FEATURE)[::7]:
        layer, position, index = (int(c[node]) for c in (nodes.layer, nodes.position, nodes.index))
        target = FeatureTarget(layer=layer, index=index, position=position)

        graph = explain(frozen, dictionaries, LinearTracing(targets=target))

        name = f"f{layer}.{index}.{position}"
        assert format_ids(check_graph(graph).nodes)[graph.target_nodes[0]] == name
        ours, theirs = edges(graph), edges(whole)
        own = {edge: weight for edge, weight in theirs.items() if edge[1] == name}
        assert {e: w for e, w in ours.items() if e[1] == name} == pytest.approx(own, rel=1e-4, abs=1e-5)
        rows = {edge[1] for edge in ours}
        above = {e: w for e, w in theirs.items() if e[1] in rows}
        assert ours == pytest.approx(above, rel=1e-4, abs=1e-5)
        assert (graph.nodes.layer[:-1] <= layer).all()
        assert (graph.nodes.position <= position).all()


CAPPED = Size(layers=4, tokens=9, biases=True)


@pytest.mark.parametrize("cap", [1, 7, 40, 100])
def test_a_capped_graph_keeps_the_features_of_highest_influence(cap: int) -> None:
    frozen, dictionaries = random_network(CAPPED)
    whole = explain(frozen, dictionaries, LinearTracing())

    graph = explain(frozen, dictionaries, LinearTracing(max_features=cap), ranking_every=5)

    kept = {name for name in format_ids(graph.nodes) if name.startswith("f")}
    assert kept == best_first(whole, cap, 5)


def best_first(graph: Graph, cap: int, every: int) -> set[str]:
    """circuit-tracer's rule (TRACING.md c.6) on the dense matrix."""
    rows = np.abs(dense_rows(graph)).astype(np.float64)
    rows[:, np.isin(graph.nodes.kind, CONSTANTS)] = 0
    rows /= rows.sum(1, keepdims=True).clip(1e-10)
    features, chosen = np.flatnonzero(graph.nodes.kind == FEATURE), list[int]()
    while len(chosen) < cap:
        known = np.zeros_like(rows)
        visited = [*graph.target_nodes, *chosen]
        known[visited] = rows[visited]
        flow = np.zeros(len(rows))
        flow[graph.target_nodes] = graph.target_weights
        influence = np.zeros(len(rows))
        while flow.any():
            flow = flow @ known
            influence += flow
        rank = [f for f in features[np.argsort(-influence[features])] if f not in chosen]
        chosen += rank[: min(every, cap - len(chosen))]
    names = format_ids(graph.nodes)
    return {names[node] for node in chosen}


def test_features_left_out_of_a_capped_graph_are_part_of_their_error() -> None:
    frozen, dictionaries = random_network(CAPPED)
    whole, capped = (explain(frozen, dictionaries, LinearTracing(max_features=cap)) for cap in (None, 40))

    kept, everything = edges(capped), edges(whole)
    names = set(format_ids(capped.nodes))
    expected: dict[tuple[str, str], float] = {}
    for (source, target), weight in everything.items():
        if target in names:
            layer, _, position = source[1:].rpartition(".")
            taker = source if source in names else f"r{layer.split('.')[0]}.{position}"
            expected[taker, target] = expected.get((taker, target), 0) + weight
    assert kept == pytest.approx(expected, rel=1e-3, abs=1e-4)
    counts = capped.provenance["features"]
    assert counts == {"active": 160, "explained": 40, "folded_into_errors": 120}
    assert capped.provenance["residuals"]["max_relative_to_inputs"] < 1e-5
    assert (capped.nodes.kind == ERROR).sum() == (whole.nodes.kind == ERROR).sum()


def test_a_prompt_of_only_the_start_token_is_refused() -> None:
    frozen, dictionaries = toy()
    with pytest.raises(InvalidPrompt, match="at least one word"):
        explain(until(frozen, 0), dictionaries, LinearTracing())


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (FeatureTarget(layer=0, index=1, position=1), "not active at position 1"),
        (FeatureTarget(layer=1, index=0, position=1), "dictionaries at \\[0\\]"),
        (FeatureTarget(layer=0, index=2, position=1), "features 0 to 1"),
        (ChosenTokens(tokens=(2,)), "ids are 0 to 1"),
    ],
)
def test_a_target_that_is_not_there_is_refused(target: Targets, message: str) -> None:
    with pytest.raises(InvalidTarget, match=message):
        explain(*toy(), LinearTracing(targets=target))


def test_a_dictionary_that_does_not_cut_the_mlp_is_refused() -> None:
    frozen, dictionaries = toy()
    with pytest.raises(InvalidSetting, match="needs transcoders"):
        explain(frozen, {0: replace(dictionaries[0], site_out=RESID_POST)}, DIFFERENCE)


def test_a_dictionary_of_another_width_is_refused() -> None:
    frozen, dictionaries = toy()
    with pytest.raises(DictionaryMismatch, match="3 wide in"):
        explain(frozen, {0: replace(dictionaries[0], W_enc=torch.zeros(2, 3))}, DIFFERENCE)


def test_progress_ends_complete_and_cancelling_stops() -> None:
    seen: list[tuple[str, int, int]] = []
    explain(*random_network(Size()), LinearTracing(), progress=lambda *step: seen.append(step))

    assert seen[-1] == ("tracing", seen[-1][2], seen[-1][2])
    with pytest.raises(JobCancelled):
        explain(*toy(), DIFFERENCE, cancelled=lambda: True)
