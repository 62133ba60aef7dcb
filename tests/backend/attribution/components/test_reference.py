"""The straightforward way that benchmarks compare with gives the same numbers, by another road."""

import pytest
import torch
from component_toys import KINDS, SITES, assert_near, network, one_batch, task

from bench import reference_components as reference
from headwater.attribution.components.exact import exact
from headwater.attribution.components.pair import Pair, run_pair
from headwater.attribution.components.positions import position_aware
from headwater.attribution.components.scores import eap, eap_ig_activations, eap_ig_inputs
from headwater.lm.network import Network


def pair_of(net: Network, positions: str = "sum", lengths: tuple[int, ...] = (5, 5, 4, 6)) -> Pair:
    sizes = lengths if net.causal else (5,) * len(lengths)
    return run_pair(
        net, one_batch(task(sizes, spans=True), positions), "logit_difference", [*SITES, "q", "k", "v"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_methods(kind: str) -> None:
    net = network(kind)
    pair = pair_of(net)

    assert_near(reference.eap(net, pair.batch), eap(pair))
    assert_near(reference.eap_ig_inputs(net, pair.batch, 3), eap_ig_inputs(pair, 3))
    assert_near(reference.eap_ig_activations(net, pair.batch, 2), eap_ig_activations(pair, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_exact_patching(kind: str) -> None:
    net = network(kind)
    pair = pair_of(net, lengths=(6,))
    universe = pair.universe
    edges = list(zip(universe.edge_source.tolist(), universe.edge_slot.tolist(), strict=True))[::3]

    found = reference.exact(net, pair.batch, edges)

    sources, slots = (torch.tensor(column) for column in zip(*edges, strict=True))
    assert_near(found, exact(pair)[:, sources, slots])


@pytest.mark.parametrize("kind", ["gpt2", "llama", "neox", "bidirectional"])
@pytest.mark.parametrize("positions", ["separate", "spans"])
def test_positions(kind: str, positions: str) -> None:
    net = network(kind)
    pair = pair_of(net, positions)
    n_bins = 6 if positions == "separate" else 4

    found, ours = reference.position_aware(net, pair.batch, n_bins), position_aware(pair, n_bins)

    assert_near(found.within, ours.within)
    assert_near(found.crossing, ours.crossing)
