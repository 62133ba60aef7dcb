"""Every node of a feature circuit as one number, and back: (site, bin, feature or error)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from headwater.attribution.sparse.edges import SiteNodes
from headwater.attribution.sparse.sites import Site
from headwater.graph.circuit import LOGITS_SITE, CircuitNodes
from headwater.graph.graph import ERROR, FEATURE, LOGIT

Keys = NDArray[np.int64]


@dataclass(frozen=True)
class NodeSpace:
    """Numbers count bins within sites and features within bins; the last number of a bin is its error
    term."""

    sites: tuple[Site, ...]
    n_bins: int

    @property
    def width(self) -> int:
        return 1 + max((site.n_features for site in self.sites), default=0)

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return self.n_bins * sum(site.n_features + 1 for site in self.sites)

    def keys(self, site: int, bin: Keys, feature: Keys) -> Keys:
        """`feature`: n_features of its site for the error term."""
        is_error = feature == self.sites[site].n_features
        return (site * self.n_bins + bin) * self.width + np.where(is_error, self.width - 1, feature)

    def split(self, keys: Keys) -> tuple[Keys, Keys, Keys]:
        """(site, bin, feature: -1 for the error term)."""
        place, feature = np.divmod(keys, self.width)
        site, bin = np.divmod(place, self.n_bins)
        return site, bin, np.where(feature == self.width - 1, -1, feature)

    def is_error(self, keys: Keys) -> NDArray[np.bool_]:
        return np.equal(keys % self.width, self.width - 1)

    def of_sites(self, keys: Keys, device: torch.device) -> list[SiteNodes]:
        """Nodes sorted by site; column i is `keys[i]`."""
        where, bin, feature = self.split(keys)
        found = []
        for number, site in enumerate(self.sites):
            column = np.flatnonzero(where == number)
            parts = (bin[column], feature[column], column)
            found.append(SiteNodes(site, *(torch.from_numpy(part).to(device) for part in parts)))
        return found

    def columns(
        self,
        keys: Keys,
        effect: NDArray[np.float64],
        spread: NDArray[np.float64],
        *,
        n_layers: int,
        metric: tuple[int, float, float],
    ) -> CircuitNodes:
        """As a circuit's nodes, the metric node last: its (bin, effect, spread)."""
        metric_bin, metric_effect, metric_spread = metric
        where, bin, feature = self.split(keys)
        layers = np.array([site.layer for site in self.sites], np.int16)
        codes = np.array([site.code for site in self.sites], np.uint8)
        kind = np.where(feature < 0, ERROR, FEATURE)
        return CircuitNodes(
            kind=np.append(kind, LOGIT).astype(np.uint8),
            site=np.append(codes[where], LOGITS_SITE).astype(np.uint8),
            layer=np.append(layers[where], n_layers).astype(np.int16),
            position=np.append(bin, metric_bin).astype(np.int32),
            index=np.append(feature, -1).astype(np.int32),
            effect=np.append(effect, metric_effect).astype(np.float32),
            spread=np.append(spread, metric_spread).astype(np.float32),
        )


def merge_sums(
    keys: Sequence[Keys], *sums: Sequence[NDArray[np.float64]]
) -> tuple[Keys, list[NDArray[np.float64]]]:
    """Sums of equal keys; keys in order."""
    unique, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    return unique, [
        np.bincount(inverse, np.concatenate(column), len(unique)).astype(np.float64) for column in sums
    ]
