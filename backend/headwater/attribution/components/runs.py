"""The clean and the patch run of a batch, and how far every source moves between them."""

from collections.abc import Collection

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.components.graph import EdgeUniverse
from headwater.lm.network import Network

Run = dict[tuple[str, int], Tensor]
"""Activations by (site, layer), as a `Tap` names them; "resid.final" of layer n_layers is always there."""

SOURCE_SITES = ("embed", "attn.z", "mlp.out")


def record(
    network: Network,
    ids: Int[Tensor, "batch pos"],
    lengths: Int[Tensor, " batch"],
    sites: Collection[str] = SOURCE_SITES,
) -> Run:
    """One forward pass without gradients, the unembedding left out."""
    run: Run = {}

    def keep(site: str, layer: int, value: Tensor) -> Tensor:
        if site in sites:
            run[site, layer] = value
        return value

    with torch.no_grad():
        run["resid.final", network.n_layers] = network.forward(ids, lengths, keep, stop=network.n_layers)
    return run


@torch.no_grad()
def source_differences(
    network: Network, universe: EdgeUniverse, clean: Run, patch: Run, lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch source pos d_model"]:
    """patch - clean of everything that writes into the residual stream; 0 in the padding."""
    moved = patch["embed", -1] - clean["embed", -1]
    delta = moved.new_empty(len(moved), universe.n_sources, *moved.shape[1:])
    delta[:, 0] = moved
    for layer in range(universe.n_layers):
        moved = patch["attn.z", layer] - clean["attn.z", layer]
        delta[:, universe.heads(layer)] = network.head_results(layer, moved).transpose(1, 2)
        delta[:, universe.mlp(layer)] = patch["mlp.out", layer] - clean["mlp.out", layer]
    padding = torch.arange(delta.shape[2], device=delta.device) >= lengths[:, None]
    return delta.masked_fill_(padding[:, None, :, None], 0)
