"""GPT-NeoX and Pythia: LayerNorm, partial rotary positions, attention and MLP side by side.

Queries, keys and values of one head lie together in one matrix, head after head.
"""

from typing import Any

import torch
from torch import Tensor

from headwater.lm.llama import rotary
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
        W_E=state["gpt_neox.embed_in.weight"],
        W_pos=None,
        rotary=rotary(model.gpt_neox.rotary_emb),
        blocks=tuple(_block(state, i, config) for i in range(config.num_hidden_layers)),
        final_norm=_norm(state, "gpt_neox.final_layer_norm", config),
        W_U=head.T,
        b_U=torch.zeros_like(head[:, 0]),
        n_ctx=config.max_position_embeddings,
        parallel=bool(config.use_parallel_residual),
    )


def _block(state: dict[str, Tensor], layer: int, config: Any) -> NetworkBlock:
    prefix, heads = f"gpt_neox.layers.{layer}.", config.num_attention_heads
    W, b = _linear(state, f"{prefix}attention.query_key_value")
    W_three, b_three = torch.unflatten(W, 1, (heads, 3, -1)), b.view(heads, 3, -1)
    query, key, value = (HeadMap(W_three[:, :, i].transpose(0, 1), b_three[:, i]) for i in range(3))
    W_O, b_O = _linear(state, f"{prefix}attention.dense")
    W_in, b_in = _linear(state, f"{prefix}mlp.dense_h_to_4h")
    W_out, b_out = _linear(state, f"{prefix}mlp.dense_4h_to_h")
    return NetworkBlock(
        attn_norm=_norm(state, f"{prefix}input_layernorm", config),
        attn=AttentionWeights(
            query=query,
            key=key,
            value=value,
            W_O=torch.unflatten(W_O, 0, (heads, -1)),
            b_O=b_O,
            scale=query.W.shape[2] ** -0.5,
        ),
        mlp_norm=_norm(state, f"{prefix}post_attention_layernorm", config),
        mlp=MlpWeights(W_in, b_in, W_out, b_out, activation(config.hidden_act)),
    )


def _linear(state: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """An `nn.Linear` as (matrix [input, output], bias or zeros)."""
    W = state[f"{name}.weight"]
    return W.T, state.get(f"{name}.bias", torch.zeros_like(W[:, 0]))


def _norm(state: dict[str, Tensor], name: str, config: Any) -> Norm:
    eps = float(config.layer_norm_eps)
    return Norm(gain=state[f"{name}.weight"], bias=state[f"{name}.bias"], eps=eps, centers=True)
