"""Gradient scores: equal to others' implementations, to the slow way, and exact where a model is linear."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from component_toys import KINDS, PEER, assert_near, loss_with, no_additions, pair_on
from torch import Tensor

import headwater.attribution.components.pair as pair_module
from headwater.attribution.circuit_methods import read_method
from headwater.attribution.components import component_computation
from headwater.attribution.components.computation import edge_scores
from headwater.attribution.components.gradients import Backward
from headwater.attribution.components.pair import Pair
from headwater.attribution.components.scores import clean_gradients, contract, eap, eap_ig_inputs
from headwater.lm.families import read_weights
from headwater.lm.network import Network
from headwater.lm.registry import open_model
from headwater.tasks.token_ids import read_token_task

METHODS = {
    "EAP": {"method": "eap"},
    "EAP-IG-inputs": {"method": "eap-ig-inputs", "steps": 5},
    "EAP-IG-activations": {"method": "eap-ig-activations", "steps": 5},
    "exact": {"method": "exact"},
}


@pytest.fixture(scope="module")
def peer() -> tuple[Network, Any, dict[str, Any]]:
    scores = json.loads((PEER / "peer_eap.json").read_text())
    examples = read_token_task(json.loads((PEER / "data.json").read_text()), "peer")
    return Network(read_weights(open_model(PEER))), examples, scores


@pytest.mark.parametrize("shard", [16, 3, 1])
@pytest.mark.parametrize("name", METHODS)
def test_equal_to_the_peer_whatever_the_shard(peer: Any, name: str, shard: int) -> None:
    model, examples, golden = peer
    computation = component_computation(model, examples, read_method(METHODS[name]))

    parts = [
        computation.shard("edges", examples.select(list(range(first, min(first + shard, 16)))), first, {})
        for first in range(0, 16, shard)
    ]
    circuit = computation.finish(computation.merge("edges", parts, {}))

    got = {circuit.edge_name(edge): float(circuit.edges.weight[edge]) for edge in range(len(circuit.edges))}
    want = golden["methods"][name]["scores"]
    assert got.keys() == want.keys()
    largest = max(map(abs, want.values()))
    assert max(abs(got[edge] - want[edge]) for edge in want) < 1e-5 * largest
    assert circuit.metric_clean.mean() == pytest.approx(
        golden["methods"][name]["mib"]["abs"]["clean"], rel=1e-5
    )
    assert circuit.metric_patch.mean() == pytest.approx(
        golden["methods"][name]["mib"]["abs"]["corrupt"], rel=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["logit_difference", "logit", "log_probability", "probability_difference"])
def test_gradients_at_slots_are_those_of_the_slow_way(kind: str, metric: str) -> None:
    pair = pair_on(kind, metric)
    added = no_additions(pair.network, pair.batch).requires_grad_()

    (want,) = torch.autograd.grad(loss_with(pair, added, metric).sum(), added)

    assert_near(clean_gradients(pair), want)


@pytest.mark.parametrize("kind", KINDS)
def test_edges_of_a_source_sum_to_its_own_attribution(kind: str) -> None:
    pair = pair_on(kind)
    network = pair.network
    sources = [network.embed(pair.batch.clean).requires_grad_()]
    nodes: list[Tensor] = []

    def keep(site: str, layer: int, value: Tensor) -> Tensor:
        if site == "embed":
            return sources[0]
        if site in ("attn.z", "mlp.out"):
            nodes.append(value)
        return value

    final = network.forward(pair.batch.clean, pair.batch.lengths, keep, stop=network.n_layers)
    grads = torch.autograd.grad(pair.answers.loss(final), [sources[0], *nodes])

    by_edges = eap(pair).sum(-1)

    moved = pair.patch["embed", -1] - pair.clean["embed", -1]
    want = [(moved * grads[0]).sum((1, 2))[:, None]]
    for layer in range(network.n_layers):
        z, mlp = (pair.patch[site, layer] - pair.clean[site, layer] for site in ("attn.z", "mlp.out"))
        want.append((z * grads[1 + 2 * layer]).sum((1, 3)))
        want.append((mlp * grads[2 + 2 * layer]).sum((1, 2))[:, None])
    torch.testing.assert_close(by_edges, torch.cat(want, 1), rtol=1e-5, atol=4e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_one_left_step_of_integrated_gradients_is_eap_from_the_other_end(kind: str) -> None:
    pair = pair_on(kind)
    swapped = Pair(pair.network, pair.universe, pair.batch, pair.answers, pair.patch, pair.clean)

    one_step = eap_ig_inputs(pair, 1)  # its only point is the patch run

    assert_near(one_step, -eap(swapped))


def test_scores_of_a_linear_model_are_its_arithmetic() -> None:
    """Without norms and with an identity for its MLP, a model of one layer is linear outside its pattern."""
    pair = pair_on("bare", linear=True, n_layers=1)
    network, universe, batch = pair.network, pair.universe, pair.batch
    block, moved = network.blocks[0], pair.delta
    last = batch.lengths - 1
    rows = torch.arange(len(last))
    direction = torch.zeros(len(last), network.d_model)
    for row, position, correct, wrong, weight in zip(*vars(batch.readout).values(), strict=True):
        if position == last[row]:  # other readouts are left to the next test
            direction[row] += weight * network.W_U[:, correct]
            direction[row] -= weight * network.W_U[:, wrong] if wrong >= 0 else 0
    simple = batch.readout.row[batch.readout.position != last[batch.readout.row]]
    only_last = torch.tensor([row not in simple.tolist() for row in rows.tolist()])

    scores = eap(pair)

    through_mlp = block.mlp.W_in @ block.mlp.W_out @ direction[:, :, None]
    at_last = moved[rows, :, last]
    to_logits = -(at_last * direction[:, None]).sum(-1)
    to_mlp = -(at_last @ through_mlp)[..., 0]
    torch.testing.assert_close(scores[only_last, :, universe.logits_slot], to_logits[only_last])
    torch.testing.assert_close(
        scores[only_last, :5, universe.mlp_slot(0)], to_mlp[only_last, :5], rtol=1e-4, atol=1e-5
    )


def test_edges_that_enter_linearly_are_exact() -> None:
    pair = pair_on("bare", linear=True)
    universe = pair.universe
    linear = [universe.logits_slot, universe.mlp_slot(1), *range(*universe.slots(1, "v").indices(99))]

    estimate, truth = eap(pair), edge_scores(pair, read_method({"method": "exact"}))

    assert truth is not None
    assert_near(estimate[..., linear], truth[..., linear])


def test_integrated_gradients_of_the_input_add_up_to_the_fall() -> None:
    """All of the patch run enters by the input, and its edges carry all that it does, so on a smooth path the
    input's total is the metric's fall; more steps, smaller gap."""
    pair = pair_on("gpt2", n_layers=1)
    fall = pair.metric_clean - pair.metric_patch

    gaps = [(eap_ig_inputs(pair, steps)[:, 0].sum(-1) - fall).abs().max().item() for steps in (2, 20, 500)]

    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.01 * fall.abs().max().item()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_copies_of_the_batch_at_once_change_nothing(
    kind: str, method: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    together = edge_scores(pair_on(kind), read_method(method))
    monkeypatch.setitem(pair_module.WORK_BYTES, "cpu", 1)

    apart = edge_scores(pair_on(kind), read_method(method))

    assert together is not None
    assert apart is not None
    assert_near(together, apart, 5e-6)


@pytest.mark.parametrize("metric", ["kl", "log_probability"])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_scores_every_metric(metric: str, name: str) -> None:
    scores = edge_scores(pair_on("llama", metric), read_method({**METHODS[name], "metric": metric}))

    assert scores is not None
    assert scores.isfinite().all()
    assert (scores.abs().max() > 1e-4) == (metric != "kl" or name != "EAP")  # KL is flat at the clean run


def test_activations_rule_is_the_mean_over_all_groups_and_points() -> None:
    """The published loop, run in full for each group and step."""
    for kind in KINDS:
        pair = pair_on(kind)
        want = _activations_in_full(pair, steps=3)

        got = edge_scores(pair, read_method({"method": "eap-ig-activations", "steps": 3}))

        assert got is not None
        assert_near(got, want)


def _activations_in_full(pair: Pair, steps: int) -> Tensor:
    network, back = pair.network, Backward(pair.network, pair.universe, pair.batch)
    groups = [
        ("embed", -1),
        *((s, layer) for layer in range(network.n_layers) for s in ("attn.out", "mlp.out")),
    ]
    for group in groups:
        for k in range(1, steps + 1):
            mixed = pair.patch[group] + k / steps * (pair.clean[group] - pair.patch[group])
            root = pair.clean["embed", -1].clone() if group[0] != "embed" else mixed
            root.requires_grad_()

            def run(tap: Any, group: Any = group, mixed: Tensor = mixed, root: Tensor = root) -> Tensor:
                def replace(site: str, layer: int, value: Tensor) -> Tensor:
                    if site == "embed":
                        return root
                    return mixed if (site, layer) == group else tap(site, layer, value)

                final = network.forward(pair.batch.clean, pair.batch.lengths, replace, stop=network.n_layers)
                return pair.answers.loss(tap("resid.final", network.n_layers, final))

            back.add(run, root, 1 / (steps * len(groups)))
    return contract(pair.universe, pair.delta, back.total)


def test_baselines_look_at_one_end_only() -> None:
    pair = pair_on("gpt2")
    universe = pair.universe

    moved, steep = (edge_scores(pair, read_method({"method": name})) for name in ("activation", "gradient"))

    assert moved is not None
    assert steep is not None
    torch.testing.assert_close(moved[:, 0, 0], moved[:, 0, universe.logits_slot])
    torch.testing.assert_close(steep[:, 0, universe.logits_slot], steep[:, 1, universe.logits_slot])
    assert moved[:, ~torch.from_numpy(universe.exists)].eq(0).all()
    assert np.isclose(
        moved[0, 0, 0].item(),
        (pair.patch["embed", -1] - pair.clean["embed", -1])[0].norm(dim=-1).sum().item(),
    )
