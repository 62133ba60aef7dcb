"""The CSV files of EAP-IG: greater-than (`label`) and indirect objects (`correct_idx`, `incorrect_idx`)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from headwater.tasks.importers.build import Read, build, text_of
from headwater.tasks.source import MAX_SENTENCE, Problems, Row


def read_eap_ig(rows: Sequence[Row]) -> Read:
    if text_of(rows[0][1], "label", "year") is not None:
        return read_years([(line, row, row) for line, row in rows], "clean", "corrupted")
    return _named_by_ids(rows)


def year_of(label: Any) -> int | None:
    """53 of "53", "1453" or 53."""
    text = str(label).strip()
    return int(text[-2:]) if re.fullmatch(r"\d{1,2}|\d{4}", text, re.ASCII) else None


def read_years(
    rows: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any] | None]],
    clean: str,
    patch: str,
    extra: Callable[[int, Mapping[str, Any]], dict[str, Any]] = lambda line, row: {},
) -> Read:
    problems, examples = Problems(), []
    for line, row, other in rows:
        year = year_of(text_of(row, "label", "year"))
        if year is None or year == 99:
            problems.add(line, "label", "the label is no year 00 to 98 (two digits, or four).")
            continue
        above, up_to = ([f"{n:02d}" for n in years] for years in (range(year + 1, 100), range(year + 1)))
        examples += build(
            problems, line,
            clean_prefix=row.get(clean), patch_prefix=None if other is None else other.get(patch),
            clean_answer=above[0], patch_answer=up_to[-1], clean_answers=above, patch_answers=up_to,
            **extra(line, row),
        )  # fmt: skip
    problems.raise_any()
    note = "Right answers are all years after the label, wrong ones those up to it."
    return examples, [note]


def _named_by_ids(rows: Sequence[Row]) -> Read:
    """`correct_idx` and `incorrect_idx` are ids of the tokenizer the file was made for, so the names are
    found in the text: the word that `corrupted` changes is the subject, the other name the answer."""
    problems, examples = Problems(), []
    for line, row in rows:
        clean, patch = row.get("clean"), row.get("corrupted")
        names = _names(clean, text_of(row, "corrupted_hard"), patch)
        if names is None:
            problems.add(
                line, "correct_idx",
                "its answers are token ids of another tokenizer, and the names cannot be told from the "
                "prompts. Give the answers as text: clean_prefix, patch_prefix, clean_answer, patch_answer.",
            )  # fmt: skip
            continue
        examples += build(
            problems, line,
            clean_prefix=clean, patch_prefix=patch, clean_answer=f" {names[0]}", patch_answer=f" {names[1]}",
        )  # fmt: skip
    problems.raise_any()
    return examples, [
        "correct_idx and incorrect_idx are ids of another tokenizer and were not used: the names were read "
        "from the prompts.",
        "The patch prompt is the column corrupted (a third name).",
    ]


_COUPLE: Final = re.compile(r"\b([A-Z][\w'-]*),? and ([A-Z][\w'-]*)\b")


def _names(clean: Any, flipped: Any, patch: Any) -> tuple[str, str] | None:
    """(indirect object, subject)."""
    if not isinstance(clean, str):
        return None
    if isinstance(flipped, str) and (changed := _changed_word(clean, flipped)):
        return changed[1], changed[0]
    couple = _COUPLE.search(clean[:MAX_SENTENCE])
    changed = _changed_word(clean, patch) if isinstance(patch, str) else None
    if couple is None or changed is None or changed[0] not in couple.groups():
        return None
    return couple[2] if changed[0] == couple[1] else couple[1], changed[0]


def _changed_word(one: str, other: str) -> tuple[str, str] | None:
    words = (re.findall(r"[\w'-]+", text) for text in (one, other))
    changed = {(a, b) for a, b in zip(*words, strict=False) if a != b}
    return changed.pop() if len(changed) == 1 else None
