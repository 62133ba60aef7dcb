"""What a graph explains, as directions read from the residual stream."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.linear.replacement import CutMlp, pull_back
from headwater.attribution.methods import (
    ChosenTokens,
    FeatureTarget,
    LinearTracing,
    LogitDifference,
    TopLogits,
)
from headwater.dictionaries.dictionary import Dictionary
from headwater.errors import InvalidTarget
from headwater.graph.graph import FEATURE, LOGIT
from headwater.lm.frozen import FrozenForward


def blocks_below(method: LinearTracing, dictionaries: Mapping[int, Dictionary], n_layers: int) -> int:
    """How many blocks lie below the targets: all for logits, those before its own for a feature."""
    target = method.targets
    if not isinstance(target, FeatureTarget):
        return n_layers
    if target.layer >= n_layers or target.layer not in dictionaries:
        raise InvalidTarget(
            f"Layer {target.layer} has no features: this model has layers 0 to {n_layers - 1}, with"
            f" dictionaries at {sorted(dictionaries)}.",
            layer=target.layer,
        )
    width = len(dictionaries[target.layer].b_enc)
    if target.index >= width:
        raise InvalidTarget(
            f"Feature {target.index} does not exist: layer {target.layer} has features 0 to {width - 1}.",
            layer=target.layer,
            index=target.index,
        )
    return target.layer


@dataclass(frozen=True)
class Heads:
    """The graph's targets. `layer` is where they read (the number of blocks for logits)."""

    kind: int
    layer: int
    position: int
    index: NDArray[np.int32]
    activation: NDArray[np.float32]
    weight: Float[Tensor, " head"]
    value: NDArray[np.float32]
    entry: Float[Tensor, "head d_model"]
    constant: Float[Tensor, " head"]


def find_heads(method: LinearTracing, frozen: FrozenForward, mlps: list[CutMlp]) -> Heads:
    target, at = method.targets, len(frozen.token_ids) - 1
    if isinstance(target, FeatureTarget):
        return _feature_head(target, at, mlps[target.layer])
    logits = frozen.logits[at]
    probabilities = logits.softmax(0)
    n_vocab = len(logits)
    if isinstance(target, LogitDifference):
        plus, minus = _known(target.plus, n_vocab), _known(target.minus, n_vocab)
        direction = (frozen.W_U[:, plus] - frozen.W_U[:, minus])[None]
        offset = (frozen.b_U[plus] - frozen.b_U[minus])[None]
        value, index, weight = (
            (logits[plus] - logits[minus])[None],
            torch.tensor([n_vocab], device=logits.device),
            logits.new_ones(1),
        )
    else:
        index = _wanted(target, probabilities)
        direction = frozen.W_U[:, index].T - frozen.W_U.mean(1)
        offset = frozen.b_U[index] - frozen.b_U.mean()
        value, weight = logits[index] - logits.mean(), probabilities[index]
    norm = frozen.final_norm
    return Heads(
        kind=LOGIT,
        layer=len(frozen.blocks),
        position=at,
        index=index.cpu().numpy().astype(np.int32),
        activation=np.zeros(len(index), np.float32),
        weight=weight,
        value=value.cpu().numpy().astype(np.float32),
        entry=pull_back(norm, direction, torch.full((len(direction),), at, device=direction.device)),
        constant=direction @ norm.bias + offset,
    )


def _wanted(target: TopLogits | ChosenTokens, probabilities: Tensor) -> Tensor:
    if isinstance(target, ChosenTokens):
        ids = [_known(token, len(probabilities)) for token in target.tokens]
        return torch.tensor(ids, device=probabilities.device)
    top, index = probabilities.topk(min(target.max, len(probabilities)))
    reached = int(torch.searchsorted(top.cumsum(0), target.probability)) + 1
    return index[:reached]


def _known(token: int | str, n_vocab: int) -> int:
    assert isinstance(token, int), "tokens given as text are resolved first"
    if token >= n_vocab:
        raise InvalidTarget(
            f"Token id {token} does not exist: this model's ids are 0 to {n_vocab - 1}.", token=token
        )
    return token


def _feature_head(target: FeatureTarget, at: int, mlp: CutMlp) -> Heads:
    own = mlp.index == target.index
    row = (own & (mlp.position == at)).nonzero()[:, 0]
    if not len(row):
        active = mlp.position[own].tolist()
        where = f"it is active at positions {active}" if active else "it is active nowhere up to there"
        raise InvalidTarget(
            f"Feature {target.index} of layer {target.layer} is not active at position {at} (its activation"
            f" is 0); {where}. Only an active feature has anything to explain.",
            layer=target.layer,
            index=target.index,
            position=at,
            active_at=active,
        )
    return Heads(
        kind=FEATURE,
        layer=target.layer,
        position=at,
        index=np.array([target.index], np.int32),
        activation=mlp.activation[row].cpu().numpy().astype(np.float32),
        weight=mlp.value.new_ones(1),
        value=mlp.value[row].cpu().numpy().astype(np.float32),
        entry=mlp.entry[row],
        constant=mlp.constant[row],
    )
