"""Position-aware edges: sums of EAP, equal to auto-circuit, and each crossing edge by its definition."""

import json
import re
from pathlib import Path

import pytest
import torch
from component_toys import KINDS, PEER, assert_near, network, one_batch, task

from headwater.attribution.circuit_methods import PositionAware
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components import component_computation
from headwater.attribution.components.gradients import Backward, add_from_embedding
from headwater.attribution.components.pair import Pair, run_pair
from headwater.attribution.components.positions import (
    POSITION_SITES,
    change_one_score,
    crossing_scores,
    position_aware,
)
from headwater.attribution.components.scores import eap
from headwater.lm.families import read_weights
from headwater.lm.network import Network
from headwater.lm.registry import open_model
from headwater.tasks.token_ids import read_token_task


def position_pair(kind: str, positions: str = "separate", **settings: bool) -> Pair:
    lengths = (5, 5, 5, 5) if kind == "bidirectional" else (5, 5, 4, 6)
    batch = one_batch(task(lengths, **settings), positions)
    return run_pair(network(kind), batch, "logit_difference", POSITION_SITES)


@pytest.mark.parametrize("kind", KINDS)
def test_positions_sum_to_eap(kind: str) -> None:
    pair = position_pair(kind)

    by_position = position_aware(pair, 6)

    summed = eap(pair)[:, pair.universe.edge_source, pair.universe.edge_slot]
    assert_near(by_position.within.sum(1), summed, 2e-6)
    assert_near(by_position.effects.sum(1), eap(pair).sum(-1), 2e-6)


def test_spans_are_sums_over_their_positions() -> None:
    batch = one_batch(task(spans=True), "spans")
    spans, separate = position_pair("gpt2", "spans", spans=True), position_pair("gpt2")

    by_span, by_position = position_aware(spans, 4), position_aware(separate, 6)

    member = torch.nn.functional.one_hot(batch.bins + 1, 5)[..., 1:].float()
    assert_near(by_span.within, torch.einsum("bpn,bpe->bne", member, by_position.within), 2e-6)
    assert_near(
        by_span.crossing,
        torch.einsum("bkm,bqn,blshkq->blshmn", member, member, by_position.crossing),
        2e-6,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_crossing_edge_changes_one_ingredient_at_one_pair_of_positions(kind: str) -> None:
    """Each z' is formed in full, as the paper defines it."""
    pair = position_pair(kind)
    net, layer, lengths = pair.network, 1, pair.batch.lengths
    back = Backward(net, pair.universe, pair.batch)
    add_from_embedding(back, pair.answers, pair.clean["embed", -1])
    q, k, v = (pair.clean[site, layer] for site in "qkv")
    patched = {site: pair.patch[site, layer] for site in "qkv"}
    z = net.mix(net.pattern(layer, q, k, lengths), v)

    found = crossing_scores(pair, layer, back.z[layer])

    want = torch.zeros_like(found)
    for key in range(q.shape[1]):
        here = torch.arange(q.shape[1]) == key
        swapped_k = torch.where(here[:, None, None], patched["k"], k)
        swapped_v = torch.where(here[:, None, None], patched["v"], v)
        scores = net.scores(layer, q, k, lengths)
        one_column = torch.where(here, net.scores(layer, patched["q"], k, lengths), scores)
        for slot, moved in enumerate(
            (
                net.mix(one_column.softmax(-1), v),
                net.mix(net.pattern(layer, q, swapped_k, lengths), v),
                net.mix(scores.softmax(-1), swapped_v),
            )
        ):
            change = ((moved - z) * back.z[layer]).sum(-1).transpose(1, 2)
            want[:, slot, :, :, key] = change
    assert_near(found, want)


def test_a_saturated_softmax_loses_nothing() -> None:
    """A weight of 1 - 1e-13 in single precision: what is left of it still decides."""
    scores = torch.tensor([[30.0, 0.0, -1.0, -torch.inf], [5.0, -torch.inf, -torch.inf, -torch.inf]])
    changed, gain = torch.tensor([[-2.0, 31.0, 0.0, 3.0]] * 2), torch.tensor([[1.0, -2.0, 0.5, 7.0]] * 2)

    got = change_one_score(scores, changed, gain)

    want = torch.zeros(2, 4, dtype=torch.float64)
    for key in range(3):
        other = scores[0].double()
        other[key] = changed[0, key].double()
        want[0, key] = ((other.softmax(0) - scores[0].double().softmax(0)) * gain[0].double()).sum()
    torch.testing.assert_close(
        got, want.float(), rtol=1e-5, atol=1e-12
    )  # the lone key cannot lose its weight


@pytest.mark.parametrize("shard", [16, 5])
def test_equal_to_auto_circuit_position_by_position(shard: int) -> None:
    model = Network(read_weights(open_model(PEER)))
    examples = read_token_task(json.loads((Path(PEER) / "data.json").read_text()), "peer")
    golden = json.loads((PEER / "peer_eap.json").read_text())["auto_circuit"]["positional_mask_gradient"]

    circuit = find_circuit(model, {}, examples, PositionAware(positions="separate"), shard_size=shard)

    ours = {circuit.edge_name(edge): float(circuit.edges.weight[edge]) for edge in range(len(circuit.edges))}
    theirs = {_our_name(name): value for name, value in golden["scores"].items()}
    crossing = {name for name in ours if re.match(r"(a\d+\.h\d+)@\d+->\1<", name)}
    assert ours.keys() - crossing <= theirs.keys()
    largest = max(map(abs, theirs.values()))
    assert max(abs(ours.get(name, 0.0) - value) for name, value in theirs.items()) < 1e-5 * largest


def _our_name(name: str) -> str:
    """`A0.1->A1.2.K@3` -> `a0.h1@3->a1.h2<k>@3`"""
    edge, position = name.split("@")
    source, target = (_our_node(node) for node in edge.split("->"))
    return f"{source}@{position}->{target}@{position}"


def _our_node(node: str) -> str:
    if node.startswith("Resid"):
        return {"Resid Start": "input", "Resid End": "logits"}[node]
    if node.startswith("MLP "):
        return f"m{node[4:]}"
    layer, head, *slot = node[1:].split(".")
    return f"a{layer}.h{head}" + (f"<{slot[0].lower()}>" if slot else "")


def test_spans_make_one_circuit_of_prompts_of_all_lengths() -> None:
    method = PositionAware(positions="spans")
    examples = task((5, 6, 8, 9, 7), spans=True)
    net = network("llama")

    whole = find_circuit(net, {}, examples, method)
    sharded = find_circuit(net, {}, examples, method, shard_size=2)

    assert whole.bins == ("start", "first", "middle", "last")
    assert whole.names == sharded.names
    torch.testing.assert_close(torch.tensor(whole.edges.weight), torch.tensor(sharded.edges.weight))
    assert {name for name in whole.names if name.startswith("logits")} == {"logits@2", "logits@3"}
    assert component_computation(net, examples, method).phases == ("edges",)
