"""A plan made concrete for one prompt: which feature, where, gets which value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.sites import START_POSITIONS
from headwater.errors import HeadwaterError, InvalidIntervention
from headwater.interventions.plan import FeatureIntervention, InterventionPlan

LARGEST: Final = 1_000_000.0


@dataclass(frozen=True)
class Rules:
    """What a plan sets in one dictionary: `wanted` activations, and what they were in the clean pass."""

    dictionary: Dictionary
    position: Int[Tensor, " set"]
    feature: Int[Tensor, " set"]
    before: Float[Tensor, " set"]
    wanted: Float[Tensor, " set"]

    @property
    def delta(self) -> Float[Tensor, " set"]:
        return self.wanted - self.before

    def write(self, delta: Float[Tensor, " set"], n_pos: int) -> Float[Tensor, "pos d_out"]:
        """`delta` of the activations, as a change of the dictionary's output."""
        change = delta.new_zeros(n_pos, self.dictionary.W_dec.shape[1])
        return change.index_add_(0, self.position, delta[:, None] * self.dictionary.W_dec[self.feature])

    def change(self, x: Float[Tensor, "pos d_in"]) -> Float[Tensor, "pos d_out"]:
        """The change of output that brings the activations on `x` to the wanted ones."""
        return self.write(self.wanted - self.dictionary.activation_at(x, self.position, self.feature), len(x))


def resolve(
    plan: InterventionPlan, dictionaries: DictionarySet, inputs: Sequence[Float[Tensor, "pos _d_in"]]
) -> dict[int, Rules]:
    """Rules by layer, in layer order. `inputs`: what each dictionary reads in the clean pass.

    `scale` multiplies the activation of the clean pass, so it names a value like the other modes do, whatever
    the plan changes upstream.
    """
    n_pos, taken = len(inputs[0]), set[tuple[int, int, int]]()
    by_layer: dict[int, list[tuple[int, int, FeatureIntervention]]] = {}
    for item in plan.interventions:
        _check(item, dictionaries)
        for position in _positions(item, n_pos):
            key = (item.layer, item.index, position)
            if key in taken:
                raise InvalidIntervention(
                    f"Feature {item.index} of layer {item.layer} is given two values at position {position}. "
                    "Keep one of them."
                )
            taken.add(key)
            by_layer.setdefault(item.layer, []).append((position, item.index, item))
    read = {d.layer: (d, x) for d, x in zip(dictionaries.layers, inputs, strict=True)}
    return {layer: _rules(*read[layer], by_layer[layer]) for layer in sorted(by_layer)}


def _check(item: FeatureIntervention, dictionaries: DictionarySet) -> None:
    try:
        dictionaries.at(item.layer).check_feature(item.index)
    except HeadwaterError as error:
        raise InvalidIntervention(f"{error.detail} Choose a feature of the graph.") from None
    if item.mode != "ablate" and (item.value is None or not math.isfinite(item.value)):
        example = "2 to double it" if item.mode == "scale" else "its new activation"
        raise InvalidIntervention(
            f"Mode {item.mode!r} needs a finite value for feature {item.index} of layer {item.layer}, and "
            "got "
            f"{item.value}. Give one ({example}), or use mode 'ablate'."
        )
    if abs(_value(item)) > LARGEST:
        raise InvalidIntervention(
            f"The value {item.value:g} for feature {item.index} of layer {item.layer} is too large: at most "
            f"{LARGEST:,.0f}. Activations are seldom above a few hundred."
        )


def _positions(item: FeatureIntervention, n_pos: int) -> list[int]:
    everywhere = item.positions == "all"
    wanted = list(range(START_POSITIONS, n_pos)) if everywhere else [int(p) for p in item.positions]
    outside = [p for p in wanted if not START_POSITIONS <= p < n_pos]
    if outside or not wanted:
        which = f"Position {outside[0]} cannot be changed" if outside else "No position is given"
        raise InvalidIntervention(
            f"{which}: the prompt has positions {START_POSITIONS} to {n_pos - 1} (position 0 holds the "
            "start token, "
            f"whose features are left out). Give some of these, or 'all'."
        )
    return wanted


def _rules(dictionary: Dictionary, x: Tensor, items: list[tuple[int, int, FeatureIntervention]]) -> Rules:
    position = torch.tensor([p for p, _, _ in items], device=x.device)
    feature = torch.tensor([f for _, f, _ in items], device=x.device)
    before = dictionary.activation_at(x, position, feature)
    factor = torch.tensor([_value(i) if i.mode == "scale" else 0.0 for _, _, i in items], device=x.device)
    outright = torch.tensor([_value(i) if i.mode == "set" else 0.0 for _, _, i in items], device=x.device)
    return Rules(dictionary, position, feature, before, before * factor + outright)


def _value(item: FeatureIntervention) -> float:
    return 0.0 if item.value is None else item.value
