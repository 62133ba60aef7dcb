"""What the linear graph foretells: changed activations swept forward through the frozen network.

Attention and norms keep their values. With `respond`, a transcoder feature that is active follows its input
with slope 1 and passes that on: the sum over all paths of the graph. Without, only one-edge paths count.
Exact for the graph; for the model, as far as features stay on their side of the threshold and attention
stays put.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet, SparseActivations
from headwater.dictionaries.sites import head_outputs, input_norm
from headwater.interventions.rules import Rules
from headwater.lm.frozen import FrozenForward
from headwater.lm.sites import ATTN_OUT, ATTN_Z, MLP_OUT, RESID_MID, RESID_POST, RESID_PRE
from headwater.lm.weights import linear_part


@dataclass(frozen=True)
class Prediction:
    """Changes of the last position's logits and of each dictionary's active features, in the set's order."""

    logits: Float[Tensor, " vocab"]
    activations: tuple[Float[Tensor, " _active"], ...]


def predict(
    frozen: FrozenForward,
    dictionaries: DictionarySet,
    active: Sequence[SparseActivations],
    rules: Mapping[int, Rules],
    *,
    respond: bool,
) -> Prediction:
    at = {d.layer: (d, a) for d, a in zip(dictionaries.layers, active, strict=True)}
    n_pos = len(frozen.token_ids)
    stream = torch.zeros_like(frozen.embedding)
    moved: list[Tensor] = []
    for layer, block in enumerate(frozen.blocks):
        put = _written(rules.get(layer), n_pos)
        stream = stream + put.get(RESID_PRE, 0)
        z = head_outputs(block, linear_part(block.attn_norm, stream), bias=False) + put.get(ATTN_Z, 0)
        stream = stream + z @ block.W_O.flatten(0, 1) + put.get(ATTN_OUT, 0) + put.get(RESID_MID, 0)
        if layer in at:
            dictionary, features = at[layer]
            change, output = _through(frozen, dictionary, features, stream, respond, rules.get(layer))
            moved.append(change)
            stream = stream + output
        stream = stream + put.get(MLP_OUT, 0) + put.get(RESID_POST, 0)
    return Prediction(linear_part(frozen.final_norm, stream)[-1] @ frozen.W_U, tuple(moved))


def _written(rules: Rules | None, n_pos: int) -> dict[str, Tensor]:
    return {} if rules is None else {rules.dictionary.site_out: rules.write(rules.delta, n_pos)}


def _through(
    frozen: FrozenForward,
    dictionary: Dictionary,
    active: SparseActivations,
    mid: Float[Tensor, "pos d_model"],
    respond: bool,
    rules: Rules | None,
) -> tuple[Float[Tensor, " active"], Float[Tensor, "pos d_model"] | Float[Tensor, ""]]:
    """(change of each active feature, change of the MLP's output) when the stream before it changes by `mid`.

    SAE features do not stand between the model's parts, so for them only what the plan sets is foretold.
    """
    if dictionary.site_in == dictionary.site_out:
        return torch.zeros_like(active.activation), mid.new_zeros(())
    x = linear_part(input_norm(frozen, dictionary), mid)
    change = (dictionary.W_enc[active.feature] * x[active.position]).sum(-1)
    output = torch.zeros_like(mid) if dictionary.W_skip is None else x @ dictionary.W_skip.T
    if respond:
        free = change.masked_fill(_is_set(dictionary, active, rules), 0)
        output = output.index_add(0, active.position, free[:, None] * dictionary.W_dec[active.feature])
    return change, output


def _is_set(dictionary: Dictionary, active: SparseActivations, rules: Rules | None) -> Tensor:
    """Which active features have their value from the plan: they do not follow their input."""
    keys = active.position * dictionary.n_features + active.feature
    if rules is None:
        return torch.zeros_like(keys, dtype=torch.bool)
    return torch.isin(keys, rules.position * dictionary.n_features + rules.feature)
