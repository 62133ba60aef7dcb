"""Activations at a dictionary's sites, rebuilt from a frozen pass: embeddings plus what each layer wrote.

The frozen network is exactly linear, so nothing has to be recorded twice: the residual stream is a sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet, SparseActivations
from headwater.lm.frozen import FrozenBlock, FrozenForward, FrozenNorm
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
from headwater.lm.weights import apply_norm

START_POSITIONS = 1
"""Leading positions whose features are left out: the start token's activations are unlike any other's, and
dictionaries are trained without it (circuit-tracer's `zero_positions`). What MLPs
write there is a node of its own."""


@dataclass(frozen=True)
class Stream:
    """The residual stream through one block, and what attention added to it (`z`: heads side by side)."""

    pre: Float[Tensor, "pos d_model"]
    z: Float[Tensor, "pos heads_d_head"]
    attn_out: Float[Tensor, "pos d_model"]
    mid: Float[Tensor, "pos d_model"]
    post: Float[Tensor, "pos d_model"]


def streams(frozen: FrozenForward) -> Iterator[Stream]:
    """One per block, in order."""
    x = frozen.embedding if frozen.position is None else frozen.embedding + frozen.position
    for block in frozen.blocks:
        z = head_outputs(block, apply_norm(block.attn_norm, x))
        attn_out = z @ block.W_O.flatten(0, 1) + block.b_O
        stream = Stream(x, z, attn_out, x + attn_out, x + attn_out + block.mlp_out)
        yield stream
        x = stream.post


def head_outputs(
    block: FrozenBlock, x: Float[Tensor, "pos d_model"], *, bias: bool = True
) -> Float[Tensor, "pos heads_d_head"]:
    """What the heads hand to W_O when they read the normed `x`, side by side."""
    values = torch.einsum("pd,kdh->kph", x, block.W_V)
    values = values + block.b_V[:, None] if bias else values
    values = values.repeat_interleave(len(block.pattern) // len(values), dim=0)
    return (block.pattern @ values).transpose(0, 1).flatten(1)


def site_inputs(frozen: FrozenForward, dictionaries: DictionarySet) -> tuple[Float[Tensor, "pos _d_in"], ...]:
    """What each dictionary of the set reads in this pass, in its order."""
    rebuilt = any(d.site_in not in (MLP_IN, MLP_OUT) for d in dictionaries.layers)
    stream = list(streams(frozen)) if rebuilt else [None] * len(frozen.blocks)
    return tuple(_read(frozen, d, stream[d.layer]) for d in dictionaries.layers)


def _read(frozen: FrozenForward, dictionary: Dictionary, stream: Stream | None) -> Tensor:
    block = frozen.blocks[dictionary.layer]
    if dictionary.site_in == MLP_IN:
        return block.mlp_in
    if dictionary.site_in == MLP_OUT:
        return block.mlp_out
    assert stream is not None
    if dictionary.site_in == MLP_NORMALIZED:
        return apply_norm(input_norm(frozen, dictionary), stream.mid)
    places = {RESID_PRE: stream.pre, RESID_MID: stream.mid, RESID_POST: stream.post,
              ATTN_Z: stream.z, ATTN_OUT: stream.attn_out}  # fmt: skip
    return places[dictionary.site_in]


def input_norm(frozen: FrozenForward, dictionary: Dictionary) -> FrozenNorm:
    """The frozen map from the residual stream before the MLP to a transcoder's input, as a norm.

    Transcoders read the MLP's input (the norm itself), the normalised value before the gain, or the
    residual stream as it is: sweeps treat all three alike.
    """
    norm = frozen.blocks[dictionary.layer].mlp_norm
    plain = {"gain": torch.ones_like(norm.gain), "bias": torch.zeros_like(norm.bias)}
    if dictionary.site_in == MLP_IN:
        return norm
    if dictionary.site_in == MLP_NORMALIZED:
        return FrozenNorm(scale=norm.scale, centers=norm.centers, **plain)
    if dictionary.site_in == RESID_MID:
        return FrozenNorm(scale=torch.ones_like(norm.scale), centers=False, **plain)
    raise ValueError(f"{dictionary.id} reads {dictionary.site_in}, which is no place in front of an MLP")


def active_features(frozen: FrozenForward, dictionaries: DictionarySet) -> tuple[SparseActivations, ...]:
    """Active features of every dictionary of the set, in its order, the start position left out."""
    inputs = site_inputs(frozen, dictionaries)
    return tuple(
        d.encode_sparse(x, first=START_POSITIONS) for d, x in zip(dictionaries.layers, inputs, strict=True)
    )
