"""Llama and its relatives (Mistral, Qwen): RMSNorm, rotary positions, grouped-query attention.

Rotary embeddings and Qwen's query and key norms act on queries and keys only, so they live inside the
attention pattern and linear tracing never sees them.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from headwater.lm.weights import BlockWeights, NormWeights, Weights


def read_weights(state: Mapping[str, Tensor], shape: Mapping[str, int], eps: float) -> Weights:
    """`state`: the Hugging Face model's; `shape`: n_layers, n_heads, n_kv_heads, d_model."""
    return Weights(
        blocks=tuple(_block(state, f"model.layers.{i}.", shape, eps) for i in range(shape["n_layers"])),
        final_norm=_norm(state["model.norm.weight"], eps),
        W_U=state["lm_head.weight"].T,
        b_U=state.get("lm_head.bias", torch.zeros_like(state["lm_head.weight"][:, 0])),
    )


def _block(state: Mapping[str, Tensor], prefix: str, shape: Mapping[str, int], eps: float) -> BlockWeights:
    heads, kv, d_model = shape["n_heads"], shape["n_kv_heads"], shape["d_model"]
    W_V, W_O = state[f"{prefix}self_attn.v_proj.weight"], state[f"{prefix}self_attn.o_proj.weight"]
    b_V = state.get(f"{prefix}self_attn.v_proj.bias", torch.zeros_like(W_V[:, 0]))
    return BlockWeights(
        attn_norm=_norm(state[f"{prefix}input_layernorm.weight"], eps),
        W_V=W_V.view(kv, -1, d_model).mT,
        b_V=b_V.view(kv, -1),
        W_O=W_O.view(d_model, heads, -1).permute(1, 2, 0),
        b_O=state.get(f"{prefix}self_attn.o_proj.bias", torch.zeros_like(W_O[:, 0])),
        mlp_norm=_norm(state[f"{prefix}post_attention_layernorm.weight"], eps),
    )


def _norm(gain: Tensor, eps: float) -> NormWeights:
    return NormWeights(gain=gain, bias=torch.zeros_like(gain), eps=eps, centers=False)
