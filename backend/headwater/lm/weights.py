"""The weights that stay linear once attention and norms are frozen, in one layout for all families."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.lm.frozen import FrozenNorm


@dataclass(frozen=True)
class NormWeights:
    gain: Float[Tensor, " d_model"]
    bias: Float[Tensor, " d_model"]
    eps: float
    centers: bool

    def freeze(self, x: Float[Tensor, "pos d_model"]) -> FrozenNorm:
        """This norm with the denominator it has on `x`."""
        centred = x - x.mean(-1, keepdim=True) if self.centers else x
        scale = (centred.square().mean(-1) + self.eps).sqrt()
        return FrozenNorm(scale=scale, gain=self.gain, bias=self.bias, centers=self.centers)


@dataclass(frozen=True)
class BlockWeights:
    """Shapes as in `FrozenBlock`."""

    attn_norm: NormWeights
    W_V: Float[Tensor, "kv d_model d_head"]
    b_V: Float[Tensor, "kv d_head"]
    W_O: Float[Tensor, "head d_head d_model"]
    b_O: Float[Tensor, " d_model"]
    mlp_norm: NormWeights


@dataclass(frozen=True)
class Weights:
    blocks: tuple[BlockWeights, ...]
    final_norm: NormWeights
    W_U: Float[Tensor, "d_model vocab"]
    b_U: Float[Tensor, " vocab"]


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
