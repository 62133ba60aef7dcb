"""Scores of every edge on every example: how far the metric falls when it carries the patch run's value.

    score(u -> v) = sum over positions of (u_patch - u_clean) . d(-metric)/d(input of v)

First-order estimates: exact where the metric is linear in v's input. The methods differ in where they take
the gradient. Units of the metric; positive: the edge carries the behaviour. [batch source slot], zero where
there is no edge. No loop over heads: gradients at all slots come from one backward pass and a product a layer
(`gradients.py`), scores from one matrix product an example.

Refs: Nanda 2023, "Attribution Patching"; Syed et al. 2023 (arXiv 2310.10348); Hanna et al. 2024 (arXiv
2403.17806), whose released code fixes the points of integrated gradients.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.components.gradients import Backward, SlotGradients, add_from_embedding
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.pair import Pair
from headwater.lm.network import Tap

Scores = Float[Tensor, "batch source slot"]


def contract(
    universe: EdgeUniverse, delta: Float[Tensor, "batch source pos d_model"], gradients: SlotGradients
) -> Scores:
    """Sources against slots, summed over positions: one matrix product an example."""
    return _existing(universe, delta.flatten(2) @ gradients.flatten(2).transpose(1, 2))


def _existing(universe: EdgeUniverse, scores: Scores) -> Scores:
    return scores.masked_fill(~torch.from_numpy(universe.exists).to(scores.device), 0)


def eap(pair: Pair) -> Scores:
    """Edge attribution patching: the gradient at the clean run. One backward pass."""
    return contract(pair.universe, pair.delta, clean_gradients(pair))


def clean_gradients(pair: Pair) -> SlotGradients:
    back = Backward(pair.network, pair.universe, pair.batch)
    add_from_embedding(back, pair.answers, pair.clean["embed", -1])
    return back.total


def eap_ig_inputs(pair: Pair, steps: int) -> Scores:
    """Gradients averaged over token embeddings that go from the patch prompt (k = 0) towards the clean one.

    alpha = k / steps, k = 0 .. steps - 1: the patch run itself is one of the points, the clean run is not.
    `steps` backward passes.
    """
    back = Backward(pair.network, pair.universe, pair.batch)
    for shares in _points(pair, range(steps), steps):
        add_from_embedding(back, pair.answers, _mixed(pair, "embed", -1, shares), 1 / steps)
    return contract(pair.universe, pair.delta, back.total)


def eap_ig_activations(pair: Pair, steps: int) -> Scores:
    """Gradients averaged while one group of sources (input, a layer's heads, a layer's MLP) goes to patch.

    alpha = k / steps of the clean value, k = 1 .. steps, for each of the 2 L + 1 groups in turn; the mean is
    over all points of all groups. A group that is set carries no gradient further down. Below it the run is
    the clean one, whatever its value: so each group's passes begin at its layer, and their gradients go on
    downwards together, through one clean block at a time: half the work of running every point in full.
    """
    network, back = pair.network, Backward(pair.network, pair.universe, pair.batch)
    weight = 1 / (steps * (2 * network.n_layers + 1))
    arriving = torch.zeros_like(pair.clean["embed", -1])
    for layer in reversed(range(network.n_layers)):
        if layer < network.n_layers - 1:
            arriving = _through_clean_block(back, pair, layer, arriving)
        for site in ("attn.out", "mlp.out"):
            for shares in _points(pair, range(1, steps + 1), steps):
                arriving = arriving + _from_layer(back, pair, layer, site, shares, weight)
    for shares in _points(pair, range(1, steps + 1), steps):
        add_from_embedding(back, pair.answers, _mixed(pair, "embed", -1, shares), weight)
    return contract(pair.universe, pair.delta, back.total)


def _points(pair: Pair, numbers: range, steps: int) -> Iterator[Float[Tensor, " copy"]]:
    """Shares of the clean run, k / steps for these k: as many at a time as passes may have copies."""
    shares = torch.tensor([k / steps for k in numbers], device=pair.network.device)
    for first in range(0, len(shares), pair.copies_at_once):
        yield shares[first : first + pair.copies_at_once]


def _mixed(
    pair: Pair, site: str, layer: int, shares: Float[Tensor, " copy"]
) -> Float[Tensor, "row pos d_model"]:
    """What a site carries in the patch run (share 0), the clean run (share 1), or between."""
    patch, clean = pair.patch[site, layer], pair.clean[site, layer]
    return (patch + shares[:, None, None, None] * (clean - patch)).flatten(0, 1)


def _from_layer(
    back: Backward, pair: Pair, layer: int, site: str, shares: Tensor, weight: float
) -> Float[Tensor, "batch pos d_model"]:
    """A pass from block `layer` on, where what `site` writes is mixed; the gradient at its start."""
    network, batch, copies = pair.network, pair.batch, len(shares)
    mixed = _mixed(pair, site, layer, shares)
    root = pair.clean["resid.pre", layer].repeat(copies, 1, 1).requires_grad_()

    def run(tap: Tap) -> Tensor:
        def replace(at: str, block: int, value: Tensor) -> Tensor:
            return mixed if (at, block) == (site, layer) else tap(at, block, value)

        ids, lengths = batch.clean.repeat(copies, 1), batch.lengths.repeat(copies)
        final = network.forward(ids, lengths, replace, start=layer, resid=root, stop=network.n_layers)
        return pair.answers.loss(tap("resid.final", network.n_layers, final))

    return back.add(run, root, weight)


def _through_clean_block(
    back: Backward, pair: Pair, layer: int, arriving: Float[Tensor, "batch pos d_model"]
) -> Float[Tensor, "batch pos d_model"]:
    """Takes the gradient at the end of a clean block to its start, adding what its slots see."""
    root = pair.clean["resid.pre", layer].detach().requires_grad_()

    def run(tap: Tap) -> Tensor:
        return (pair.network.block(layer, root, pair.batch.lengths, tap) * arriving).sum()

    return back.add(run, root)


def activation_difference(pair: Pair) -> Scores:
    """A baseline: the length of the source's difference, summed over positions, for all its edges."""
    moved = pair.delta.norm(dim=-1).sum(-1)
    return _existing(pair.universe, moved[:, :, None].expand(-1, -1, pair.universe.n_slots))


def gradient_only(pair: Pair) -> Scores:
    """A baseline: the length of the gradient at the slot, summed over positions, for all its edges."""
    steep = clean_gradients(pair).norm(dim=-1).sum(-1)
    return _existing(pair.universe, steep[:, None].expand(-1, pair.universe.n_sources, -1))
