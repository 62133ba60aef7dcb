"""Position-aware edges: those at one position, and those that a head carries from one position to another.

At a position, an edge's score is its share of EAP there: over positions they sum to EAP. *Crossing* edges lie
inside a head: it goes on reading position `key` as in the patch run, for one query position, one of its three
ingredients, and one key position at a time:

    v  the value at the key             z' = z + pattern[query, key] (v_patch - v)[key]
    k  the key, as this query sees it   z' = softmax(scores with that one entry changed) v
    q  the query, as it meets this key  z' = softmax(scores with that one entry changed) v

    score = (z' - z)[query] . d(-metric)/d(z[query])

Changing one score of a softmax needs no softmax of its own: the entry's new weight is a sigmoid, and the
other weights keep their proportions. So all pairs of positions cost as much as a pattern.

Refs: Haklay et al. 2025 (arXiv 2502.04577).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.components.gradients import Backward, add_from_embedding
from headwater.attribution.components.pair import Pair

POSITION_SITES = ("embed", "q", "k", "v", "attn.z", "mlp.out")
"""What position-aware edges need of the clean and the patch run."""


@dataclass(frozen=True)
class PositionScores:
    """Units and sign as in `scores`. `crossing`: layer, slot (q, k, v), head, from bin, to bin."""

    within: Float[Tensor, "batch bin edge"]
    crossing: Float[Tensor, "batch layer slot head bin bin"]
    effects: Float[Tensor, "batch bin source"]


@torch.no_grad()
def position_aware(pair: Pair, n_bins: int) -> PositionScores:
    """One backward pass at the clean run; scores summed within bins. Positions in no bin are left out."""
    back = Backward(pair.network, pair.universe, pair.batch)
    add_from_embedding(back, pair.answers, pair.clean["embed", -1])
    member = membership(pair.batch.bins, n_bins)
    edges = by_position(pair, back.total)
    crossing = [
        torch.einsum("bshqk,bkm,bqn->bshmn", crossing_scores(pair, layer, back.z[layer]), member, member)
        for layer in range(pair.network.n_layers)
    ]
    source = torch.from_numpy(pair.universe.edge_source).to(edges.device)
    within = member.transpose(1, 2) @ edges
    effects = within.new_zeros(*within.shape[:2], pair.universe.n_sources).index_add(2, source, within)
    return PositionScores(within, torch.stack(crossing, 1), effects)


def membership(bins: Int[Tensor, "batch pos"], n_bins: int) -> Float[Tensor, "batch pos bin"]:
    """1 where a position lies in a bin; rows of zeros for positions that are in none (-1)."""
    return F.one_hot(bins + 1, n_bins + 1)[..., 1:].float()


def by_position(
    pair: Pair, gradients: Float[Tensor, "batch slot pos d_model"]
) -> Float[Tensor, "batch pos edge"]:
    """The score of every edge at every position: one matrix product a position."""
    scores = pair.delta.transpose(1, 2) @ gradients.permute(0, 2, 3, 1)
    return scores[..., pair.universe.edge_source, pair.universe.edge_slot]


def crossing_scores(
    pair: Pair, layer: int, z_gradient: Float[Tensor, "batch query head d_head"]
) -> Float[Tensor, "batch slot head query key"]:
    """Slots in the order q, k, v; zero where the query does not see the key."""
    network, lengths = pair.network, pair.batch.lengths
    q, k, v = (pair.clean[site, layer] for site in ("q", "k", "v"))
    q_patch, k_patch, v_patch = (pair.patch[site, layer] for site in ("q", "k", "v"))
    scores = network.scores(layer, q, k, lengths)
    gain = torch.einsum("bqhd,bkhd->bhqk", z_gradient, v)
    by_query = change_one_score(scores, network.scores(layer, q_patch, k, lengths), gain)
    by_key = change_one_score(scores, network.scores(layer, q, k_patch, lengths), gain)
    by_value = scores.softmax(-1) * torch.einsum("bqhd,bkhd->bhqk", z_gradient, v_patch - v)
    return torch.stack([by_query, by_key, by_value], 1)


def change_one_score(
    scores: Float[Tensor, "*rows key"], changed: Float[Tensor, "*rows key"], gain: Float[Tensor, "*rows key"]
) -> Float[Tensor, "*rows key"]:
    """How softmax(scores) . gain changes when the score of one key, each in turn, becomes `changed`'s.

    With `rest` the log of the other keys' mass, the key's weight is sigmoid(score - rest). Where it is the
    largest, `rest` is summed anew without it: one minus a weight near 1 would lose all its digits.
    """
    weights = scores.softmax(-1)
    largest = F.one_hot(scores.argmax(-1), scores.shape[-1]).bool()
    others = scores.masked_fill(largest, -torch.inf)
    small = weights.masked_fill(largest, 0)  # at most 1/2
    total = scores.logsumexp(-1, keepdim=True)
    rest = torch.where(largest, others.logsumexp(-1, keepdim=True), total + torch.log1p(-small))
    moved = torch.sigmoid(changed - rest) - torch.sigmoid(scores - rest)
    without = (others.softmax(-1).nan_to_num() * gain).sum(-1, keepdim=True)  # nan: there is no other key
    mean = (weights * gain).sum(-1, keepdim=True)
    mean_rest = torch.where(largest, without, (mean - small * gain) / (1 - small))
    return torch.where(scores.isinf(), 0.0, moved * (gain - mean_rest))
