"""One dictionary: encoder, decoder, and the rule that decides which features are active."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headwater.errors import UnknownDictionary, UnknownFeature

MAX_DENSE: int = 4_194_304
"""Pre-activations held at once while encoding sparsely (16 MiB)."""


@dataclass(frozen=True)
class SparseActivations:
    """The features that are active, by position and then feature. Activations are positive."""

    position: Int[Tensor, " active"]
    feature: Int[Tensor, " active"]
    activation: Float[Tensor, " active"]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Dictionary:
    """Features of one layer: read at `site_in`, written at `site_out` (names of `lm.sites`).

    A feature is active where its pre-activation exceeds `threshold` (0 when None) and, with `k`, is among the
    position's k largest; its activation is then the pre-activation itself, so the slope is 1. Other forms are
    brought to this one at loading: gated, BatchTopK with its inference threshold, `apply_b_dec_to_input`.
    `W_skip` (x @ W_skip.T) is a transcoder's linear path around its features.
    """

    id: str
    layer: int
    site_in: str
    site_out: str
    W_enc: Float[Tensor, "feature d_in"]
    b_enc: Float[Tensor, " feature"]
    W_dec: Float[Tensor, "feature d_out"]
    b_dec: Float[Tensor, " d_out"]
    threshold: Float[Tensor, " feature"] | None
    k: int | None
    W_skip: Float[Tensor, "d_out d_in"] | None
    fingerprint: str

    @property
    def n_features(self) -> int:
        return len(self.b_enc)

    def check_feature(self, index: int) -> int:
        if not 0 <= index < self.n_features:
            raise UnknownFeature(
                f"{self.id} has features 0 to {self.n_features - 1}, and no feature {index}.", index=index
            )
        return index

    def preactivation(self, x: Float[Tensor, "*pos d_in"]) -> Float[Tensor, "*pos feature"]:
        return torch.nn.functional.linear(x, self.W_enc, self.b_enc)

    def encode(self, x: Float[Tensor, "*pos d_in"]) -> Float[Tensor, "*pos feature"]:
        """Activations: 0 where inactive."""
        pre = self.preactivation(x)
        return pre * self.is_active(pre)

    def is_active(self, pre: Float[Tensor, "*pos feature"]) -> Bool[Tensor, "*pos feature"]:
        """Which features these pre-activations switch on. Never one at or below 0."""
        active = pre > (0 if self.threshold is None else self.threshold)
        if self.k is not None and self.k < pre.shape[-1]:
            top = pre.topk(self.k, dim=-1).indices
            active &= torch.zeros_like(active).scatter_(-1, top, True)
        return active

    def encode_sparse(self, x: Float[Tensor, "pos d_in"], first: int = 0) -> SparseActivations:
        """Active features from position `first` on, a few positions dense at a time."""
        parts = list(self._encode_parts(x, first))
        return SparseActivations(*(torch.cat(column) for column in zip(*parts, strict=True)))

    def _encode_parts(self, x: Tensor, first: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        step = max(1, MAX_DENSE // self.n_features)
        for start in range(first, max(len(x), first + 1), step):
            pre = self.preactivation(x[start : start + step])
            position, feature = self.is_active(pre).nonzero(as_tuple=True)
            yield position + start, feature, pre[position, feature]

    def activation_at(
        self, x: Float[Tensor, "pos d_in"], position: Int[Tensor, " active"], feature: Int[Tensor, " active"]
    ) -> Float[Tensor, " active"]:
        """Activations of single features at single positions, without encoding the rest where possible."""
        if self.k is not None:
            return self.encode(x)[position, feature]
        pre = (x[position] * self.W_enc[feature]).sum(-1) + self.b_enc[feature]
        return pre * (pre > (0 if self.threshold is None else self.threshold[feature]))

    def decode(
        self, activations: Float[Tensor, "*pos feature"], x: Float[Tensor, "*pos d_in"] | None = None
    ) -> Float[Tensor, "*pos d_out"]:
        """The reconstruction. With `W_skip`, `x` is needed for the path around the features."""
        return activations @ self.W_dec + self.b_dec + self._skip(x)

    def decode_sparse(
        self, active: SparseActivations, x: Float[Tensor, "pos d_in"]
    ) -> Float[Tensor, "pos d_out"]:
        """`decode` of sparse activations; `x` gives the number of positions and the skip path's input."""
        start = (self.b_dec + self._skip(x)).expand(len(x), -1).clone()
        return start.index_add_(0, active.position, active.activation[:, None] * self.W_dec[active.feature])

    def reconstruct(self, x: Float[Tensor, "pos d_in"]) -> Float[Tensor, "pos d_out"]:
        return self.decode_sparse(self.encode_sparse(x), x)

    def _skip(self, x: Tensor | None) -> Tensor:
        if self.W_skip is None:
            return torch.zeros_like(self.b_dec)
        if x is None:
            raise ValueError(f"{self.id} has a skip path: decode needs the input x as well")
        return torch.nn.functional.linear(x, self.W_skip)


@dataclass(frozen=True)
class DictionarySet:
    """Dictionaries of one kind ("transcoder" or "sae"), at most one a layer, in layer order."""

    id: str
    kind: str
    layers: tuple[Dictionary, ...]
    fingerprint: str

    def at(self, layer: int) -> Dictionary:
        for dictionary in self.layers:
            if dictionary.layer == layer:
                return dictionary
        have = ", ".join(str(dictionary.layer) for dictionary in self.layers)
        raise UnknownDictionary(
            f"{self.id} has no dictionary at layer {layer}; it has layers {have}.", layer=layer
        )
