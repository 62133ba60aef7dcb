"""Do these dictionaries belong to this model, and how much do they see? Measured on sample text.

What `headwater models check` reports. The start token is left out of every figure but the splice identity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.sites import START_POSITIONS
from headwater.lm.edits import chain, edit_site
from headwater.lm.model import Edit, LanguageModel
from headwater.lm.sites import hook_name

SPLICE_TOLERANCE: Final = 1e-4
"""Largest change of a logit (of the largest logit, where that exceeds 1) that counts as none."""
WEAK_FVU: Final = 0.5

Verdict = Literal["ok", "weak", "broken"]


@dataclass(frozen=True)
class DictionaryCheck:
    """One dictionary on the sample.

    `splice_error`: largest change of any logit when the output is replaced by reconstruction + error, the
    identity that graphs rest on. `fvu`: fraction of variance unexplained (0 perfect, 1 no better than the
    mean). `l0`: active features a token. `dead`: share of features silent on the whole (short) sample.
    `ce_clean` and `ce_spliced`: cross-entropy in nats a token without, and with the reconstruction alone.
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
    """Every figure for every dictionary; costs 2 + 2 per dictionary passes for each text."""
    prompts = [model.tokenizer.encode(t, any_length=True)[: model.n_ctx] for t in texts or SAMPLE]
    clean = [_clean(model, dictionaries, ids) for ids in prompts]
    checks = []
    for done, dictionary in enumerate(dictionaries.layers):
        checks.append(_check(model, dictionary, prompts, clean))
        if progress:
            progress("check", done + 1, len(dictionaries.layers))
    whole = _splice(model, dictionaries.layers, prompts, clean, with_error=True)
    spliced = _splice(model, dictionaries.layers, prompts, clean, with_error=False)
    error = _largest_change(clean, whole)
    verdicts = [check.verdict for check in checks] + ["ok" if error <= _tolerance(clean) else "broken"]
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
    verdict, reason = _judge(error, _tolerance(clean), fvu, l0)
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


def _judge(error: float, tolerance: float, fvu: float, l0: float) -> tuple[Verdict, str]:
    if not error <= tolerance:
        return "broken", f"reconstruction + error changes a logit by {error:.1e}, more than {tolerance:.1e}"
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

    `with_error` adds what each dictionary missed in the clean pass; then nothing may change.
    """
    return [
        model.run(ids, edits=chain(e for d in dictionaries for e in _replace(d, run, with_error)))[0]
        for ids, run in zip(prompts, clean, strict=True)
    ]


def _replace(dictionary: Dictionary, clean: _Clean, with_error: bool) -> list[tuple[str, Edit]]:
    x, y = clean.read[dictionary.layer], clean.written[dictionary.layer]
    missed = y - dictionary.reconstruct(x) if with_error else torch.zeros_like(y)

    def spliced(read: Tensor, output: Tensor) -> Tensor:
        new = dictionary.reconstruct(read) + missed
        return torch.cat([output[:START_POSITIONS], new[START_POSITIONS:]])

    if dictionary.site_in == dictionary.site_out:
        return edit_site(dictionary.layer, dictionary.site_in, lambda value: spliced(value, value))
    held: list[Tensor] = []

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


def _tolerance(clean: list[_Clean]) -> float:
    return SPLICE_TOLERANCE * max(1.0, *(float(run.logits.abs().max()) for run in clean))


def _largest_change(clean: list[_Clean], changed: list[Tensor]) -> float:
    return max(float((run.logits - logits).abs().max()) for run, logits in zip(clean, changed, strict=True))


def _cross_entropy(logits: list[Tensor], prompts: list[list[int]]) -> float:
    """Mean over all next tokens, in nats."""
    losses = [
        torch.nn.functional.cross_entropy(x[:-1], torch.tensor(ids[1:], device=x.device), reduction="none")
        for x, ids in zip(logits, prompts, strict=True)
    ]
    return float(torch.cat(losses).mean())


SAMPLE: Final = (
    "Once upon a time there was a small boat that lived by a quiet river. Every morning a girl named Anna "
    "came to see "
    "it. She brought her brother Tom, and they sat in the boat and told each other stories. One day the "
    "rain fell for "
    "a long time and the river grew wide. The boat was afraid, but Anna held the rope and said, \"Do not "
    "worry, we will "
    "not let you go.\" When the sun came back, they laughed and went home to eat bread and soup.",
    "The library opens at nine and closes at five, except on Sundays, when it stays shut. Visitors may "
    "borrow up to six "
    "books at a time, and keep them for three weeks. Those who return a book late pay a small fine. In the "
    "reading room "
    "it is asked that people speak quietly and leave their bags at the door. Children under ten must come "
    "with an adult.",
    "When Mary and John went to the market, John bought a basket of apples and gave it to Mary. The keys "
    "to the old house "
    "were on the table, next to the letter that the neighbours had sent. Nobody knew who had written it, "
    "or why it had "
    "taken ten years to arrive. They read it twice, and then they put it back into its envelope.",
    "In the year 1848 the bridge was built of stone, and in 1902 it was made wider. It is forty metres "
    "long and carries "
    "two roads. Engineers measured its arches last spring and found that the third one had moved by two "
    "centimetres. "
    "The repair will begin in May and last until the end of August; until then heavy lorries have to take "
    "the other way.",
)  # fmt: skip
"""Written for this purpose: plain English of four kinds."""
