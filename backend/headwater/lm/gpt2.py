"""GPT-2: LayerNorm, learned positions, biases everywhere.

Its linear layers are `Conv1D`: weights lie [input, output], the transpose of `nn.Linear`, and queries,
keys and values share one matrix side by side.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from headwater.lm.weights import BlockWeights, NormWeights, Weights


def read_weights(state: Mapping[str, Tensor], shape: Mapping[str, int], eps: float) -> Weights:
    """`state`: the Hugging Face model's; `shape`: n_layers, n_heads, n_kv_heads (= n_heads), d_model."""
    return Weights(
        blocks=tuple(_block(state, f"transformer.h.{i}.", shape, eps) for i in range(shape["n_layers"])),
        final_norm=_norm(state, "transformer.ln_f", eps),
        W_U=state["lm_head.weight"].T,
        b_U=torch.zeros_like(state["lm_head.weight"][:, 0]),
    )


def _block(state: Mapping[str, Tensor], prefix: str, shape: Mapping[str, int], eps: float) -> BlockWeights:
    heads, d_model = shape["n_heads"], shape["d_model"]
    W_V = state[f"{prefix}attn.c_attn.weight"][:, 2 * d_model :]
    b_V = state[f"{prefix}attn.c_attn.bias"][2 * d_model :]
    return BlockWeights(
        attn_norm=_norm(state, f"{prefix}ln_1", eps),
        W_V=W_V.reshape(d_model, heads, -1).transpose(0, 1),
        b_V=b_V.view(heads, -1),
        W_O=state[f"{prefix}attn.c_proj.weight"].view(heads, -1, d_model),
        b_O=state[f"{prefix}attn.c_proj.bias"],
        mlp_norm=_norm(state, f"{prefix}ln_2", eps),
    )


def _norm(state: Mapping[str, Tensor], name: str, eps: float) -> NormWeights:
    return NormWeights(gain=state[f"{name}.weight"], bias=state[f"{name}.bias"], eps=eps, centers=True)
