"""One reverse sweep for many targets: every direct effect on them, by matrix products alone.

Freeze attention patterns P and norm denominators s. What is left of the model between two MLP
outputs is linear, so the effect of a source u written at (block l, position k) on a target t is
<g_t(l, k), u>, where g_t is the gradient of t's value. It starts as t's own reading direction at
t's one position and is carried down through each block's attention,

    g(k) += 1/s(k) · Σ_h norm^T W_V,h Σ_{q>=k} P_h[q, k] W_O,h^T g(q),

with the norm's gain and centring folded into W_V once and 1/s(k) into P. All targets of a chunk
share one buffer [pos, target, d_model], sorted by layer so that those already reached by the sweep
are a prefix: W_O and W_V are single batched products, the sources of a (block, position) one product
more, written straight to their columns. Three products are saved. A target's first attention has one
query, so its rows are Σ_h P_h[p, k] (W_V,h W_O,h^T g): two products for all k together. Block 0 is never
swept: its sources are the embeddings alone, whose values, moved by attention to every query, are 2·T
vectors read like any other source. And a constant that the block's own skip carries on is read with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.linear.replacement import CutMlp, apply_norm, fold_norm
from headwater.attribution.linear.rows import Block
from headwater.lm.frozen import FrozenBlock, FrozenForward, FrozenNorm

MIX_FLOATS = 1 << 18
"""Patterns repeated per batched product: 1 MiB, so that they stay in the second-level cache."""


@dataclass(frozen=True)
class FrozenMaps:
    """One block's attention (and skip), ready to be applied to gradients on the right.

    `mix[group, kv, k, q]` = P_h[q, k] / s(k). `constant` is what attention adds at every position
    whatever it reads: b_O + Σ_h (b_V + norm bias · W_V) W_O, since pattern rows sum to 1.
    """

    W_O: Float[Tensor, "d_model head_d_head"]
    W_V: Float[Tensor, "kv d_head d_model"]
    mix: Float[Tensor, "group kv pos pos"]
    constant: Float[Tensor, " d_model"]
    skip: Float[Tensor, "d_model d_model"] | None
    skip_scale: Float[Tensor, " pos"] | None

    @classmethod
    def of(cls, block: FrozenBlock, mlp: CutMlp) -> "FrozenMaps":
        heads, pos, _ = block.pattern.shape
        kv = len(block.W_V)
        values = block.b_V + torch.einsum("d,kde->ke", block.attn_norm.bias, block.W_V)
        per_head = values.repeat_interleave(heads // kv, 0)
        moved = block.pattern.mT / block.attn_norm.scale[:, None]
        return cls(
            W_O=block.W_O.reshape(-1, block.W_O.shape[-1]).T.contiguous(),
            W_V=fold_norm(block.attn_norm, block.W_V.mT).contiguous(),
            mix=moved.reshape(kv, heads // kv, pos, pos).transpose(0, 1).contiguous(),
            constant=block.b_O + torch.einsum("he,hed->d", per_head, block.W_O),
            skip=None if mlp.W_skip is None else fold_norm(_of(mlp), mlp.W_skip),
            skip_scale=None if mlp.W_skip is None else _of(mlp).scale,
        )


@dataclass(frozen=True)
class Sources:
    """Everything that writes, in node order: the roots of each position (embedding, and the learned
    position if there is one), then for each (block, position) its bias (where not zero), features, and
    error (or, at position 0, start).

    `writes[l][p]` holds the vectors of one (block, position) as columns; `root_reads[q]` what block 0's
    attention and the residual stream together bring to position q of every root up to q. `node` and
    `position` say which node each source is and where.
    """

    writes: list[list[Float[Tensor, "d_model _source"]]]
    root_reads: list[Float[Tensor, "d_model _root"]]
    node: NDArray[np.int64]
    position: NDArray[np.int32]

    @property
    def roots(self) -> int:
        """Roots per position."""
        return self.root_reads[0].shape[1]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of sources at each [block, position]."""
        shape = (len(self.writes), len(self.root_reads))
        return np.array([[w.shape[1] for w in row] for row in self.writes], np.int64).reshape(shape)


@dataclass(frozen=True)
class Batch:
    """Targets to explain. `layer` is the block a target reads inside (n_blocks: it reads the final
    residual stream), `entry` its reading direction there, `constant` the part of its value that no
    source carries, `node` its node number."""

    node: NDArray[np.int64]
    layer: NDArray[np.int64]
    position: NDArray[np.int64]
    entry: Float[Tensor, "target d_model"]
    constant: Float[Tensor, " target"]


def constant_written(
    frozen: FrozenForward, maps: Sequence[FrozenMaps], mlps: Sequence[CutMlp]
) -> list[Float[Tensor, "pos d_model"]]:
    """All constants each block writes at each position, as read at the block's output."""
    written = []
    for block, map_, mlp in zip(frozen.blocks, maps, mlps, strict=True):
        total = map_.constant.expand_as(block.mlp_out).clone()
        if mlp.W_skip is not None:
            norm = _of(mlp)
            # The skip reads the attention constant through the norm, and adds the norm's own bias.
            total += apply_norm(norm, total) @ mlp.W_skip.T
        total[1:] += mlp.b_dec
        written.append(total)
    return written


def read_roots(frozen: FrozenForward, first: FrozenMaps | None) -> list[Float[Tensor, "d_model _root"]]:
    """For each query position, what it holds of every root (two per position, if positions are learned)."""
    parts = [frozen.embedding] if frozen.position is None else [frozen.embedding, frozen.position]
    roots = torch.stack(parts, 1)
    pos, n, width = roots.shape
    reads = []
    if first is not None:
        group, kv = first.mix.shape[:2]
        values = (roots.reshape(pos * n, width) @ first.W_V.flatten(0, 1).T).reshape(pos, n, kv, 1, -1)
    for q in range(pos):
        held = roots.new_zeros(q + 1, n, width)
        if first is not None:
            weights = first.mix[:, :, : q + 1, q].permute(2, 1, 0)
            moved = values[: q + 1] * weights.reshape(q + 1, 1, kv, group, 1)
            held += moved.reshape(q + 1, n, -1) @ first.W_O.T
        held[q] += roots[q]
        reads.append(held.reshape(-1, width).T.contiguous())
    return reads


def sweep(maps: Sequence[FrozenMaps], sources: Sources, batch: Batch) -> list[Block]:
    """Rows of every target of the batch, as dense blocks, one per target layer.

    Exact up to rounding. Cost per target at (l, p): 4·d_model² operations for each of the p+1
    positions of each of the l-1 blocks between 0 and l, and 2·d_model per source.
    """
    order = np.argsort(-batch.layer, kind="stable")
    layers, device = batch.layer[order].tolist(), batch.entry.device
    position = torch.from_numpy(batch.position[order]).to(device)
    entry = batch.entry[torch.from_numpy(order).to(device)]
    own = batch.constant[torch.from_numpy(order).to(device)]
    pos = int(batch.position.max()) + 1
    sizes = sources.sizes[:, :pos]
    starts = sources.roots * pos + np.concatenate([[0], np.cumsum(sizes)])
    columns = sources.node[sources.position < pos]
    grad = entry.new_zeros(pos, len(layers), entry.shape[1])
    out = entry.new_zeros(len(layers), int(starts[-1]))
    rows = torch.arange(len(layers), device=device)
    reached = 0

    for layer in range(layers[0], -1, -1):
        if layer < len(sources.writes) and reached:
            for k in range(pos):
                start, size = int(starts[layer * pos + k]), int(sizes[layer, k])
                if size:
                    torch.mm(
                        grad[k, :reached], sources.writes[layer][k], out=out[:reached, start : start + size]
                    )
            _skip(maps[layer], grad[:, :reached])
        joining = slice(reached, reached + layers.count(layer))
        if layer < len(maps):
            own[joining] += entry[joining] @ maps[layer].constant
        if 0 < layer < len(maps):
            _attend(maps[layer], grad[:, :reached])
            _attend_once(maps[layer], entry[joining], position[joining], grad[:, joining])
        else:
            grad[position[joining], rows[joining]] = entry[joining]
        reached = joining.stop
    for q in range(pos):
        n = sources.roots * (q + 1)
        out[:, :n].addmm_(grad[q], sources.root_reads[q])

    blocks, begin, nodes = [], 0, batch.node[order]
    for layer in sorted(set(layers), reverse=True):
        end, width = begin + layers.count(layer), int(starts[layer * pos])
        weight = out[begin:end, :width].clone()
        blocks.append(Block(layer, nodes[begin:end], columns[:width], weight, own[begin:end]))
        begin = end
    return blocks


def _attend(maps: FrozenMaps, grad: Float[Tensor, "pos target d_model"]) -> None:
    """One block's attention, backwards and in place."""
    pos, targets, width = grad.shape
    group, kv, d_head = *maps.mix.shape[:2], maps.W_V.shape[1]
    if not targets:
        return
    heads = torch.bmm(grad, maps.W_O.expand(pos, width, -1)).view(pos, targets, kv, group, d_head)
    mixed = grad.new_empty(pos, targets, kv * d_head)
    step = max(1, MIX_FLOATS // (kv * pos * pos))
    patterns = [mix[:, :pos, :pos].repeat(min(step, targets), 1, 1) for mix in maps.mix]
    for begin in range(0, targets, step):
        size = min(step, targets - begin)
        into = mixed[:, begin : begin + size].view(pos, size * kv, d_head).transpose(0, 1)
        for g, pattern in enumerate(patterns):
            part = heads[:, begin : begin + size, :, g].reshape(pos, size * kv, d_head).transpose(0, 1)
            # Copied, not written in place: torch multiplies batches one by one when `out` is strided.
            moved = torch.bmm(pattern[: size * kv], part)
            into.copy_(moved) if g == 0 else into.add_(moved)
    grad.baddbmm_(mixed, maps.W_V.reshape(1, -1, width).expand(pos, -1, -1))


def _attend_once(
    maps: FrozenMaps,
    entry: Float[Tensor, "target d_model"],
    position: Int[Tensor, " target"],
    into: Float[Tensor, "pos target d_model"],
) -> None:
    """The same for gradients that live at one position each: no product per key."""
    pos, targets, width = into.shape
    group, kv, d_head = *maps.mix.shape[:2], maps.W_V.shape[1]
    if not targets:
        return
    heads = (entry @ maps.W_O).view(targets, kv, group, d_head)
    moved = torch.einsum("tkge,ked->tkgd", heads, maps.W_V).reshape(targets, kv * group, width)
    weights = maps.mix[:, :, :pos, position].permute(3, 2, 1, 0).reshape(targets, pos, kv * group)
    into.copy_(torch.bmm(weights, moved).transpose(0, 1))
    into[position, torch.arange(targets, device=entry.device)] += entry


def _skip(maps: FrozenMaps, grad: Float[Tensor, "pos target d_model"]) -> None:
    """The MLP's skip connection, backwards and in place."""
    if maps.skip is not None and maps.skip_scale is not None:
        grad += (grad @ maps.skip) / maps.skip_scale[: len(grad), None, None]


def _of(mlp: CutMlp) -> FrozenNorm:
    assert mlp.skip_norm is not None
    return mlp.skip_norm
