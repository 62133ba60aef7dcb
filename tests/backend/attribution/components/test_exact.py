"""Exact edge patching against the obvious way: put one edge's difference into one slot, run the model."""

import pytest
from component_toys import KINDS, loss_with, no_additions, pair_on

from headwater.attribution.components.exact import exact
from headwater.attribution.components.scores import eap


@pytest.mark.parametrize("kind", KINDS)
def test_every_edge_is_patched_by_itself(kind: str) -> None:
    pair = pair_on(kind)
    universe = pair.universe
    clean = loss_with(pair, no_additions(pair.network, pair.batch))

    scores = exact(pair)

    for source, slot in zip(universe.edge_source.tolist(), universe.edge_slot.tolist(), strict=True):
        added = no_additions(pair.network, pair.batch)
        added[:, slot] = pair.delta[:, source]
        fall = loss_with(pair, added) - clean
        assert (scores[:, source, slot] - fall).abs().max() < 1e-5 * scores.abs().max()


@pytest.mark.parametrize("kind", KINDS)
def test_small_patches_have_the_sign_that_gradients_say(kind: str) -> None:
    """Into queries, keys and values, MLPs and logits: where the change is small EAP and the truth agree."""
    pair = pair_on(kind)
    pair.delta.mul_(1e-2)

    estimate, truth = eap(pair), exact(pair)

    for slots in (*(pair.universe.slots(1, kind) for kind in "qkv"), pair.universe.mlp_slot(1), -1):
        ours, theirs = estimate[..., slots], truth[..., slots]
        clear = ours.abs() > 0.02 * ours.abs().max()
        assert clear.sum() > 5
        assert (ours.sign() == theirs.sign())[clear].float().mean() > 0.97
