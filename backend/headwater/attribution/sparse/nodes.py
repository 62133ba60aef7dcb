"""How far does the metric fall when a node goes from its clean to its patched value?

    effect(node) = (patched - clean) · g,    g = gradient of -metric at the node

averaged over the straight line from clean to patch (integrated gradients) or taken at its clean end
(attribution patching). With x = decode(a) + error, the gradient of a feature is <W_dec, g_x> and that of
the error is g_x itself, g_x being the gradient at the site's value: one matrix product gives every
feature's effect, and what they leave of <x_patched - x_clean, g_x> is the error's. Per site the effects sum
to m(clean) - m(site patched) up to the rule's quadrature error, the *completeness residual*; over sites
they do not add up.

Refs: Marks et al. 2024 (arXiv 2403.19647), IE_atp and IE_ig; Sundararajan et al. 2017 (arXiv 1703.01365).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.sparse.passes import Explained, Pair, Run, copies_per_pass, run
from headwater.attribution.sparse.sites import Site
from headwater.lm.network import Network

MAX_DENSE: Final = 1 << 23
"""Effects of features held dense at once (32 MiB)."""

Rule = Literal["midpoint", "left"]


@dataclass(frozen=True)
class SiteGradient:
    """`gradient`: of -metric at the site's value, averaged over the path. `fall`: m(clean) - m(site
    patched)."""

    gradient: Float[Tensor, "batch pos d_out"]
    fall: Float[Tensor, " batch"]


def path_points(steps: int, rule: Rule) -> list[float]:
    """Shares of the way from clean (0) to patch (1)."""
    return [(k + (0.5 if rule == "midpoint" else 0.0)) / steps for k in range(steps)]


def integrated_gradient(
    explained: Explained, pair: Pair, site: Site, points: Sequence[float]
) -> SiteGradient:
    """The mean gradient at these points: a pass of the rest of the model for each, batched."""
    clean, patched = pair.clean.written(site).detach(), pair.patched(site)
    at_once = copies_per_pass(explained.network, len(clean), clean.shape[1])
    total = torch.zeros_like(clean)
    for first in range(0, len(points), at_once):
        some = points[first : first + at_once]
        line = torch.cat([clean + share * (patched - clean) for share in some]).requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(explained.of_site(site, line).sum(), line)
        total -= gradient.view(len(some), *clean.shape).sum(0)
    return SiteGradient(total / len(points), _fall(explained, site, clean, patched))


def attribution_gradients(
    explained: Explained,
    pair: Pair,
    sites: Sequence[Site],
    through_features: Collection[str] = (),
    *,
    fall: bool = True,
) -> tuple[SiteGradient, ...]:
    """The clean run's gradient at every site, from one pass forward and one back.

    Nothing is spliced in, so no site's gradient depends on the dictionaries of later ones: this is
    integrated gradients with one step at the clean end. `through_features` names parts (`mlp`, ...) whose
    SAEs are spliced with the error's gradient cut, so that what lies upstream sees the metric through their
    features alone. The paper means its splice to be invisible, but its code (with nnsight 0.3.7) lets
    gradients pass MLP outputs that way only, attention and residual stream unhindered:
    `through_features=("mlp",)` gives its numbers. `fall=False` saves one pass a site."""
    spliced = {(site.write, site.layer): site for site in sites if site.part in through_features}

    def splice(place: str, layer: int, value: Tensor) -> Tensor:
        site = spliced.get((place, layer))
        if site is None:
            return value
        features = site.dictionary.decode(site.dictionary.encode(value))
        return features + (value - features).detach()

    with torch.enable_grad():
        again = run(explained.network, explained.batch.clean, explained.batch.lengths, splice)
        written = [again.written(site) for site in sites]
        metric = explained.of_end(explained.end_of(again)).sum()
        gradients = torch.autograd.grad(metric, written, materialize_grads=True)
    found = []
    for site, gradient in zip(sites, gradients, strict=True):
        clean = pair.clean.written(site)
        fell = _fall(explained, site, clean, pair.patched(site)) if fall else torch.zeros_like(clean[:, 0, 0])
        found.append(SiteGradient(-gradient, fell))
    return tuple(found)


def end_gradient(explained: Explained, pair: Pair, points: Sequence[float]) -> Float[Tensor, "batch pos d"]:
    """As `integrated_gradient`, for the last activation that the metric reads: what flows into the metric
    node."""
    clean = explained.end_of(pair.clean)
    patched = clean if pair.patch is None else explained.end_of(pair.patch)
    total = torch.zeros_like(clean)
    for share in points:
        value = (clean + share * (patched - clean)).detach().requires_grad_()
        with torch.enable_grad():
            total -= torch.autograd.grad(explained.of_end(value).sum(), value)[0]
    return total / len(points)


def metrics(explained: Explained, pair: Pair) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the clean and the patch run, by row; NaN where there is no patch run."""
    clean = explained.of_end(explained.end_of(pair.clean)).double().cpu().numpy()
    if pair.patch is None:
        return clean, np.full(len(clean), np.nan)
    return clean, explained.of_end(explained.end_of(pair.patch)).double().cpu().numpy()


def _fall(explained: Explained, site: Site, clean: Tensor, patched: Tensor) -> Float[Tensor, " batch"]:
    with torch.no_grad():
        before, after = explained.of_site(site, torch.cat([clean, patched])).chunk(2)
    return before - after


@dataclass(frozen=True)
class SiteEffects:
    """Effects of some rows of a batch at one site: `rows` says which. Zero where nothing differs."""

    rows: slice
    features: Float[Tensor, "row pos feature"]
    error: Float[Tensor, "row pos"]


def effects(
    network: Network, pair: Pair, site: Site, gradient: Float[Tensor, "batch pos d_out"]
) -> Iterator[SiteEffects]:
    """Every node's effect, a few rows at a time."""
    clean, patched = pair.clean.written(site), pair.patched(site)
    whole = ((patched - clean) * gradient).sum(-1)
    step = max(1, MAX_DENSE // (site.n_features * clean.shape[1]))
    for first in range(0, len(clean), step):
        rows = slice(first, first + step)
        before, after = part_of(pair, rows).activations(network, site)
        features = (after - before) * (gradient[rows] @ site.dictionary.W_dec.T)
        yield SiteEffects(rows, features, whole[rows] - features.sum(-1))


def part_of(pair: Pair, rows: slice) -> Pair:
    """Some rows of a batch."""

    def cut(whole: Run) -> Run:
        return Run({place: value[rows] for place, value in whole.values.items()})

    return Pair(cut(pair.clean), None if pair.patch is None else cut(pair.patch))


def exact_effects(explained: Explained, pair: Pair, site: Site) -> SiteEffects:
    """Every node patched by itself, its effect measured: one pass a node of the example with most of them.

    For tests and small circuits. Each copy of the batch patches one node in every row.
    """
    network, clean = explained.network, pair.clean.written(site)
    before, after = pair.activations(network, site)
    difference = after - before
    error = pair.patched(site) - clean - difference @ site.dictionary.W_dec
    features, errors = torch.zeros_like(difference), torch.zeros_like(error[..., 0])
    start = _metric(explained, site, clean)
    at_once = copies_per_pass(network, len(clean), clean.shape[1])

    lists = [row.nonzero() for row in difference]
    for first in range(0, max(map(len, lists)), at_once):
        value = clean.repeat(at_once, 1, 1).view(at_once, *clean.shape)
        for row, nodes in enumerate(lists):
            some = nodes[first : first + at_once]
            copy = torch.arange(len(some), device=clean.device)
            amount = difference[row, some[:, 0], some[:, 1]]
            value[copy, row, some[:, 0]] += amount[:, None] * site.dictionary.W_dec[some[:, 1]]
        falls = start - _metric(explained, site, value.flatten(0, 1)).view(at_once, -1)
        for row, nodes in enumerate(lists):
            some = nodes[first : first + at_once]
            features[row, some[:, 0], some[:, 1]] = falls[: len(some), row]
    for position in range(clean.shape[1]):
        value = clean.clone()
        value[:, position] += error[:, position]
        errors[:, position] = start - _metric(explained, site, value)
    return SiteEffects(slice(0, len(clean)), features, errors)


def _metric(explained: Explained, site: Site, value: Tensor) -> Float[Tensor, " copies"]:
    with torch.no_grad():
        return explained.of_site(site, value)


def bin_sums(
    values: Float[Tensor, "row pos *node"], bins: Int[Tensor, "row pos"], n_bins: int
) -> Float[Tensor, "row bin *node"]:
    """Summed over the positions of each bin; -1 is counted nowhere."""
    rows = len(bins)
    to = (
        torch.arange(rows, device=bins.device)[:, None] * (n_bins + 1) + bins.where(bins >= 0, n_bins)
    ).flatten()
    summed = values.new_zeros(rows * (n_bins + 1), *values.shape[2:]).index_add_(0, to, values.flatten(0, 1))
    return summed.view(rows, n_bins + 1, *values.shape[2:])[:, :n_bins]
