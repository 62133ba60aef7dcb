"""How much of a node's effect arrives from each node before it, by direct paths?

    weight(u -> d) = d(g_d · a_d) / d(a_u) · (a_u patched - a_u clean)

with g_d the node's gradient (the one its effect was made with), held fixed, and every other node between u
and d held fixed too. Into a feature that is off in the clean run nothing flows. Summed over all nodes of a
site the weights are the change of that site's value times the cotangent that arrives there, whatever the
dictionary.

Refs: Marks et al. 2024 (arXiv 2403.19647), section 3.2 and appendix A; their recipe, one backward pass for
each feature of each example, is the reference of the tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headwater.attribution.sparse.nodes import bin_sums
from headwater.attribution.sparse.passes import Pair
from headwater.attribution.sparse.sites import Site
from headwater.attribution.sparse.sweep import Flow, Start, Sweep
from headwater.lm.network import Network

MAX_FLOATS: Final = 1 << 23
"""Cotangents held at once at one place (32 MiB)."""


@dataclass(frozen=True)
class SiteNodes:
    """Nodes of one site that matter here: `feature` is -1 for the error, `column` their numbers in the
    circuit."""

    site: Site
    bin: Int[Tensor, " node"]
    feature: Int[Tensor, " node"]
    column: Int[Tensor, " node"]

    def __len__(self) -> int:
        return len(self.column)

    @property
    def is_error(self) -> Bool[Tensor, " node"]:
        return self.feature < 0

    def select(self, chosen: Tensor) -> "SiteNodes":
        return SiteNodes(self.site, self.bin[chosen], self.feature[chosen], self.column[chosen])


@dataclass(frozen=True)
class SiteState:
    """One site on one batch, for the features `known` alone (in order).

    `gradient` is that of -metric at each known feature and `error_gradient` that at the site's value;
    `active` says which features are on in the clean run; `delta`, `error` and `whole` are patched - clean,
    of features, of the error term and of the site's value. `back`: what the error's gradient draws back at
    the place read, because features explain that part of it already."""

    site: Site
    known: Int[Tensor, " known"]
    gradient: Float[Tensor, "batch pos known"]
    active: Bool[Tensor, "batch pos known"]
    delta: Float[Tensor, "batch pos known"]
    error_gradient: Float[Tensor, "batch pos d_out"]
    error: Float[Tensor, "batch pos d_out"]
    whole: Float[Tensor, "batch pos d_out"]
    back: Float[Tensor, "batch pos d_in"]


def site_state(
    network: Network, pair: Pair, nodes: SiteNodes, gradient: Float[Tensor, "batch pos d_out"]
) -> SiteState:
    """`gradient`: of -metric at the site's value, as the effects were made with."""
    dictionary = nodes.site.dictionary
    clean, patched = pair.activations(network, nodes.site)
    known = torch.unique(nodes.feature[~nodes.is_error])
    delta, at_features = patched - clean, gradient @ dictionary.W_dec.T
    whole = pair.patched(nodes.site) - pair.clean.written(nodes.site)
    return SiteState(
        site=nodes.site,
        known=known,
        gradient=at_features[..., known],
        active=clean[..., known] > 0,
        delta=delta[..., known],
        error_gradient=gradient,
        error=whole - delta @ dictionary.W_dec,
        whole=whole,
        back=(at_features * (clean > 0)) @ dictionary.W_enc,
    )


def node_effects(
    nodes: SiteNodes, state: SiteState, bins: Int[Tensor, "batch pos"], n_bins: int
) -> Float[Tensor, "batch node"]:
    """Each example's effect of these nodes: as `nodes.effects`, for some of them."""
    features = state.delta * state.gradient
    error = (state.error * state.error_gradient).sum(-1, keepdim=True)
    summed = bin_sums(torch.cat([features, error], -1), bins, n_bins)
    return summed[:, nodes.bin, _place_of(nodes, state)]


def _place_of(nodes: SiteNodes, state: SiteState) -> Int[Tensor, " node"]:
    """Where a node lies among the known features, the error behind them."""
    place = torch.searchsorted(state.known, nodes.feature.clamp(min=0))
    return place.where(~nodes.is_error, len(state.known))


def starts(
    nodes: SiteNodes, state: SiteState, bins: Int[Tensor, "batch pos"], numbers: Int[Tensor, " node"]
) -> Iterator[Start]:
    """Cotangents of these nodes' part of the effect, where they read. `numbers`: their target numbers."""
    site, dictionary = state.site, state.site.dictionary
    inside = (bins == nodes.bin[:, None, None]).to(state.error_gradient.dtype)
    feature = ~nodes.is_error
    if feature.any():
        some = nodes.select(feature)
        at = _place_of(some, state)
        slope = (state.gradient * state.active)[..., at]
        amount = slope.permute(2, 0, 1) * inside[feature]
        flow = amount[..., None] * dictionary.W_enc[some.feature][:, None, None]
        yield Start(site.read, site.layer, Flow(numbers[feature], flow))
    if nodes.is_error.any():
        mask = inside[nodes.is_error][..., None]
        target = numbers[nodes.is_error]
        yield Start(site.write, site.layer, Flow(target, mask * state.error_gradient))
        yield Start(site.read, site.layer, Flow(target, -mask * state.back))


@dataclass(frozen=True)
class Weights:
    """Summed over the examples of a batch. `inputs`: over all nodes that write, listed or not."""

    weight: Float[Tensor, "target node"]
    inputs: Float[Tensor, " target"]


def edge_weights(
    sweep: Sweep,
    upstream: Sequence[tuple[SiteNodes, SiteState]],
    targets: Sequence[tuple[SiteNodes, SiteState]],
    metric: Start,
    bins: Int[Tensor, "batch pos"],
    *,
    n_bins: int,
    n_targets: int,
    n_nodes: int,
) -> Weights:
    """Edges from the nodes of `upstream` into those of `targets` and into the metric, the last target.

    `targets` carry target numbers as their columns. Cost: the vector-Jacobian products of one block for
    each target (of all blocks below it where no dictionaries lie between), one product with the decoder per
    site met."""
    some = metric.flow.value
    weight = torch.zeros(n_targets, n_nodes, dtype=torch.float64, device=some.device)
    inputs = torch.zeros(n_targets, dtype=torch.float64, device=some.device)
    of_site = {(nodes.site.part, nodes.site.layer): (nodes, state) for nodes, state in upstream}
    for chunk in _chunks(targets, metric, bins):
        for site, flow in sweep.run(chunk):
            nodes, state = of_site[site.part, site.layer]
            inputs[flow.target] += (flow.value * state.whole).sum((1, 2, 3)).double()
            if len(nodes):
                found = _arrived(state, flow.value, bins, n_bins)
                weight[flow.target[:, None], nodes.column] += found[:, nodes.bin, _place_of(nodes, state)]
    return Weights(weight, inputs)


def _arrived(
    state: SiteState, flow: Float[Tensor, "target batch pos d"], bins: Int[Tensor, "batch pos"], n_bins: int
) -> Float[Tensor, "target bin known_and_error"]:
    """The cotangents times what each known feature, and last the error, changes: summed by bin and
    example."""
    through = flow @ state.site.dictionary.W_dec[state.known].T * state.delta
    error = (flow * state.error).sum(-1, keepdim=True)
    both = torch.cat([through, error], -1).flatten(1, 2)
    to = bins.where(bins >= 0, n_bins).flatten()
    summed = both.new_zeros(len(flow), n_bins + 1, both.shape[-1]).index_add_(1, to, both)
    return summed[:, :n_bins].double()


def _chunks(
    targets: Sequence[tuple[SiteNodes, SiteState]], metric: Start, bins: Int[Tensor, "batch pos"]
) -> Iterator[list[Start]]:
    """Targets, top site first, as many at once as memory is meant to hold."""
    held, size = [metric], metric.flow.value.numel()
    for nodes, state in sorted(targets, key=lambda pair: pair[0].site.order, reverse=True):
        width = max(state.back.numel(), state.error_gradient.numel())
        step = max(1, MAX_FLOATS // width)
        for first in range(0, len(nodes), step):
            part = nodes.select(torch.arange(first, min(first + step, len(nodes)), device=bins.device))
            if held and size + len(part) * width > MAX_FLOATS:
                yield held
                held, size = [], 0
            held = [*held, *starts(part, state, bins, part.column)]
            size += len(part) * width
    yield held
