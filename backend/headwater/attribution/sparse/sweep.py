"""Gradients of many nodes at once, carried down through the model until they meet the next nodes.

A target (a feature's pre-activation, an error term, the metric) starts as a cotangent at the place it
reads. Going down block by block, the cotangent passes the residual stream unchanged, an MLP or attention by
its exact vector-Jacobian product at the clean run (queries, keys and values alike), and stops wherever a
site writes: what arrives there, times the decoder, is the direct effect of that site's nodes on the target.
These are the stop- gradients of sparse feature circuits, for any set of sites: with a dictionary on the
residual stream of every block nothing goes further than one block, without it direct paths run all the way
down.

`frozen` is the linear network of hierarchical attribution: attention patterns and norm denominators held,
so that only values carry gradients; a transcoder's skip path is then part of that network and not of its
error.

Axis names: `target`, a node with inputs; `bin` as in `graph.circuit`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.sparse.passes import FINAL, Run, without_gain
from headwater.attribution.sparse.sites import Site
from headwater.lm.network import Network, normed
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


@dataclass(frozen=True)
class Flow:
    """Cotangents of some targets at one place: `target` numbers them, each at most once."""

    target: Int[Tensor, " target"]
    value: Float[Tensor, "target batch pos d"]

    def plus(self, other: "Flow | None") -> "Flow":
        if other is None or not len(other.target):
            return self
        if not len(self.target):
            return other
        target, row = torch.unique(torch.cat([self.target, other.target]), return_inverse=True)
        if len(target) == len(row):  # nobody is in both
            value = torch.cat([self.value, other.value])
            return Flow(target, value[row.argsort()])
        value = self.value.new_zeros(len(target), *self.value.shape[1:])
        return Flow(target, value.index_add_(0, row, torch.cat([self.value, other.value])))

    def map(self, value: Tensor) -> "Flow":
        return Flow(self.target, value)


@dataclass(frozen=True)
class Start:
    """A flow that begins at `place` of `layer`."""

    place: str
    layer: int
    flow: Flow


class Sweep:
    def __init__(self, network: Network, sites: Sequence[Site], clean: Run, *, frozen: bool = False) -> None:
        self.network, self.clean, self.frozen = network, clean, frozen
        self.sites = {(site.part, site.layer): site for site in sites}

    def run(self, starts: Sequence[Start]) -> Iterator[tuple[Site, Flow]]:
        """(site, what arrives where it writes), from the top down."""
        alive = self._none()
        begin: dict[tuple[str, int, bool], Flow] = {}
        for start in starts:
            layer = self.network.n_layers - 1 if start.place == FINAL else start.layer
            key = (RESID_POST if start.place == FINAL else start.place, layer, start.place == FINAL)
            begin[key] = self._none().plus(begin.get(key)).plus(start.flow)
        top = max((layer for _, layer, _ in begin), default=-1)
        lowest = min((layer for _, layer, _ in begin), default=0)
        for layer in range(top, -1, -1):
            if layer < lowest and not len(alive.target):
                return
            alive = alive.plus(begin.get((RESID_POST, layer, True)))
            if resid := self.sites.get(("resid", layer)):
                yield from self._arrive(resid, alive)
                alive = self._none()
            alive = alive.plus(begin.get((RESID_POST, layer, False)))
            own = {place: begin.get((place, layer, False)) for place in _INSIDE}

            through, read = (own[MLP_OUT] or self._none()), None
            if mlp := self.sites.get(("mlp", layer)):
                yield from self._arrive(mlp, alive)
                if self.frozen and mlp.dictionary.W_skip is not None and len(alive.target):
                    read = Start(mlp.read, layer, alive.map(alive.value @ mlp.dictionary.W_skip))
            else:
                through = through.plus(alive)
            before_mlp = self._mlp(layer, through, own, read)
            beside = self.network.parallel
            at_attn = alive if beside else alive.plus(before_mlp)

            through_z = own[ATTN_Z] or self._none()
            through_out = own[ATTN_OUT] or self._none()
            if attn := self.sites.get(("attn", layer)):
                at_site = self._to_z(layer, at_attn) if attn.write == ATTN_Z else at_attn
                yield from self._arrive(attn, at_site)
            else:
                through_out = through_out.plus(at_attn)
            through_z = through_z.plus(self._to_z(layer, through_out))
            below = self._attention(layer, through_z)
            alive = at_attn.plus(below)
            if beside:
                alive = alive.plus(before_mlp)
        if embed := self.sites.get(("embed", -1)):
            yield from self._arrive(embed, alive)

    def _none(self) -> Flow:
        some = next(iter(self.clean.values.values()))
        target = torch.zeros(0, dtype=torch.long, device=some.device)
        return Flow(target, some.new_zeros(0, *some.shape[:2], self.network.d_model))

    def _arrive(self, site: Site, flow: Flow) -> Iterator[tuple[Site, Flow]]:
        if len(flow.target):
            yield site, flow

    # ---- one part of a block, backwards --------------------------------------------------------------------

    def _mlp(self, layer: int, out: Flow, own: dict[str, Flow | None], skip: Start | None) -> Flow:
        """Cotangents in front of the MLP's norm, from those at the MLP's output and at places before it."""
        into = {place: own[place] or self._none() for place in (MLP_IN, MLP_NORMALIZED, RESID_MID)}
        if skip is not None:
            into[skip.place] = into[skip.place].plus(skip.flow)
        if len(out.target):
            x = self.clean.at(MLP_IN, layer).detach().requires_grad_()
            with torch.enable_grad():
                y = self.network.mlp(layer, x)
            into[MLP_IN] = into[MLP_IN].plus(out.map(_pull(y, x, out.value)))
        norm, mid = self.network.blocks[layer].mlp_norm, self.clean.at(RESID_MID, layer)
        before = into[RESID_MID]
        before = before.plus(self._norm(norm, mid, into[MLP_IN]))
        return before.plus(self._norm(without_gain(norm), mid, into[MLP_NORMALIZED]))

    def _to_z(self, layer: int, out: Flow) -> Flow:
        return out.map(out.value @ self.network.blocks[layer].attn.W_O.flatten(0, 1).T)

    def _attention(self, layer: int, z: Flow) -> Flow:
        """Cotangents in front of the block, from those at the heads' outputs."""
        network, block = self.network, self.network.blocks[layer]
        if not len(z.target):
            return self._none()
        pre = self.clean.at(RESID_PRE, layer).detach()
        x = normed(block.attn_norm, pre).detach().requires_grad_()
        with torch.enable_grad():
            read = x.detach() if self.frozen else x
            pattern = network.pattern(layer, network.queries(layer, read), network.keys(layer, read))
            out = network.mix(pattern, network.values(layer, x)).flatten(2)
        return self._norm(block.attn_norm, pre, z.map(_pull(out, x, z.value)))

    def _norm(self, norm: Norm | None, x: Float[Tensor, "batch pos d"], flow: Flow) -> Flow:
        if norm is None or not len(flow.target):
            return flow
        if self.frozen:
            centred = x - x.mean(-1, keepdim=True) if norm.centers else x
            rate = torch.rsqrt(centred.square().mean(-1, keepdim=True) + norm.eps)
            pulled = flow.value * (norm.gain * rate)
            return flow.map(pulled - pulled.mean(-1, keepdim=True) if norm.centers else pulled)
        return flow.map(norm.vjp(x, flow.value.permute(1, 2, 0, 3)).permute(2, 0, 1, 3))


_INSIDE = (MLP_OUT, MLP_IN, MLP_NORMALIZED, RESID_MID, ATTN_Z, ATTN_OUT)


def _pull(
    out: Float[Tensor, "batch pos d_out"],
    x: Float[Tensor, "batch pos d_in"],
    cotangents: Float[Tensor, "target batch pos d_out"],
) -> Float[Tensor, "target batch pos d_in"]:
    """All vector-Jacobian products in one batched backward pass."""
    return torch.autograd.grad(out, x, cotangents, is_grads_batched=True)[0]
