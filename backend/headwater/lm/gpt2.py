"""GPT-2: LayerNorm, learned positions, biases everywhere.

Its linear layers are `Conv1D`: weights lie [input, output], the transpose of `nn.Linear`, and queries,
keys and values share one matrix side by side.
"""

from typing import Any

import torch
from torch import Tensor

from headwater.lm.network_weights import (
    AttentionWeights,
    HeadMap,
    MlpWeights,
    NetworkBlock,
    NetworkWeights,
    activation,
)
from headwater.lm.norm import Norm


def read_network(model: Any) -> NetworkWeights:
    """`model`: the Hugging Face one, as it was loaded."""
    state, config = dict(model.state_dict()), model.config
    head = state["lm_head.weight"]
    return NetworkWeights(
        W_E=state["transformer.wte.weight"],
        W_pos=state["transformer.wpe.weight"],
        rotary=None,
        blocks=tuple(_block(state, i, config) for i in range(config.n_layer)),
        final_norm=_norm(state, "transformer.ln_f", config),
        W_U=head.T,
        b_U=torch.zeros_like(head[:, 0]),
        n_ctx=config.n_positions,
    )


def _block(state: dict[str, Tensor], layer: int, config: Any) -> NetworkBlock:
    prefix, heads = f"transformer.h.{layer}.", config.n_head
    W = state[f"{prefix}attn.c_attn.weight"].chunk(3, dim=1)
    b = state[f"{prefix}attn.c_attn.bias"].chunk(3)
    query, key, value = (
        HeadMap(torch.unflatten(W_one, 1, (heads, -1)).transpose(0, 1), b_one.view(heads, -1))
        for W_one, b_one in zip(W, b, strict=True)
    )
    scale = query.W.shape[2] ** -0.5 if config.scale_attn_weights else 1.0
    return NetworkBlock(
        attn_norm=_norm(state, f"{prefix}ln_1", config),
        attn=AttentionWeights(
            query=query,
            key=key,
            value=value,
            W_O=torch.unflatten(state[f"{prefix}attn.c_proj.weight"], 0, (heads, -1)),
            b_O=state[f"{prefix}attn.c_proj.bias"],
            scale=scale / (layer + 1) if config.scale_attn_by_inverse_layer_idx else scale,
        ),
        mlp_norm=_norm(state, f"{prefix}ln_2", config),
        mlp=MlpWeights(
            W_in=state[f"{prefix}mlp.c_fc.weight"],
            b_in=state[f"{prefix}mlp.c_fc.bias"],
            W_out=state[f"{prefix}mlp.c_proj.weight"],
            b_out=state[f"{prefix}mlp.c_proj.bias"],
            act=activation(config.activation_function),
        ),
    )


def _norm(state: dict[str, Tensor], name: str, config: Any) -> Norm:
    eps = float(config.layer_norm_epsilon)
    return Norm(gain=state[f"{name}.weight"], bias=state[f"{name}.bias"], eps=eps, centers=True)
