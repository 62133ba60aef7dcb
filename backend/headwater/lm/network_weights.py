"""All weights of a transformer in one layout for every family: what `network.Network` computes with.

Tensors are views of those that the checkpoint's own model holds, so a network costs no memory. That is why
a head's matrices may lie strided: Hugging Face stores `[output, input]`, GPT-2 the transpose, GPT-NeoX
queries, keys and values of one head side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from headwater.errors import UnsupportedModel
from headwater.lm.norm import Norm

ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
    "gelu_fast": lambda x: F.gelu(x, approximate="tanh"),
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "swish": F.silu,
}


def activation(name: object) -> Callable[[Tensor], Tensor]:
    found = ACTIVATIONS.get(str(name))
    if found is None:
        raise UnsupportedModel(
            f"The activation function {name!r} is not supported. Supported: {', '.join(ACTIVATIONS)}."
        )
    return found


@dataclass(frozen=True)
class HeadMap:
    """From what a block's attention reads into its heads: x @ W[head] + b[head]."""

    W: Float[Tensor, "head d_model d_head"]
    b: Float[Tensor, "head d_head"]

    @cached_property
    def flat(self) -> Float[Tensor, "d_model width"] | None:
        """The same storage as one matrix; None where the heads do not lie side by side (GPT-NeoX)."""
        try:
            return self.W.permute(1, 0, 2).view(self.W.shape[1], -1)
        except RuntimeError:
            return None

    def __call__(self, x: Float[Tensor, "batch pos *reader d_model"]) -> Float[Tensor, "batch pos n d_head"]:
        """`x` [batch pos d_model] goes into every head. With an axis of readers before the last (a multiple
        of the heads), reader r goes into head r // (readers / heads) alone."""
        heads, d_model, d_head = self.W.shape
        batch, pos = x.shape[:2]
        if x.ndim == 3 and self.flat is not None:
            return F.linear(x, self.flat.T, self.b.reshape(-1)).view(batch, pos, heads, d_head)
        if x.ndim == 3:
            z = x.reshape(1, -1, d_model) @ self.W + self.b[:, None]
            return z.view(heads, batch, pos, d_head).permute(1, 2, 0, 3)
        split = x.reshape(batch, pos, heads, -1, d_model).permute(2, 0, 1, 3, 4)
        z = split.reshape(heads, -1, d_model) @ self.W + self.b[:, None]
        return z.view(*split.shape[:-1], d_head).permute(1, 2, 0, 3, 4).flatten(2, 3)


@dataclass(frozen=True)
class AttentionWeights:
    """`q_norm`, `k_norm`: over d_head, before the rotary embedding (Qwen3). `scale` multiplies the scores.
    `window`: a query reads at most that many last keys, itself included; None: all of them."""

    query: HeadMap
    key: HeadMap
    value: HeadMap
    W_O: Float[Tensor, "head d_head d_model"]
    b_O: Float[Tensor, " d_model"]
    scale: float
    q_norm: Norm | None = None
    k_norm: Norm | None = None
    window: int | None = None


@dataclass(frozen=True)
class MlpWeights:
    """act(x W_in + b_in) W_out + b_out; where there is a gate, what goes through W_out is
    act(x W_gate + b_gate) * (x W_in + b_in)."""

    W_in: Float[Tensor, "d_model d_mlp"]
    b_in: Float[Tensor, " d_mlp"]
    W_out: Float[Tensor, "d_mlp d_model"]
    b_out: Float[Tensor, " d_model"]
    act: Callable[[Tensor], Tensor]
    W_gate: Float[Tensor, "d_model d_mlp"] | None = None
    b_gate: Float[Tensor, " d_mlp"] | None = None


@dataclass(frozen=True)
class NetworkBlock:
    """Norms are None where the architecture has none (compiled models)."""

    attn_norm: Norm | None
    attn: AttentionWeights
    mlp_norm: Norm | None
    mlp: MlpWeights


@dataclass(frozen=True)
class Rotary:
    """Dimensions i and i + half of a head are turned by position * frequencies[i] and stretched by `scaling`;
    those from 2 * half on stay (partial rotary). Halves, as Hugging Face and TransformerLens lay them out."""

    frequencies: Float[Tensor, " half"]
    scaling: float = 1.0

    def tables(self, n_pos: int) -> tuple[Float[Tensor, "pos half"], Float[Tensor, "pos half"]]:
        """Cosines and sines."""
        positions = torch.arange(n_pos, device=self.frequencies.device, dtype=self.frequencies.dtype)
        angles = positions[:, None] * self.frequencies
        return angles.cos() * self.scaling, angles.sin() * self.scaling


@dataclass(frozen=True)
class NetworkWeights:
    """`parallel`: attention and MLP of a block both read its input. `causal`: no query reads a later key."""

    W_E: Float[Tensor, "vocab d_model"]
    W_pos: Float[Tensor, "n_ctx d_model"] | None
    rotary: Rotary | None
    blocks: tuple[NetworkBlock, ...]
    final_norm: Norm | None
    W_U: Float[Tensor, "d_model vocab_out"]
    b_U: Float[Tensor, " vocab_out"]
    n_ctx: int
    causal: bool = True
    parallel: bool = False
