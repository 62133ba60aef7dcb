"""The model with every MLP cut at its dictionary: what writes, what reads, what stays constant.

`mlp_out = start` at position 0 and `Σ features + error + b_dec` after it; a skip connection
(`W_skip`) stays a path of the linear network at every position, as in circuit-tracer.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary
from headwater.errors import DictionaryMismatch, InvalidSetting
from headwater.lm.frozen import FrozenBlock, FrozenForward, FrozenNorm
from headwater.lm.sites import MLP_IN, MLP_NORMALIZED, MLP_OUT, RESID_MID


@dataclass(frozen=True)
class CutMlp:
    """One block's MLP output, taken apart. Features are sorted by (position, index).

    `entry` is the direction in the residual stream (before the MLP's norm) that a feature's
    pre-activation reads, `constant` the rest of it (b_enc and the norm's bias), `value` the
    pre-activation as measured. `write` = activation · decoder row. `error` is what features,
    b_dec and skip leave of the MLP's output, 0 at position 0, where all of it is `start`.
    """

    position: Int[Tensor, " feature"]
    index: Int[Tensor, " feature"]
    activation: Float[Tensor, " feature"]
    value: Float[Tensor, " feature"]
    entry: Float[Tensor, "feature d_model"]
    constant: Float[Tensor, " feature"]
    write: Float[Tensor, "feature d_model"]
    error: Float[Tensor, "pos d_model"]
    start: Float[Tensor, " d_model"]
    b_dec: Float[Tensor, " d_model"]
    W_skip: Float[Tensor, "d_model d_model"] | None
    skip_norm: FrozenNorm | None


def cut(dictionary: Dictionary, block: FrozenBlock, mid: Float[Tensor, "pos d_model"] | None) -> CutMlp:
    """`mid`, the residual stream before the MLP's norm, is needed unless the dictionary reads `mlp.in`."""
    norm = reading_norm(dictionary.site_in, block.mlp_norm)
    x = block.mlp_in if dictionary.site_in == MLP_IN else apply_norm(norm, _needed(mid))
    active = dictionary.encode_sparse(x, first=1)
    position, index = active.position, active.feature
    encoder, encoder_bias = dictionary.W_enc[index], dictionary.b_enc[index]
    write = active.activation[:, None] * dictionary.W_dec[index]
    skip = 0 if dictionary.W_skip is None else x @ dictionary.W_skip.T
    rest = block.mlp_out - skip
    error = (rest - dictionary.b_dec).index_add(0, position, write, alpha=-1)
    error[0] = 0
    return CutMlp(
        position=position,
        index=index,
        activation=active.activation,
        value=(encoder * x[position]).sum(1) + encoder_bias,
        entry=pull_back(norm, encoder, position),
        constant=encoder @ norm.bias + encoder_bias,
        write=write,
        error=error,
        start=rest[0],
        b_dec=dictionary.b_dec,
        W_skip=dictionary.W_skip,
        skip_norm=None if dictionary.W_skip is None else norm,
    )


def leave_whole(block: FrozenBlock) -> CutMlp:
    """A block without a dictionary: its MLP is all error."""
    none, zero = block.mlp_out.new_zeros(0), torch.zeros_like(block.mlp_out[0])
    no_place = torch.zeros(0, dtype=torch.long, device=zero.device)
    error = block.mlp_out.clone()
    error[0] = 0
    rows = none.reshape(0, len(zero))
    return CutMlp(no_place, no_place, none, none, rows, none, rows, error, block.mlp_out[0], zero, None, None)


def cut_all(frozen: FrozenForward, dictionaries: dict[int, Dictionary]) -> list[CutMlp]:
    """Every block's MLP, cut where there is a dictionary for it."""
    sites = {dictionary.site_in for dictionary in dictionaries.values()}
    mids = residual_mids(frozen) if sites - {MLP_IN} else [None] * len(frozen.blocks)
    return [
        cut(dictionaries[layer], block, mids[layer]) if layer in dictionaries else leave_whole(block)
        for layer, block in enumerate(frozen.blocks)
    ]


def check_dictionary(dictionary: Dictionary, n_layers: int, d_model: int) -> None:
    """Linear tracing needs transcoders: they read before the MLP and write its output."""
    reads = (MLP_IN, MLP_NORMALIZED, RESID_MID)
    if dictionary.site_out != MLP_OUT or dictionary.site_in not in reads:
        raise InvalidSetting(
            f"{dictionary.id} reads {dictionary.site_in} and writes {dictionary.site_out}; linear tracing"
            f" needs transcoders, which read one of {', '.join(reads)} and write {MLP_OUT}.",
            dictionary=dictionary.id,
        )
    width_in, width_out = dictionary.W_enc.shape[1], dictionary.W_dec.shape[1]
    if (width_in, width_out) != (d_model, d_model) or dictionary.layer >= n_layers:
        raise DictionaryMismatch(
            f"{dictionary.id} (layer {dictionary.layer}, {width_in} wide in, {width_out} out) does not fit a"
            f" model of {n_layers} layers, {d_model} wide. Choose the dictionaries trained on this model.",
            dictionary=dictionary.id,
        )


def until(frozen: FrozenForward, position: int) -> FrozenForward:
    """The same pass up to and including `position`: nothing later can have an effect on it."""
    n = position + 1

    def shorten(norm: FrozenNorm) -> FrozenNorm:
        return replace(norm, scale=norm.scale[:n])

    def shorten_block(block: FrozenBlock) -> FrozenBlock:
        return replace(
            block,
            attn_norm=shorten(block.attn_norm),
            mlp_norm=shorten(block.mlp_norm),
            pattern=block.pattern[:, :n, :n],
            mlp_in=block.mlp_in[:n],
            mlp_out=block.mlp_out[:n],
        )

    return replace(
        frozen,
        token_ids=frozen.token_ids[:n],
        embedding=frozen.embedding[:n],
        position=None if frozen.position is None else frozen.position[:n],
        blocks=tuple(map(shorten_block, frozen.blocks)),
        final_norm=shorten(frozen.final_norm),
        logits=frozen.logits[:n],
    )


def reading_norm(site: str, norm: FrozenNorm) -> FrozenNorm:
    """The part of the MLP's norm between the residual stream and a site, as a norm of its own."""
    one, zero = torch.ones_like(norm.gain), torch.zeros_like(norm.bias)
    if site == RESID_MID:
        return FrozenNorm(torch.ones_like(norm.scale), one, zero, centers=False)
    if site == MLP_NORMALIZED:
        return FrozenNorm(norm.scale, one, zero, norm.centers)
    return norm


def apply_norm(norm: FrozenNorm, x: Float[Tensor, "pos d_model"]) -> Float[Tensor, "pos d_model"]:
    return _centred(x, norm) / norm.scale[:, None] * norm.gain + norm.bias


def pull_back(
    norm: FrozenNorm, direction: Float[Tensor, "row d_model"], position: Int[Tensor, " row"]
) -> Float[Tensor, "row d_model"]:
    """A direction read after the norm, as a direction read before it."""
    return fold_norm(norm, direction) / norm.scale[position, None]


def fold_norm(norm: FrozenNorm, weight: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
    """The same without the denominator: the norm's gain and centring, applied to gradients."""
    return _centred(weight * norm.gain, norm)


def residual_mids(frozen: FrozenForward) -> list[Float[Tensor, "pos d_model"]]:
    """The residual stream between attention and MLP of every block, from the frozen quantities alone."""
    x, mids = frozen.embedding + (0 if frozen.position is None else frozen.position), []
    for block in frozen.blocks:
        group = block.pattern.shape[0] // block.W_V.shape[0]
        values = torch.einsum("pd,kde->kpe", apply_norm(block.attn_norm, x), block.W_V) + block.b_V[:, None]
        heads = block.pattern @ values.repeat_interleave(group, 0)
        mids.append(x + torch.einsum("hpe,hed->pd", heads, block.W_O) + block.b_O)
        x = mids[-1] + block.mlp_out
    return mids


def _centred(x: Tensor, norm: FrozenNorm) -> Tensor:
    return x - x.mean(-1, keepdim=True) if norm.centers else x


def _needed(mid: Tensor | None) -> Tensor:
    assert mid is not None
    return mid
