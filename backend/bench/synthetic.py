"""A random network with random dictionaries, as a frozen pass: no model file, any size, any device."""

from dataclasses import dataclass

import torch
from torch import Tensor

from headwater.attribution.linear.replacement import apply_norm, reading_norm
from headwater.dictionaries.dictionary import Dictionary
from headwater.lm.frozen import FrozenBlock, FrozenForward, FrozenNorm
from headwater.lm.sites import MLP_IN, MLP_OUT


@dataclass(frozen=True)
class Size:
    """`l0`: active features per position. `biases`: GPT-2 style (LayerNorm, biases, learned positions),
    else Llama style. `skip`: the dictionaries have skip connections."""

    layers: int = 3
    d_model: int = 16
    heads: int = 2
    kv: int = 2
    d_head: int = 8
    width: int = 48
    l0: int = 5
    tokens: int = 7
    vocab: int = 24
    biases: bool = False
    skip: bool = False
    site: str = MLP_IN


def random_network(
    size: Size, seed: int = 0, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[FrozenForward, dict[int, Dictionary]]:
    """A frozen pass whose parts fit together, and one dictionary per block."""
    draw = _Draw(seed, device, dtype)
    ids = torch.randint(size.vocab, (size.tokens,), generator=draw.generator).to(device)
    embedding = draw(size.tokens, size.d_model)
    position = 0.5 * draw(size.tokens, size.d_model) if size.biases else None
    x = embedding if position is None else embedding + position
    blocks, dictionaries = [], {}
    for layer in range(size.layers):
        block, mid = _block(size, draw, x)
        blocks.append(block)
        dictionaries[layer] = _dictionary(size, draw, layer, block, mid)
        x = mid + block.mlp_out
    final = _norm(size, draw, x)
    W_U = draw(size.d_model, size.vocab) * 4 / size.d_model**0.5
    b_U = draw(size.vocab) if size.biases else torch.zeros_like(W_U[0])
    logits = apply_norm(final, x) @ W_U + b_U
    return FrozenForward(ids, embedding, position, tuple(blocks), final, W_U, b_U, logits), dictionaries


class _Draw:
    """Normal numbers from one generator on the CPU, so that every device gets the same."""

    def __init__(self, seed: int, device: str, dtype: torch.dtype) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.device, self.dtype = device, dtype

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator).to(self.device, self.dtype)


def _norm(size: Size, draw: _Draw, x: Tensor) -> FrozenNorm:
    centred = x - x.mean(1, keepdim=True) if size.biases else x
    gain = 1 + 0.1 * draw(size.d_model)
    bias = 0.1 * draw(size.d_model) if size.biases else torch.zeros_like(gain)
    return FrozenNorm((centred.pow(2).mean(1) + 1e-5).sqrt(), gain, bias, size.biases)


def _block(size: Size, draw: _Draw, x: Tensor) -> tuple[FrozenBlock, Tensor]:
    norm, d = _norm(size, draw, x), size.d_model
    pattern = draw(size.heads, size.tokens, size.tokens)
    future = torch.ones_like(pattern[0], dtype=torch.bool).triu(1)
    pattern = pattern.masked_fill(future, float("-inf")).softmax(-1)
    W_V, W_O = draw(size.kv, d, size.d_head) / d**0.5, draw(size.heads, size.d_head, d) / d**0.5
    b_V = 0.1 * draw(size.kv, size.d_head) if size.biases else torch.zeros_like(W_V[:, 0])
    b_O = 0.1 * draw(d) if size.biases else torch.zeros_like(x[0])
    values = torch.einsum("pd,kde->kpe", apply_norm(norm, x), W_V) + b_V[:, None]
    heads = pattern @ values.repeat_interleave(size.heads // size.kv, 0)
    mid = x + torch.einsum("hpe,hed->pd", heads, W_O) + b_O
    mlp_norm = _norm(size, draw, mid)
    mlp_in = apply_norm(mlp_norm, mid)
    mlp_out = torch.tanh(mlp_in @ draw(d, 2 * d) / d**0.5) @ draw(2 * d, d) / d**0.5
    return FrozenBlock(norm, pattern, W_V, b_V, W_O, b_O, mlp_norm, mlp_in, mlp_out), mid


def _dictionary(size: Size, draw: _Draw, layer: int, block: FrozenBlock, mid: Tensor) -> Dictionary:
    W_enc = torch.nn.functional.normalize(draw(size.width, size.d_model))
    pre = apply_norm(reading_norm(size.site, block.mlp_norm), mid) @ W_enc.T
    top = pre[1:].flatten().topk(size.l0 * (size.tokens - 1) + 1).values
    return Dictionary(
        id=f"random.transcoders.{layer}",
        layer=layer,
        site_in=size.site,
        site_out=MLP_OUT,
        W_enc=W_enc,
        b_enc=-top[-2:].mean().expand(size.width).contiguous(),
        W_dec=draw(size.width, size.d_model) / size.d_model**0.5,
        b_dec=block.mlp_out.mean(0) if size.biases else torch.zeros_like(mid[0]),
        threshold=None,
        k=None,
        W_skip=draw(size.d_model, size.d_model) / size.d_model if size.skip else None,
        fingerprint="",
    )
