"""Where features live, in the order in which the model computes them.

A site reads at one place of its block and writes at another (a transcoder) or at the same one (an SAE). Its
nodes are its features and one error term: what the site's value holds beyond features and decoder bias, a
transcoder's skip path included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jaxtyping import Float
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.sites import START_POSITIONS
from headwater.errors import DictionaryMismatch, UnknownDictionary
from headwater.graph.circuit import SITES
from headwater.lm.network import Network
from headwater.lm.sites import ATTN_OUT, ATTN_Z, MLP_IN, MLP_NORMALIZED, MLP_OUT, RESID_MID, RESID_POST

EMBED: Final = "embed"
"""The token embedding: a place before the blocks."""

PLACES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "embed": {EMBED: (EMBED,)},
    "attn": {ATTN_Z: (ATTN_Z,), ATTN_OUT: (ATTN_OUT,)},
    "mlp": {MLP_OUT: (MLP_OUT, MLP_IN, MLP_NORMALIZED, RESID_MID)},
    "resid": {RESID_POST: (RESID_POST,)},
}
"""Part of a block -> place where its dictionary writes -> places where that dictionary may read."""


@dataclass(frozen=True)
class Site:
    """One dictionary at its part of one block. `layer` is -1 for the embedding."""

    part: str
    layer: int
    dictionary: Dictionary

    @property
    def name(self) -> str:
        return self.part if self.layer < 0 else f"{self.part}{self.layer}"

    @property
    def code(self) -> int:
        """Index in `graph.circuit.SITES`."""
        return SITES.index(self.part)

    @property
    def order(self) -> tuple[int, int]:
        return (self.layer, self.code)

    @property
    def read(self) -> str:
        return self.dictionary.site_in

    @property
    def write(self) -> str:
        return self.dictionary.site_out

    @property
    def n_features(self) -> int:
        return self.dictionary.n_features

    def encode(self, read: Float[Tensor, "*batch pos d_in"]) -> Float[Tensor, "*batch pos feature"]:
        """Activations; none at the start token, for which dictionaries are not trained."""
        acts = self.dictionary.encode(read)
        acts[..., :START_POSITIONS, :] = 0
        return acts


def sites_of(
    network: Network, dictionaries: Mapping[str, DictionarySet], metric: object = None
) -> tuple[Site, ...]:
    """Every site of these sets, those behind a feature that is the metric left out."""
    found = [
        Site(part, -1 if part == "embed" else dictionary.layer, dictionary)
        for part, chosen in dictionaries.items()
        for dictionary in chosen.layers
    ]
    for site in found:
        _check(network, site)
    found.sort(key=lambda site: site.order)
    if isinstance(metric, FeatureMetric):
        return tuple(site for site in found if _is_before(network, site, metric))
    return tuple(found)


def metric_site(dictionaries: Mapping[str, DictionarySet], metric: FeatureMetric) -> Site:
    """Where the feature lives that is the metric."""
    chosen = dictionaries.get(metric.site)
    if chosen is None:
        raise UnknownDictionary(
            f"The metric is a feature at {metric.site}, but no dictionaries of {metric.site} were chosen. "
            f"Chosen: {', '.join(dictionaries) or 'none'}."
        )
    dictionary = chosen.at(metric.layer)
    dictionary.check_feature(metric.index)
    return Site(metric.site, metric.layer, dictionary)


def _is_before(network: Network, site: Site, metric: FeatureMetric) -> bool:
    beside = network.parallel and {site.part, metric.site} == {"attn", "mlp"} and site.layer == metric.layer
    return site.order < (metric.layer, SITES.index(metric.site)) and not beside


def _check(network: Network, site: Site) -> None:
    reads = PLACES.get(site.part, {}).get(site.write, ())
    if site.read not in reads:
        known = {place: ", ".join(read) for place, read in PLACES.get(site.part, {}).items()}
        raise DictionaryMismatch(
            f"{site.dictionary.id} reads {site.read} and writes {site.write}, a place where feature circuits "
            f"have no node for {site.part}. They use dictionaries that write at, and read from: {known}. "
            "Choose another set."
        )
    if not -1 <= site.layer < network.n_layers:
        raise DictionaryMismatch(
            f"{site.dictionary.id} is for layer {site.layer}, and the model has {network.n_layers} layers."
        )
