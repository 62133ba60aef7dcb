"""Do these dictionaries belong to this model, and how much do they see? Measured on sample text.

What `headwater models check` and `doctor` report. The start token is left out of every figure but the
splice identity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.sample import SAMPLE
from headwater.dictionaries.sites import START_POSITIONS
from headwater.errors import InvalidPrompt
from headwater.lm.edits import chain, edit_site
from headwater.lm.model import Edit, LanguageModel
from headwater.lm.sites import hook_name

SPLICE_TOLERANCE: Final = 1e-4
"""Largest change of a logit, of the largest logit, that counts as none."""
WEAK_FVU: Final = 0.5
ROW_TOKENS: Final = 128
MAX_ROWS: Final = 8

Verdict = Literal["ok", "weak", "broken"]


@dataclass(frozen=True)
class DictionaryCheck:
    """One dictionary on the sample.

    `splice_error`: largest change of any logit when the output is replaced by reconstruction + error, of
    the largest logit (of 1, when that is smaller): the identity that graphs rest on. `fvu`: fraction of
    variance unexplained (0 perfect, 1 no better than the mean). `l0`: active features a token. `dead`: share
    of features silent on the whole (short) sample. `ce_clean` and `ce_spliced`: cross-entropy in nats a
    token without, and with the reconstruction alone.
    """

    id: str
    layer: int
    fingerprint: str
    splice_error: float
    fvu: float
    l0: float
    dead: float
    ce_clean: float
    ce_spliced: float
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class SetCheck:
    """A whole set: its dictionaries one at a time, and all spliced in at once. Its verdict is the worst."""

    id: str
    model: str
    model_fingerprint: str
    fingerprint: str
    tokens: int
    ce_clean: float
    ce_all_spliced: float
    splice_error: float
    dictionaries: tuple[DictionaryCheck, ...]
    verdict: Verdict


def check_set(
    model: LanguageModel,
    dictionaries: DictionarySet,
    texts: Sequence[str] | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> SetCheck:
    """Every figure for every dictionary, on up to MAX_ROWS rows of the texts; costs 3 + 2 per dictionary
    passes for each row."""
    prompts = _rows(model, SAMPLE if texts is None else texts)
    clean = [_clean(model, dictionaries, ids) for ids in prompts]
    checks = []
    for done, dictionary in enumerate(dictionaries.layers):
        checks.append(_check(model, dictionary, prompts, clean))
        if progress:
            progress("check", done + 1, len(dictionaries.layers))
    whole = _splice(model, dictionaries.layers, prompts, clean, with_error=True)
    spliced = _splice(model, dictionaries.layers, prompts, clean, with_error=False)
    error = _largest_change(clean, whole)
    verdicts = [check.verdict for check in checks] + ["ok" if error <= SPLICE_TOLERANCE else "broken"]
    return SetCheck(
        id=dictionaries.id,
        model=model.name,
        model_fingerprint=model.entry.fingerprint(),
        fingerprint=dictionaries.fingerprint,
        tokens=sum(len(ids) - START_POSITIONS for ids in prompts),
        ce_clean=_cross_entropy([run.logits for run in clean], prompts),
        ce_all_spliced=_cross_entropy(spliced, prompts),
        splice_error=error,
        dictionaries=tuple(checks),
        verdict=max(verdicts, key=("ok", "weak", "broken").index),
    )


def _rows(model: LanguageModel, texts: Sequence[str]) -> list[list[int]]:
    """Each with the start token first. The texts take turns, so that few rows still see all of them."""
    length = min(model.n_ctx, ROW_TOKENS) - 1
    cut = []
    for text in texts:
        start, *body = model.tokenizer.encode(text, any_length=True)
        cut.append([[start, *body[i : i + length]] for i in range(0, len(body), length)])
    rows = [row for turn in zip_longest(*cut) for row in turn if row and len(row) > 2]
    if not rows:
        raise InvalidPrompt("The text is too short to measure on. Give a few sentences.")
    return rows[:MAX_ROWS]


@dataclass(frozen=True)
class _Clean:
    """The unchanged pass: logits, and what every dictionary reads and should write, by layer."""

    logits: Float[Tensor, "pos vocab"]
    read: dict[int, Float[Tensor, "pos d_in"]]
    written: dict[int, Float[Tensor, "pos d_out"]]


def _clean(model: LanguageModel, dictionaries: DictionarySet, ids: list[int]) -> _Clean:
    names = {hook_name(d.layer, site) for d in dictionaries.layers for site in (d.site_in, d.site_out)}
    logits, seen = model.run(ids, read=names)
    return _Clean(
        logits,
        {d.layer: seen[hook_name(d.layer, d.site_in)].flatten(1) for d in dictionaries.layers},
        {d.layer: seen[hook_name(d.layer, d.site_out)].flatten(1) for d in dictionaries.layers},
    )


def _check(
    model: LanguageModel, dictionary: Dictionary, prompts: list[list[int]], clean: list[_Clean]
) -> DictionaryCheck:
    error = _largest_change(clean, _splice(model, [dictionary], prompts, clean, with_error=True))
    spliced = _splice(model, [dictionary], prompts, clean, with_error=False)
    fvu, l0, dead = _sparsity(dictionary, clean)
    verdict, reason = _judge(error, fvu, l0)
    return DictionaryCheck(
        id=dictionary.id,
        layer=dictionary.layer,
        fingerprint=dictionary.fingerprint,
        splice_error=error,
        fvu=fvu,
        l0=l0,
        dead=dead,
        ce_clean=_cross_entropy([run.logits for run in clean], prompts),
        ce_spliced=_cross_entropy(spliced, prompts),
        verdict=verdict,
        reason=reason,
    )


def _judge(error: float, fvu: float, l0: float) -> tuple[Verdict, str]:
    if not error <= SPLICE_TOLERANCE:
        return "broken", f"reconstruction + error changes a logit by {error:.1e} of the largest one"
    if l0 == 0:
        return "broken", "no feature is active on the sample"
    if not fvu < 1:
        return "broken", f"FVU {fvu:.2f}: worse than the mean activation; probably made for another model"
    if fvu > WEAK_FVU:
        return "weak", f"FVU {fvu:.2f}: most of what graphs show will be error"
    return "ok", ""


def _splice(
    model: LanguageModel,
    dictionaries: Sequence[Dictionary],
    prompts: list[list[int]],
    clean: list[_Clean],
    *,
    with_error: bool,
) -> list[Float[Tensor, "pos vocab"]]:
    """Logits with the running pass's reconstructions in place of the model's values (not at the start token).

    `with_error` adds what each dictionary missed in the clean pass, and holds which features are active:
    then nothing may change. (Not held, one feature within rounding of its threshold would switch over and
    look like a fault: seen on brook.resid, 0.04 of the largest logit.)
    """
    return [
        model.run(ids, edits=chain(e for d in dictionaries for e in _replace(d, run, with_error)))[0]
        for ids, run in zip(prompts, clean, strict=True)
    ]


def _replace(dictionary: Dictionary, clean: _Clean, with_error: bool) -> list[tuple[str, Edit]]:
    x, y = clean.read[dictionary.layer], clean.written[dictionary.layer]
    held: list[Tensor] = []
    active = dictionary.is_active(dictionary.preactivation(x)) if with_error else None

    def reconstruct(read: Tensor) -> Tensor:
        if active is None:
            return dictionary.reconstruct(read)
        return dictionary.decode(dictionary.preactivation(read) * active, read)

    missed = y - reconstruct(x) if with_error else torch.zeros_like(y)

    def spliced(read: Tensor, output: Tensor) -> Tensor:
        new = reconstruct(read) + missed
        return torch.cat([output[:START_POSITIONS], new[START_POSITIONS:]])

    if dictionary.site_in == dictionary.site_out:
        return edit_site(dictionary.layer, dictionary.site_in, lambda value: spliced(value, value))

    def hold(read: Tensor) -> None:
        held[:] = [read]

    return [
        (hook_name(dictionary.layer, dictionary.site_in), hold),
        *edit_site(dictionary.layer, dictionary.site_out, lambda output: spliced(held[0], output)),
    ]


def _sparsity(dictionary: Dictionary, clean: list[_Clean]) -> tuple[float, float, float]:
    """(FVU, L0, dead share) over all texts."""
    x = torch.cat([run.read[dictionary.layer][START_POSITIONS:] for run in clean])
    y = torch.cat([run.written[dictionary.layer][START_POSITIONS:] for run in clean])
    active = dictionary.encode_sparse(x)
    missed = (y - dictionary.decode_sparse(active, x)).square().sum()
    dead = 1 - len(torch.unique(active.feature)) / dictionary.n_features
    return float(missed / (y - y.mean(0)).square().sum()), len(active) / len(x), dead


def _largest_change(clean: list[_Clean], changed: list[Tensor]) -> float:
    change = max(float((run.logits - logits).abs().max()) for run, logits in zip(clean, changed, strict=True))
    return change / max(1.0, *(float(run.logits.abs().max()) for run in clean))


def _cross_entropy(logits: list[Tensor], prompts: list[list[int]]) -> float:
    """Mean over all next tokens, in nats."""
    losses = [
        torch.nn.functional.cross_entropy(x[:-1], torch.tensor(ids[1:], device=x.device), reduction="none")
        for x, ids in zip(logits, prompts, strict=True)
    ]
    return float(torch.cat(losses).mean())
