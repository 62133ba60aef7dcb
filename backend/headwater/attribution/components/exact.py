"""Exact edge patching: every edge carries the patch run's value by itself, and the rest of the model follows.

    score(u -> v) = metric(clean) - metric(clean run where v's input is clean + (u_patch - u_clean))

No first-order estimate anywhere. Everything before v is the clean run, so a patched run begins at v's own
layer. Runs are rows [edge example] of one batch, as many at a time as the memory budget allows: a head's
edges from all sources to all heads of a layer are formed by products, never one by one.

Cost: each edge a forward pass from its layer on, without the unembedding of positions that answer nothing.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.components.pair import Pair, bytes_per_position, work_bytes
from headwater.attribution.components.scores import Scores
from headwater.lm.network import normed

EXACT_SITES = ("embed", "resid.pre", "q", "k", "v", "attn.z", "resid.mid", "mlp.out", "resid.post")
"""What `exact` needs of the clean and the patch run."""

Rows = Float[Tensor, "row pos d_model"]


@torch.no_grad()
def exact(pair: Pair) -> Scores:
    """The fall of the metric when one edge is patched, for every edge and example."""
    universe = pair.universe
    scores = pair.delta.new_zeros(len(pair.batch.clean), universe.n_sources, universe.n_slots)
    for layer in range(universe.n_layers):
        for some in _chunks(universe.sources_of_heads(layer), _edges_at_once(pair) // universe.n_heads):
            for kind in ("q", "k", "v"):
                after = _after_head(pair, layer, kind, some)
                scores[:, some, universe.slots(layer, kind)] = _fall(pair, layer + 1, after)
        for some in _chunks(universe.sources_of_mlp(layer), _edges_at_once(pair)):
            scores[:, some, universe.mlp_slot(layer)] = _fall(pair, layer + 1, _after_mlp(pair, layer, some))
    for some in _chunks(universe.n_sources, _edges_at_once(pair)):
        final = pair.clean["resid.final", universe.n_layers] + _sources_first(pair, some)
        scores[:, some, universe.logits_slot] = _fall(pair, universe.n_layers, final)
    return scores


def _chunks(n: int, size: int) -> Iterator[slice]:
    size = max(1, size)
    return (slice(first, min(first + size, n)) for first in range(0, n, size))


def _edges_at_once(pair: Pair) -> int:
    """Edges whose runs fit the budget; without gradients one block is alive at a time."""
    n_examples, n_pos = pair.batch.clean.shape
    one_block = bytes_per_position(pair.network, n_pos) // pair.network.n_layers
    return max(1, work_bytes(pair.network) // (n_examples * n_pos * one_block + pair.answers.bytes_per_copy))


def _sources_first(pair: Pair, some: slice) -> Float[Tensor, "source batch pos d_model"]:
    return pair.delta[:, some].transpose(0, 1)


def _after_head(
    pair: Pair, layer: int, kind: str, some: slice
) -> Float[Tensor, "source head batch pos d_model"]:
    """The residual stream behind block `layer` where one head's q, k or v reads a patched source."""
    network, clean = pair.network, pair.clean
    read = {"q": network.queries, "k": network.keys, "v": network.values}[kind]
    moved = clean["resid.pre", layer] + _sources_first(pair, some)
    n_sources, n_examples = moved.shape[:2]
    patched = read(layer, normed(network.blocks[layer].attn_norm, moved.flatten(0, 1)))
    q, k, v = (
        patched if site == kind else clean[site, layer].repeat(n_sources, 1, 1, 1) for site in ("q", "k", "v")
    )
    pattern = network.pattern(layer, q, k, pair.batch.lengths.repeat(n_sources))
    change = network.mix(pattern, v) - clean["attn.z", layer].repeat(n_sources, 1, 1, 1)
    written = network.head_results(layer, change)
    written = written.view(n_sources, n_examples, *written.shape[1:]).permute(0, 3, 1, 2, 4)
    if network.parallel:  # the MLP of this block does not read the heads
        return clean["resid.post", layer] + written
    mid: Tensor = clean["resid.mid", layer] + written
    return mid + network.mlp(layer, normed(network.blocks[layer].mlp_norm, mid))


def _after_mlp(pair: Pair, layer: int, some: slice) -> Float[Tensor, "source batch pos d_model"]:
    network, clean = pair.network, pair.clean
    moved = clean["resid.mid", layer] + _sources_first(pair, some)
    patched = network.mlp(layer, normed(network.blocks[layer].mlp_norm, moved))
    return clean["resid.post", layer] + (patched - clean["mlp.out", layer])


def _fall(
    pair: Pair, start: int, resid: Float[Tensor, "*edge batch pos d_model"]
) -> Float[Tensor, "batch *edge"]:
    """How far the metric falls when the run goes on from these residual streams."""
    n_examples, edges = len(pair.batch.clean), resid.shape[:-3]
    rows = resid.reshape(-1, *resid.shape[-2:])
    copies = len(rows) // n_examples
    if start < pair.network.n_layers:
        ids, lengths = pair.batch.clean.repeat(copies, 1), pair.batch.lengths.repeat(copies)
        rows = pair.network.forward(ids, lengths, start=start, resid=rows, stop=pair.network.n_layers)
    fall = pair.metric_clean - pair.answers.values(rows).view(copies, n_examples)
    return fall.T.reshape(n_examples, *edges)
