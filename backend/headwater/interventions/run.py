"""Carrying out a plan: the model reruns with features held at given values, and what moved is measured.

A feature is set by adding (wanted - current activation) times its decoder row where its dictionary writes.
In mode "full" the current activation is that of the running pass, so features set upstream are respected.
In mode "direct" attention patterns, norm denominators and MLP outputs keep their clean values: the linear
graph's own model.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet, SparseActivations
from headwater.dictionaries.sites import START_POSITIONS, active_features, site_inputs
from headwater.errors import InvalidIntervention
from headwater.interventions.plan import (
    ActivationChange,
    InterventionPlan,
    InterventionResult,
    TokenChange,
)
from headwater.interventions.predict import Prediction, predict
from headwater.interventions.rules import Rules, resolve
from headwater.lm.edits import chain, edit_site
from headwater.lm.frozen import FrozenForward, FrozenNorm
from headwater.lm.model import Edit, LanguageModel
from headwater.lm.sites import MLP_OUT, hook_name
from headwater.lm.weights import apply_norm

LIKELIEST: Final = 10
MOST_ACTIVATIONS: Final = 200
KEPT_BASELINES: Final = 4
ROUNDING: Final = 1e-5
"""Changes below this (relative to 1 + the value) are single-precision noise between two passes."""


@dataclass(frozen=True)
class Baseline:
    """The clean pass that every plan for the prompt is compared with."""

    frozen: FrozenForward
    inputs: tuple[Float[Tensor, "pos _d_in"], ...]
    active: tuple[SparseActivations, ...]


def intervene(
    model: LanguageModel,
    dictionaries: DictionarySet,
    token_ids: Sequence[int],
    plan: InterventionPlan,
    *,
    targets: Sequence[int] = (),
) -> InterventionResult:
    """The plan's effect on the last position's logits and on all features, measured and predicted.

    `targets`: token ids to list besides the likeliest ones, for example those a graph explains. Costs one
    pass of the model (two for a new prompt: the clean one is remembered) and one encoding.
    """
    baseline = _baseline(model, dictionaries, tuple(token_ids))
    rules = resolve(plan, dictionaries, baseline.inputs)
    logits, seen = _measure(model, dictionaries, baseline, rules, plan, token_ids)
    direct = predict(baseline.frozen, dictionaries, baseline.active, rules, respond=False)
    paths = direct
    if plan.mode == "full":
        paths = predict(baseline.frozen, dictionaries, baseline.active, rules, respond=True)
    if not all(x.isfinite().all() for x in (logits, direct.logits, paths.logits)):
        raise InvalidIntervention("The model's numbers overflowed with these values. Use smaller ones.")
    moved = _moved(dictionaries, baseline, rules, seen, paths)
    return _result(model, plan, baseline.frozen.logits[-1], logits, direct, paths, moved, targets)


_BASELINES: WeakKeyDictionary[LanguageModel, OrderedDict[tuple[str, tuple[int, ...]], Baseline]] = (
    WeakKeyDictionary()
)
_LOCK = threading.Lock()


def _baseline(model: LanguageModel, dictionaries: DictionarySet, token_ids: tuple[int, ...]) -> Baseline:
    """Remembered for the last few prompts: a slider asks about the same one many times."""
    key = (dictionaries.fingerprint, token_ids)
    with _LOCK:
        kept = _BASELINES.setdefault(model, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    frozen = model.forward(token_ids)
    made = Baseline(frozen, site_inputs(frozen, dictionaries), active_features(frozen, dictionaries))
    with _LOCK:
        kept[key] = made
        while len(kept) > KEPT_BASELINES:
            kept.popitem(last=False)
    return made


def _measure(
    model: LanguageModel,
    dictionaries: DictionarySet,
    baseline: Baseline,
    rules: dict[int, Rules],
    plan: InterventionPlan,
    token_ids: Sequence[int],
) -> tuple[Float[Tensor, " vocab"], dict[int, Float[Tensor, "pos d_in"]]]:
    """The last position's logits, and what each dictionary reads before its features are set, by layer."""
    edits: list[tuple[str, Edit]] = []
    if plan.freeze_attention or plan.mode == "direct":
        edits += _frozen_attention(baseline.frozen)
    if plan.mode == "direct":
        edits += _frozen_norms(baseline.frozen) + _frozen_mlps(dictionaries, baseline)
    for rule in rules.values():
        edits += _set_features(rule, len(token_ids), current=plan.mode == "full")
    reads = {d.layer: hook_name(d.layer, d.site_in) for d in dictionaries.layers if d.layer >= min(rules)}
    logits, seen = model.run(token_ids, read=set(reads.values()), edits=chain(edits))
    return logits[-1], {layer: seen[name].flatten(1) for layer, name in reads.items()}


def _set_features(rules: Rules, n_pos: int, *, current: bool) -> list[tuple[str, Edit]]:
    dictionary = rules.dictionary
    if not current:
        change = rules.write(rules.delta, n_pos)
        return edit_site(dictionary.layer, dictionary.site_out, lambda y: y + change)
    if dictionary.site_in == dictionary.site_out:
        return edit_site(dictionary.layer, dictionary.site_in, lambda x: x + rules.change(x))
    read: list[Tensor] = []

    def hold(x: Tensor) -> None:
        read[:] = [x]

    return [
        (hook_name(dictionary.layer, dictionary.site_in), hold),
        *edit_site(dictionary.layer, dictionary.site_out, lambda y: y + rules.change(read[0])),
    ]


def _frozen_attention(frozen: FrozenForward) -> list[tuple[str, Edit]]:
    return [
        (f"blocks.{layer}.attn.hook_pattern", _always(block.pattern))
        for layer, block in enumerate(frozen.blocks)
    ]


def _frozen_norms(frozen: FrozenForward) -> list[tuple[str, Edit]]:
    norms = {"ln_final": frozen.final_norm}
    for layer, block in enumerate(frozen.blocks):
        norms |= {f"blocks.{layer}.ln1": block.attn_norm, f"blocks.{layer}.ln2": block.mlp_norm}
    return [edit for name, norm in norms.items() for edit in _frozen_norm(name, norm)]


def _frozen_norm(name: str, norm: FrozenNorm) -> list[tuple[str, Edit]]:
    read: list[Tensor] = []

    def hold(x: Tensor) -> None:
        read[:] = [x]

    return [(f"{name}.hook_in", hold), (f"{name}.hook_out", lambda _: apply_norm(norm, read[0]))]


def _frozen_mlps(dictionaries: DictionarySet, baseline: Baseline) -> list[tuple[str, Edit]]:
    """MLP outputs of the clean pass; only a transcoder's linear skip path follows its input."""
    edits: list[tuple[str, Edit]] = []
    skips = {
        d.layer: (d, x)
        for d, x in zip(dictionaries.layers, baseline.inputs, strict=True)
        if d.W_skip is not None
    }
    for layer, block in enumerate(baseline.frozen.blocks):
        edits += (
            _with_skip(*skips[layer], block.mlp_out) if layer in skips else [_constant(layer, block.mlp_out)]
        )
    return edits


def _constant(layer: int, output: Tensor) -> tuple[str, Edit]:
    return hook_name(layer, MLP_OUT), _always(output)


def _always(value: Tensor) -> Edit:
    return lambda _: value


def _with_skip(dictionary: Dictionary, x: Tensor, output: Tensor) -> list[tuple[str, Edit]]:
    read: list[Tensor] = []

    def hold(now: Tensor) -> None:
        read[:] = [now]

    def add(_: Tensor) -> Tensor:
        assert dictionary.W_skip is not None
        return output + (read[0] - x) @ dictionary.W_skip.T

    return [
        (hook_name(dictionary.layer, dictionary.site_in), hold),
        (hook_name(dictionary.layer, MLP_OUT), add),
    ]


Moved = tuple[int, int, int, float, float, float, bool]
"""The fields of an ActivationChange, in order: making a thousand of those takes as long as the model."""


def _moved(
    dictionaries: DictionarySet,
    baseline: Baseline,
    rules: dict[int, Rules],
    seen: dict[int, Tensor],
    prediction: Prediction,
) -> list[Moved]:
    """Every feature that moved by more than rounding, the largest move first."""
    moved: list[Moved] = []
    columns = zip(dictionaries.layers, baseline.active, prediction.activations, strict=True)
    for dictionary, before, foretold in columns:
        if dictionary.layer in seen:
            after = dictionary.encode_sparse(seen[dictionary.layer], first=START_POSITIONS)
            moved += _compare(dictionary, before, after, foretold, rules.get(dictionary.layer))
    return sorted(moved, key=lambda m: -abs(m[4] - m[3]))


def _compare(
    dictionary: Dictionary,
    before: SparseActivations,
    after: SparseActivations,
    foretold: Float[Tensor, " active"],
    rules: Rules | None,
) -> list[Moved]:
    width = dictionary.n_features
    key_before, key_after = (a.position * width + a.feature for a in (before, after))
    key_set = key_before[:0] if rules is None else rules.position * width + rules.feature
    keys = torch.unique(torch.cat([key_before, key_after, key_set]))
    was, now, then = (torch.zeros(len(keys), device=keys.device) for _ in range(3))
    was[torch.searchsorted(keys, key_before)] = before.activation
    now[torch.searchsorted(keys, key_after)] = after.activation
    then[torch.searchsorted(keys, key_before)] = before.activation + foretold
    is_set = torch.zeros(len(keys), dtype=torch.bool, device=keys.device)
    if rules is not None:
        at = torch.searchsorted(keys, key_set)
        was[at], now[at], then[at], is_set[at] = rules.before, rules.wanted, rules.wanted, True
    moved = ((now - was).abs() > ROUNDING * (1 + was.abs())).nonzero()[:, 0]
    table = zip(*(column[moved].tolist() for column in (keys, was, now, then, is_set)), strict=True)
    return [
        (dictionary.layer, key % width, key // width, before_, after_, foretold_, bool(set_))
        for key, before_, after_, foretold_, set_ in table
    ]


def _change(moved: Moved) -> ActivationChange:
    layer, index, position, before, after, foretold, intervened = moved
    return ActivationChange(
        layer=layer,
        index=index,
        position=position,
        before=before,
        after=after,
        predicted_after=foretold,
        intervened=intervened,
    )


def _result(
    model: LanguageModel,
    plan: InterventionPlan,
    before: Float[Tensor, " vocab"],
    after: Float[Tensor, " vocab"],
    direct: Prediction,
    paths: Prediction,
    moved: list[Moved],
    targets: Sequence[int],
) -> InterventionResult:
    log_before, log_after = before.double().log_softmax(-1), after.double().log_softmax(-1)
    measured, foretold, one_edge = (_centred(x) for x in (after - before, paths.logits, direct.logits))
    listed = {
        *log_before.topk(LIKELIEST).indices.tolist(),
        *log_after.topk(LIKELIEST).indices.tolist(),
        *targets,
    }
    tokens = [
        TokenChange(
            id=i,
            text=model.tokenizer.tokens([i])[0],
            logit_before=before[i].item(),
            logit_after=after[i].item(),
            probability_before=log_before[i].exp().item(),
            probability_after=log_after[i].exp().item(),
            measured_change=measured[i].item(),
            predicted_change=foretold[i].item(),
            direct_change=one_edge[i].item(),
        )
        for i in sorted(listed, key=lambda i: -log_before[i].item())
    ]
    return InterventionResult(
        plan=plan,
        tokens=tokens,
        activations=[_change(m) for m in moved[:MOST_ACTIVATIONS]],
        n_changed=len(moved),
        kl=max(0.0, (log_before.exp() * (log_before - log_after)).sum().item()),
        correlation=_correlation(measured, foretold),
    )


def _centred(logits: Float[Tensor, " vocab"]) -> Float[Tensor, " vocab"]:
    return logits - logits.mean()


def _correlation(one: Float[Tensor, " vocab"], other: Float[Tensor, " vocab"]) -> float | None:
    """Pearson's r of two centred vectors; None when one of them is only rounding."""
    norms = one.double().norm(), other.double().norm()
    if min(norms) < ROUNDING * len(one) ** 0.5:
        return None
    return float(one.double() @ other.double() / (norms[0] * norms[1]))
