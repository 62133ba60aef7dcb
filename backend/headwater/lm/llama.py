"""Llama and its relatives (Mistral, Qwen): RMSNorm, rotary positions, grouped-query attention, gated MLPs.

Rotary embeddings and Qwen's query and key norms act on queries and keys only, so they live inside the
attention pattern and linear tracing never sees them.
"""

from typing import Any

import torch
from torch import Tensor

from headwater.errors import UnsupportedModel
from headwater.lm.network_weights import (
    AttentionWeights,
    HeadMap,
    MlpWeights,
    NetworkBlock,
    NetworkWeights,
    Rotary,
    activation,
)
from headwater.lm.norm import Norm

FIXED_ROTATIONS = ("default", "linear", "llama3", "yarn", "dynamic")
"""Rope types whose frequencies do not depend on the prompt within the model's context."""


def read_network(model: Any) -> NetworkWeights:
    """`model`: the Hugging Face one, as it was loaded."""
    state, config = dict(model.state_dict()), model.config
    head = state["lm_head.weight"]
    return NetworkWeights(
        W_E=state["model.embed_tokens.weight"],
        W_pos=None,
        rotary=rotary(model.model.rotary_emb),
        blocks=tuple(_block(state, i, config) for i in range(config.num_hidden_layers)),
        final_norm=_norm(state["model.norm.weight"], config),
        W_U=head.T,
        b_U=state.get("lm_head.bias", torch.zeros_like(head[:, 0])),
        n_ctx=config.max_position_embeddings,
    )


def rotary(module: Any) -> Rotary:
    """From the rotary embedding that Hugging Face built, whatever its scaling."""
    if module.rope_type not in FIXED_ROTATIONS:
        raise UnsupportedModel(
            f"Rotary positions of type {module.rope_type!r} change with the prompt's length and are not "
            f"supported. Supported: {', '.join(FIXED_ROTATIONS)}."
        )
    return Rotary(module.inv_freq, float(module.attention_scaling))


def _block(state: dict[str, Tensor], layer: int, config: Any) -> NetworkBlock:
    heads, prefix = config.num_attention_heads, f"model.layers.{layer}."
    kv = getattr(config, "num_key_value_heads", None) or heads
    W_O, b_O = _linear(state, f"{prefix}self_attn.o_proj")
    query = _heads(state, f"{prefix}self_attn.q_proj", heads)
    q_norm, k_norm = (state.get(f"{prefix}self_attn.{name}_norm.weight") for name in "qk")
    W_in, b_in = _linear(state, f"{prefix}mlp.up_proj")
    W_gate, b_gate = _linear(state, f"{prefix}mlp.gate_proj")
    W_out, b_out = _linear(state, f"{prefix}mlp.down_proj")
    return NetworkBlock(
        attn_norm=_norm(state[f"{prefix}input_layernorm.weight"], config),
        attn=AttentionWeights(
            query=query,
            key=_heads(state, f"{prefix}self_attn.k_proj", kv),
            value=_heads(state, f"{prefix}self_attn.v_proj", kv),
            W_O=torch.unflatten(W_O, 0, (heads, -1)),
            b_O=b_O,
            scale=query.W.shape[2] ** -0.5,
            q_norm=None if q_norm is None else _norm(q_norm, config),
            k_norm=None if k_norm is None else _norm(k_norm, config),
            window=_window(config, layer),
        ),
        mlp_norm=_norm(state[f"{prefix}post_attention_layernorm.weight"], config),
        mlp=MlpWeights(W_in, b_in, W_out, b_out, activation(config.hidden_act), W_gate, b_gate),
    )


def _linear(state: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """An `nn.Linear` as (matrix [input, output], bias or zeros)."""
    W = state[f"{name}.weight"]
    return W.T, state.get(f"{name}.bias", torch.zeros_like(W[:, 0]))


def _heads(state: dict[str, Tensor], name: str, heads: int) -> HeadMap:
    W, b = _linear(state, name)
    return HeadMap(torch.unflatten(W, 1, (heads, -1)).transpose(0, 1), b.view(heads, -1))


def _norm(gain: Tensor, config: Any) -> Norm:
    return Norm(gain=gain, bias=torch.zeros_like(gain), eps=float(config.rms_norm_eps), centers=False)


def _window(config: Any, layer: int) -> int | None:
    """Mistral's window holds in every layer, Qwen's in those that `layer_types` names."""
    window, types = getattr(config, "sliding_window", None), getattr(config, "layer_types", None)
    return window if types is None or types[layer] == "sliding_attention" else None
