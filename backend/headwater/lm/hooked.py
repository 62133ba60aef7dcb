"""Models in TransformerLens form: HookedTransformer's parameters become a network.

What differs from Hugging Face: scores are divided by `attn_scale` (sqrt(d_head) unless the config says
otherwise), a gated MLP adds `b_in` after the product, and heads' matrices lie [head, d_model, d_head].
"""

from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from headwater.errors import InvalidModelFiles
from headwater.lm.hooked_config import HookedConfig, check_tensors, read_hooked_config
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
from headwater.lm.registry import ModelEntry, weight_files, weight_header


def read_hooked(entry: ModelEntry, device: str = "cpu") -> NetworkWeights:
    """The weights of a folder in TransformerLens form, in single precision, checked against its config."""
    config = read_hooked_config(entry.config, entry.lm_path / "config.json")
    check_tensors(config, weight_header(entry.lm_path), entry.lm_path / "model.safetensors")
    state: dict[str, Tensor] = {}
    for path in weight_files(entry.lm_path):
        if path.suffix == ".safetensors":
            state |= load_file(path, device=device)
    return _network(_Tensors({name: value.float() for name, value in state.items()}, config))


class _Tensors:
    """Tensors by name; biases that are not there are zeros."""

    def __init__(self, state: Mapping[str, Tensor], config: HookedConfig) -> None:
        self.state, self.config = state, config

    def __getitem__(self, name: str) -> Tensor:
        return self.state[name]

    def bias(self, name: str, *shape: int) -> Tensor:
        found = self.state.get(name)
        return self.state["embed.W_E"].new_zeros(shape) if found is None else found

    def norm(self, name: str, *, rms: bool = False) -> Norm | None:
        """None without normalisation; with folded weights (`LNPre`, `RMSPre`) the gain is one."""
        kind, width = self.config.normalization_type, self.config.d_model
        if kind is None:
            return None
        gain = self.state.get(f"{name}.w")
        gain = torch.ones_like(self.state["embed.W_E"][0]) if gain is None else gain
        centers = kind.startswith("LN") and not rms
        return Norm(gain, self.bias(f"{name}.b", width), self.config.eps, centers)

    def heads(self, at: str, letter: str) -> HeadMap:
        """Laid out so that all heads are one matrix (see `HeadMap.flat`)."""
        own = f"{at}_W_{letter}" in self.state  # as models with shared keys and values store theirs
        W = self.state[f"{at}{'_' if own else ''}W_{letter}"]
        b = self.state.get(f"{at}_b_{letter}", self.state.get(f"{at}b_{letter}"))
        b = torch.zeros_like(W[:, 0]) if b is None else b
        if len(b) != len(W):
            raise InvalidModelFiles(
                f"{at}b_{letter} is for {len(b)} heads and {at}W_{letter} for {len(W)}. Save both alike."
            )
        return HeadMap(W.transpose(0, 1).contiguous().transpose(0, 1), b)


def _network(tensors: _Tensors) -> NetworkWeights:
    config, W_E = tensors.config, tensors["embed.W_E"]
    return NetworkWeights(
        W_E=W_E,
        W_pos=None if config.rotary_dim else tensors["pos_embed.W_pos"],
        rotary=_rotary(config, W_E) if config.rotary_dim else None,
        blocks=tuple(_block(tensors, layer) for layer in range(config.n_layers)),
        final_norm=tensors.norm("ln_final", rms=config.final_rms),
        W_U=tensors["unembed.W_U"],
        b_U=tensors.bias("unembed.b_U", config.d_vocab_out),
        n_ctx=config.n_ctx,
        causal=config.causal,
        parallel=config.parallel_attn_mlp,
    )


def _rotary(config: HookedConfig, like: Tensor) -> Rotary:
    half = config.rotary_dim // 2
    steps = torch.arange(half, device=like.device, dtype=torch.float32)
    return Rotary(1 / config.rotary_base ** (steps / half))


def _block(tensors: _Tensors, layer: int) -> NetworkBlock:
    config, at = tensors.config, f"blocks.{layer}."
    divisor = config.attn_scale * (layer + 1 if config.scale_attn_by_inverse_layer_idx else 1)
    return NetworkBlock(
        attn_norm=tensors.norm(f"{at}ln1"),
        attn=AttentionWeights(
            query=tensors.heads(f"{at}attn.", "Q"),
            key=tensors.heads(f"{at}attn.", "K"),
            value=tensors.heads(f"{at}attn.", "V"),
            W_O=tensors[f"{at}attn.W_O"],
            b_O=tensors.bias(f"{at}attn.b_O", config.d_model),
            scale=1 / divisor,
        ),
        mlp_norm=tensors.norm(f"{at}ln2") if config.d_mlp else None,
        mlp=_mlp(tensors, f"{at}mlp."),
    )


def _mlp(tensors: _Tensors, at: str) -> MlpWeights:
    """In models of attention alone an MLP of width 0: it is there and writes zeros."""
    config = tensors.config
    d_model, d_mlp = config.d_model, config.d_mlp
    if not d_mlp:
        nothing = tensors["embed.W_E"].new_zeros
        return MlpWeights(nothing(d_model, 0), nothing(0), nothing(0, d_model), nothing(d_model), torch.relu)
    W_out, b_in = tensors[f"{at}W_out"], tensors.bias(f"{at}b_in", d_mlp)
    b_out = tensors.bias(f"{at}b_out", d_model)
    parts: dict[str, Any] = {"W_in": tensors[f"{at}W_in"], "W_out": W_out, "act": activation(config.act_fn)}
    if not config.gated_mlp:
        return MlpWeights(b_in=b_in, b_out=b_out, **parts)
    zero = torch.zeros_like(b_in)  # added after the product, so its way through W_out is a constant
    gate = tensors[f"{at}W_gate"]
    return MlpWeights(b_in=zero, b_out=b_out + b_in @ W_out, W_gate=gate, b_gate=zero, **parts)
