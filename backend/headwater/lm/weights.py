"""The weights that stay linear once attention and norms are frozen, in one layout for all families."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.lm.frozen import FrozenNorm
from headwater.lm.network_weights import NetworkBlock, NetworkWeights
from headwater.lm.norm import Norm


@dataclass(frozen=True)
class BlockWeights:
    """Shapes as in `FrozenBlock`."""

    attn_norm: Norm
    W_V: Float[Tensor, "kv d_model d_head"]
    b_V: Float[Tensor, "kv d_head"]
    W_O: Float[Tensor, "head d_head d_model"]
    b_O: Float[Tensor, " d_model"]
    mlp_norm: Norm


@dataclass(frozen=True)
class Weights:
    blocks: tuple[BlockWeights, ...]
    final_norm: Norm
    W_U: Float[Tensor, "d_model vocab"]
    b_U: Float[Tensor, " vocab"]


def linear_weights(network: NetworkWeights) -> Weights:
    """Those of a network of a family that has its norms."""
    assert network.final_norm is not None
    return Weights(
        blocks=tuple(map(_linear_block, network.blocks)),
        final_norm=network.final_norm,
        W_U=network.W_U,
        b_U=network.b_U,
    )


def _linear_block(block: NetworkBlock) -> BlockWeights:
    assert block.attn_norm is not None
    assert block.mlp_norm is not None
    value, attn = block.attn.value, block.attn
    return BlockWeights(block.attn_norm, value.W, value.b, attn.W_O, attn.b_O, block.mlp_norm)


def apply_norm(norm: FrozenNorm, x: Float[Tensor, "pos d_model"]) -> Float[Tensor, "pos d_model"]:
    """The frozen norm's output on `x`, bias included."""
    return linear_part(norm, x) + norm.bias


def linear_part(norm: FrozenNorm, x: Float[Tensor, "pos d_model"]) -> Float[Tensor, "pos d_model"]:
    """What a change `x` of the norm's input changes in its output."""
    centred = x - x.mean(-1, keepdim=True) if norm.centers else x
    return centred / norm.scale[:, None] * norm.gain


def attend(
    pattern: Float[Tensor, "head pos pos"],
    W_V: Float[Tensor, "kv d_model d_head"],
    W_O: Float[Tensor, "head d_head d_model"],
    x: Float[Tensor, "pos d_model"],
) -> Float[Tensor, "pos d_model"]:
    """What frozen attention writes when it reads `x` (already normed), without b_V and b_O."""
    values = torch.einsum("pd,kdh->kph", x, W_V)
    values = values.repeat_interleave(pattern.shape[0] // W_V.shape[0], dim=0)
    return torch.einsum("hqd,hdm->qm", pattern @ values, W_O)
