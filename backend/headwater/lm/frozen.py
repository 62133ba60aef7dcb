"""One forward pass, frozen: everything linear tracing needs and nothing else.

Axis names used throughout `lm/`, `attribution/` and `interventions/`:

* `pos`       token position; 0 is the start-of-text token
* `d_model`   residual-stream width
* `head`      attention (query) head; `kv` key-value head, head h reads kv h // (head/kv)
* `d_head`    width of one head
* `vocab`     token id

With attention patterns and norm scales held at their values of this pass, the map from
any source to any later read is exactly linear (Ameisen et al. 2025; TRACING.md c.2).
"""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class FrozenNorm:
    """A norm with its denominator frozen: y = center?(x) / scale[pos] * gain + bias.

    `centers` is True for LayerNorm (the mean over d_model is subtracted, itself linear)
    and False for RMSNorm. `gain` and `bias` are the weights exactly as applied (a Gemma
    style 1+w is already added); `bias` is zeros where the architecture has none.
    """

    scale: Float[Tensor, " pos"]
    gain: Float[Tensor, " d_model"]
    bias: Float[Tensor, " d_model"]
    centers: bool


@dataclass(frozen=True)
class FrozenBlock:
    """One sequential pre-norm block: x -> mid = x + attn(norm1(x)) -> mid + mlp(norm2(mid)).

    `pattern[h, q, k]`: how much query q reads from key k; rows sum to 1.
    `b_V` is zeros where absent. `mlp_in` = norm2(mid), `mlp_out` the MLP's own output.
    """

    attn_norm: FrozenNorm
    pattern: Float[Tensor, "head pos pos"]
    W_V: Float[Tensor, "kv d_model d_head"]
    b_V: Float[Tensor, "kv d_head"]
    W_O: Float[Tensor, "head d_head d_model"]
    b_O: Float[Tensor, " d_model"]
    mlp_norm: FrozenNorm
    mlp_in: Float[Tensor, "pos d_model"]
    mlp_out: Float[Tensor, "pos d_model"]


@dataclass(frozen=True)
class FrozenForward:
    """All of it. `embedding` is W_E[token] as added to the residual stream; `position`
    the learned positional embedding or None (rotary). `logits` are the model's own."""

    token_ids: Int[Tensor, " pos"]
    embedding: Float[Tensor, "pos d_model"]
    position: Float[Tensor, "pos d_model"] | None
    blocks: tuple[FrozenBlock, ...]
    final_norm: FrozenNorm
    W_U: Float[Tensor, "d_model vocab"]
    b_U: Float[Tensor, " vocab"]
    logits: Float[Tensor, "pos vocab"]
