"""The passes everything else is read off: a run with its activations, and the metric as a function of one
site.

A dictionary's decoder is linear and its error is a node, so moving all nodes of a site from clean to patch
is moving the site's value along a straight line. No dictionary is needed while the metric is run: only the
rest of the model, resumed behind the site. Several copies of a batch (points of the line, or nodes patched
one at a time) lie one after another along the batch axis."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric, Metric
from headwater.attribution.metrics import Places, metric_at, places_of
from headwater.attribution.sparse.sites import EMBED, Site
from headwater.dictionaries.sites import START_POSITIONS
from headwater.lm.batch import Batch, Readouts
from headwater.lm.network import Network, Tap, normed
from headwater.lm.norm import Norm
from headwater.lm.sites import (
    ATTN_OUT,
    ATTN_Z,
    MLP_IN,
    MLP_NORMALIZED,
    MLP_OUT,
    RESID_MID,
    RESID_POST,
    RESID_PRE,
)

KEPT: Final = frozenset((EMBED, RESID_PRE, ATTN_Z, ATTN_OUT, RESID_MID, MLP_IN, MLP_OUT, RESID_POST))
FINAL: Final = "resid.final"

Values = dict[tuple[str, int], Tensor]


@dataclass(frozen=True)
class Run:
    """Activations of one pass by (place, layer): [batch pos d_model]; `attn.z` with its heads side by
    side."""

    values: Values

    def at(self, place: str, layer: int) -> Float[Tensor, "batch pos _width"]:
        return self.values[place, layer]

    def read(self, network: Network, site: Site) -> Float[Tensor, "batch pos d_in"]:
        """What the site's dictionary reads."""
        if site.read == MLP_NORMALIZED:
            return normed(without_gain(network.blocks[site.layer].mlp_norm), self.at(RESID_MID, site.layer))
        return self.at(site.read, site.layer)

    def written(self, site: Site) -> Float[Tensor, "batch pos d_out"]:
        """What its nodes add up to."""
        return self.at(site.write, site.layer)


def frozen_norm(norm: Norm | None, x: Float[Tensor, "*any width"]) -> Float[Tensor, "*any width"]:
    """The norm's value with its denominator held: linear in `x` but for the bias."""
    if norm is None:
        return x
    centred = x - x.mean(-1, keepdim=True) if norm.centers else x
    rate = torch.rsqrt(centred.detach().square().mean(-1, keepdim=True) + norm.eps)
    return centred * rate * norm.gain + norm.bias


def without_gain(norm: Norm | None) -> Norm | None:
    if norm is None:
        return None
    return Norm(torch.ones_like(norm.gain), torch.zeros_like(norm.bias), norm.eps, norm.centers)


def run(
    network: Network,
    ids: Int[Tensor, "batch pos"],
    lengths: Int[Tensor, " batch"],
    change: Tap | None = None,
) -> Run:
    """One pass. Gradients can be taken at every value if the caller's mode allows any. `change` sees and
    may replace each value first."""
    values: Values = {}

    def keep(place: str, layer: int, value: Tensor) -> Tensor:
        value = change(place, layer, value) if change else value
        if place == EMBED and torch.is_grad_enabled():
            value = value.detach().requires_grad_()
        if place in KEPT or place == FINAL:
            if place == ATTN_Z:  # a view behind the value in use would have no gradient of its own
                flat = value.flatten(2)
                values[place, layer] = flat
                return flat.view(value.shape)
            values[place, layer] = value
        return value

    last = network.forward(ids, lengths, keep, stop=network.n_layers)
    values[FINAL, network.n_layers] = last
    return Run(values)


class Explained:
    """The metric of one batch, from the readouts' rows or from one feature, wherever the pass is resumed.

    Every method gives [copy * batch]: one metric for each row of each copy.
    """

    def __init__(
        self,
        network: Network,
        batch: Batch,
        metric: Metric,
        clean: Run,
        site: Site | None = None,
        *,
        linear: bool = False,
    ) -> None:
        """`site` is that of a feature that is the metric. `linear`: the last norm's denominator is held,
        and of a feature its pre-activation is explained, which has a gradient where the feature is off."""
        self.network, self.batch, self.metric, self.clean, self.site = network, batch, metric, clean, site
        self.linear = linear
        self.n_rows, self.n_pos = batch.clean.shape
        self.places = places_of(batch.readout)
        self._copies: dict[int, tuple[Places, Readouts]] = {}
        self._clean_logits: Tensor | None = None
        if metric == "kl":
            with torch.no_grad():
                self._clean_logits = network.unembed(self.places.read(clean.at(FINAL, network.n_layers)))

    # ---- the metric at its own end -------------------------------------------------------------------------

    @property
    def end(self) -> tuple[str, int]:
        """(place, layer) of the last activation that the metric is a function of."""
        if self.site is not None:
            return (self.site.read, self.site.layer)
        return (FINAL, self.network.n_layers)

    def clean_end(self) -> Float[Tensor, "batch pos d"]:
        """The activation at `end` in the clean run."""
        return self.end_of(self.clean)

    def end_of(self, run: Run) -> Float[Tensor, "batch pos d"]:
        return run.at(*self.end) if self.site is None else run.read(self.network, self.site)

    def of_end(self, value: Float[Tensor, "copies pos d"]) -> Float[Tensor, " copies"]:
        """From the activation at `end`."""
        return self._of_places(self._read(value), len(value) // self.n_rows)

    def _read(self, value: Float[Tensor, "copies pos *width"]) -> Float[Tensor, "place *width"]:
        return self._repeated(len(value) // self.n_rows)[0].read(value)

    def _repeated(self, copies: int) -> tuple[Places, Readouts]:
        """Where and what is read, in every copy."""
        if copies not in self._copies:
            places, one = self.places, self.batch.readout
            copy = torch.arange(copies, device=places.row.device)[:, None]
            row = (places.row + copy * self.n_rows).flatten()
            of_readout = (places.of_readout + copy * len(places.row)).flatten()
            rest = (value.repeat(copies) for value in (one.position, one.correct, one.wrong, one.weight))
            self._copies[copies] = (
                Places(row, places.position.repeat(copies), of_readout),
                Readouts((one.row + copy * self.n_rows).flatten(), *rest),
            )
        return self._copies[copies]

    def logits(self, end: Float[Tensor, "copies pos d"]) -> Float[Tensor, "place vocab"]:
        """Where answers are read, copy after copy. None where the metric is a feature."""
        return self.network.unembed(self._read(end))

    def place_rows(self, copies: int) -> Int[Tensor, " place"]:
        """The row of each of them."""
        return self._repeated(copies)[0].row

    def _of_places(self, at: Float[Tensor, "place d"], copies: int) -> Float[Tensor, " copies"]:
        places, readouts = self._repeated(copies)
        if isinstance(self.metric, FeatureMetric):
            assert self.site is not None
            dictionary = self.site.dictionary
            acts = (dictionary.preactivation(at) if self.linear else dictionary.encode(at))[
                :, self.metric.index
            ]
            return acts.new_zeros(copies * self.n_rows).index_add(0, places.row, acts)
        clean = None if self._clean_logits is None else self._clean_logits.repeat(copies, 1)
        logits = self.network.unembed(at)
        if self.linear:
            logits = frozen_norm(self.network.final_norm, at) @ self.network.W_U + self.network.b_U
        return metric_at(self.metric, logits, readouts, places, copies * self.n_rows, clean)

    # ---- the metric from further up ------------------------------------------------------------------------

    def of_site(self, site: Site, value: Float[Tensor, "copies pos d"]) -> Float[Tensor, " copies"]:
        """With `value` written at the site, everything before it as in the clean run, everything behind it
        recomputed."""
        network, clean, layer = self.network, self.clean, site.layer
        copies = len(value) // self.n_rows

        def same(place: str) -> Tensor:
            return clean.at(place, layer).repeat(copies, 1, 1)

        if site.part == "resid":
            return self.of_resid(layer + 1, value)
        if site.part == "embed":
            return self.of_resid(0, value + network.position(self.n_pos))
        if site.part == "mlp":
            base = same(RESID_MID)
            if network.parallel:
                base = base + same(ATTN_OUT)
            return self.of_resid(layer + 1, base + value)
        out = value
        if site.write == ATTN_Z:
            out = network.attn_out(layer, value.view(*value.shape[:2], network.n_heads, -1))
        mid = same(RESID_PRE) + out
        if network.parallel:
            return self.of_resid(layer + 1, mid + same(MLP_OUT))
        return self._of_mid(layer, mid)

    def _of_mid(self, layer: int, mid: Float[Tensor, "copies pos d"]) -> Float[Tensor, " copies"]:
        block = self.network.blocks[layer]
        place, end = self.end
        if end == layer and place == RESID_MID:
            return self.of_end(mid)
        if end == layer and place == MLP_NORMALIZED:
            return self.of_end(normed(without_gain(block.mlp_norm), mid))
        if place == FINAL and layer == self.network.n_layers - 1:
            copies, mid = len(mid) // self.n_rows, self._read(mid)
            return self._of_places(mid + self.network.mlp(layer, normed(block.mlp_norm, mid)), copies)
        x = normed(block.mlp_norm, mid)
        if end == layer and place == MLP_IN:
            return self.of_end(x)
        out = self.network.mlp(layer, x)
        if end == layer and place == MLP_OUT:
            return self.of_end(out)
        return self.of_resid(layer + 1, mid + out)

    def of_resid(self, start: int, x: Float[Tensor, "copies pos d"]) -> Float[Tensor, " copies"]:
        """From the residual stream in front of block `start`."""
        network, (place, end) = self.network, self.end
        lengths = self.batch.lengths.repeat(len(x) // self.n_rows)
        if place == FINAL:
            for layer in range(start, end - 1):
                x = network.block(layer, x, lengths)
            return self._of_last_block(x, lengths) if start < end else self.of_end(x)
        for layer in range(start, end):
            x = network.block(layer, x, lengths)
        if start > end:  # resid.post of the metric's own layer
            return self.of_end(x)
        seen: list[Tensor] = []

        def look(at: str, layer: int, value: Tensor) -> Tensor:
            if at == (RESID_MID if place == MLP_NORMALIZED else place):
                seen.append(value.flatten(2))
            return value

        network.block(end, x, lengths, look)
        if place == MLP_NORMALIZED:
            seen = [normed(without_gain(network.blocks[end].mlp_norm), seen[0])]
        return self.of_end(seen[0])

    def _of_last_block(
        self, pre: Float[Tensor, "copies pos d"], lengths: Int[Tensor, " copies"]
    ) -> Float[Tensor, " copies"]:
        """The last block where answers are read, and nowhere else: its output projection and MLP, three
        quarters of its work, run for those positions alone."""
        network, copies = self.network, len(pre) // self.n_rows
        layer = network.n_layers - 1
        block = network.blocks[layer]
        x = normed(block.attn_norm, pre)
        q, k, v = network.queries(layer, x), network.keys(layer, x), network.values(layer, x)
        z = self._read(network.mix(network.pattern(layer, q, k, lengths), v))
        read = self._read(pre)
        after = read + network.attn_out(layer, z[:, None])[:, 0]
        mlp_in = normed(block.mlp_norm, read if network.parallel else after)
        return self._of_places(after + network.mlp(layer, mlp_in), copies)


@dataclass(frozen=True)
class Pair:
    """A batch's clean run, and the value every site has when all its nodes are patched."""

    clean: Run
    patch: Run | None
    """None: patched means zero. The start token is then left as it is."""

    def patched(self, site: Site) -> Float[Tensor, "batch pos d_out"]:
        if self.patch is not None:
            return self.patch.written(site)
        written = self.clean.written(site)
        zero = site.dictionary.b_dec.expand_as(written).clone()
        zero[:, :START_POSITIONS] = written[:, :START_POSITIONS]
        return zero

    def activations(
        self, network: Network, site: Site
    ) -> tuple[Float[Tensor, "batch pos feature"], Float[Tensor, "batch pos feature"]]:
        """Of every feature, clean and patched."""
        clean = site.encode(self.clean.read(network, site))
        if self.patch is None:
            return clean, torch.zeros_like(clean)
        return clean, site.encode(self.patch.read(network, site))


def pair_of(network: Network, batch: Batch, *, zero: bool) -> Pair:
    with torch.no_grad():
        clean = run(network, batch.clean, batch.lengths)
        patch = None if zero or batch.patch is None else run(network, batch.patch, batch.lengths)
    return Pair(clean, patch)


def copies_per_pass(network: Network, rows: int, pos: int) -> int:
    """How many copies of a batch run together, by what their gradients keep."""
    per_position = 4 * network.n_layers * (12 * network.d_model + 4 * network.d_model + network.n_heads * pos)
    budget = (1 << 31) if network.device.type == "cuda" else (1 << 27)
    return max(1, budget // max(1, per_position * rows * pos))
