"""Why did this head attend there, and what did it bring? Exact, for one prompt.

A head's score is bilinear in the residual stream once the norm's denominator is held, so it is a sum over
pairs of whatever the stream is a sum of: features, errors, heads, the embedding. The same score is a sum over
the singular vectors of the head's query-key matrix. What the head writes into a feature is a sum over heads
and source positions. All three sum to what the model computed, up to rounding; biases are parts too.

Axis names: those of `lm.frozen`; `part` summands of the residual stream in front of the block.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary
from headwater.lm.network import Network
from headwater.lm.norm import Norm


@dataclass(frozen=True)
class ScoreTerms:
    """`terms[i, j]`: what part i at the query and part j at the key add to the score, before the softmax.
    The last row and column are the biases' (of the norm, of queries or keys). `score`: the model's own."""

    terms: Float[Tensor, "query_part key_part"]
    score: float


def score_terms(
    network: Network,
    layer: int,
    head: int,
    parts: Float[Tensor, "part pos d_model"],
    query: int,
    key: int,
) -> ScoreTerms:
    """The attention score of one head from position `query` to position `key`, over pairs of parts.

    `parts` sum to the residual stream in front of the block. Exact with the norms' denominators held: of the
    block's norm, and of query and key norms where a model has them.

    Refs: He et al. 2024 (arXiv 2402.12201); Kamath et al. 2025, "Tracing Attention Computation".
    """
    attn = network.blocks[layer].attn
    kv = head // (network.n_heads // network.n_kv_heads)
    read = _normed_parts(network.blocks[layer].attn_norm, parts)
    q = _frozen(attn.q_norm, _with_bias(read @ attn.query.W[head], attn.query.b[head]))
    k = _frozen(attn.k_norm, _with_bias(read @ attn.key.W[kv], attn.key.b[kv]))
    q, k = (network.turn(x[:, :, None])[:, :, 0] for x in (q, k))
    terms = q[:, query] @ k[:, key].T * attn.scale
    score = q[:, query].sum(0) @ k[:, key].sum(0) * attn.scale
    return ScoreTerms(terms, float(score))


@dataclass(frozen=True)
class SingularTerms:
    """`terms[k]` = sigma_k (x_query . u_k)(v_k . x_key), largest sigma first; they sum to `score`.

    `u`, `v` live in the normed residual stream with a 1 behind it, the biases' coordinate. No more than
    d_head of the `sigma` are not zero.
    """

    terms: Float[Tensor, " rank"]
    sigma: Float[Tensor, " rank"]
    u: Float[Tensor, "rank augmented"]
    v: Float[Tensor, "rank augmented"]
    score: float


def singular_terms(
    network: Network, layer: int, head: int, resid: Float[Tensor, "pos d_model"], query: int, key: int
) -> SingularTerms:
    """The same score over the singular vectors of the head's query-key matrix, biases included.

    With rotary positions that matrix is the one of this pair of positions. Not for models that norm their
    queries and keys (ValueError): there the score is not bilinear in the stream.

    Refs: Franco and Crovella 2024 (arXiv 2410.00340).
    """
    attn = network.blocks[layer].attn
    if attn.q_norm is not None or attn.k_norm is not None:
        raise ValueError("This model norms queries and keys, so its scores have no fixed query-key matrix.")
    kv = head // (network.n_heads // network.n_kv_heads)
    norm = network.blocks[layer].attn_norm
    x = resid if norm is None else norm.apply(resid)
    x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    left = _turned(network, torch.cat([attn.query.W[head], attn.query.b[head][None]]), query)
    right = _turned(network, torch.cat([attn.key.W[kv], attn.key.b[kv][None]]), key)
    # Two thin factors: the small matrix in the middle has the same singular values as their product.
    q_left, r_left = torch.linalg.qr(left)
    q_right, r_right = torch.linalg.qr(right)
    u, sigma, vt = torch.linalg.svd(r_left @ r_right.T * attn.scale)
    u, v = (q_left @ u).T, (q_right @ vt.T).T
    terms = sigma * (u @ x[query]) * (v @ x[key])
    return SingularTerms(terms, sigma, u, v, float((x[query] @ left) @ (x[key] @ right) * attn.scale))


def direct_feature_attribution(
    network: Network,
    dictionary: Dictionary,
    features: list[int],
    pattern: Float[Tensor, "head query key"],
    values: Float[Tensor, "key head d_head"],
    position: int,
) -> Float[Tensor, "feature head key"]:
    """What each head brings from each source position into features of an `attn.z` dictionary at `position`.

    Summed over heads: by source; over sources: by head. Both sum to the pre-activation less its bias, exactly
    with the pattern as it was. Refs: Kissane et al. 2024 (arXiv 2406.17759).
    """
    encoder = dictionary.W_enc[features].view(len(features), network.n_heads, network.d_head)
    return torch.einsum("hk,khd,fhd->fhk", pattern[:, position], values, encoder)


def _normed_parts(
    norm: Norm | None, parts: Float[Tensor, "part pos d_model"]
) -> Float[Tensor, "parts pos d_model"]:
    """Each part through the norm with its denominator held, and the norm's bias as a last part."""
    if norm is None:
        return torch.cat([parts, torch.zeros_like(parts[:1])])
    scale = norm.freeze(parts.sum(0)).scale[:, None]
    centred = parts - parts.mean(-1, keepdim=True) if norm.centers else parts
    return torch.cat([centred / scale * norm.gain, norm.bias.expand_as(parts[:1])])


def _with_bias(x: Float[Tensor, "part pos d_head"], bias: Tensor) -> Float[Tensor, "part pos d_head"]:
    return torch.cat([x[:-1], x[-1:] + bias])


def _frozen(norm: Norm | None, x: Float[Tensor, "part pos d_head"]) -> Float[Tensor, "part pos d_head"]:
    """A query or key norm with its denominator held; it has no bias."""
    return x if norm is None else x / norm.freeze(x.sum(0)).scale[:, None] * norm.gain


def _turned(network: Network, rows: Float[Tensor, "row d_head"], position: int) -> Tensor:
    """Every row as a query or key at this position."""
    at = rows.new_zeros(len(rows), position + 1, 1, rows.shape[-1])
    at[:, -1, 0] = rows
    return network.turn(at)[:, -1, 0]
