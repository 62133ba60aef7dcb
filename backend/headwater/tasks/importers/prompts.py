"""Labelled prompts in pairs of files, word lists, and BLiMP's minimal pairs."""

from collections.abc import Sequence
from typing import Final

from headwater.errors import InvalidTask
from headwater.tasks.importers.build import Read, build, spaced, text_of
from headwater.tasks.source import Pairs, Problems, Row
from headwater.tasks.task import Example


def read_pairs(clean: Pairs, patch: Pairs | None) -> Read:
    if patch is not None and len(patch.rows) != len(clean.rows):
        raise InvalidTask(
            f"The first file has {len(clean.rows):,} pairs and the second {len(patch.rows):,}: they are "
            "paired by their place, so both need the same number."
        )
    problems, examples = Problems(), []
    for i, (line, prompt, label) in enumerate(clean.rows):
        other = patch.rows[i] if patch is not None else (0, None, None)
        examples += build(
            problems, line,
            clean_prefix=prompt, patch_prefix=other[1], clean_answer=label, patch_answer=other[2],
        )  # fmt: skip
    problems.raise_any()
    alone = "Without a second file the examples have no patch prompts; the metric is the label's logit."
    return examples, [] if patch is not None else [alone]


SHOTS: Final = 5


def read_word_list(rows: Sequence[Row]) -> Read:
    """Five words show the relation, each other is asked for; its patch asks for the next of its length."""
    problems, words = Problems(), []
    for line, row in rows:
        given = (row.get("input"), row.get("output"))
        pair = [x[0] if isinstance(x, list) and x else x for x in given]
        if not all(isinstance(x, str) and x.strip() for x in pair):
            problems.add(line, "output", "input and output are not both text.")
            continue
        words.append((line, str(pair[0]).strip(), str(pair[1]).strip()))
    problems.raise_any()
    if len(words) < SHOTS + 2:
        raise InvalidTask(
            f"The list has {len(words)} words; {SHOTS} show the relation and at least two are asked for."
        )
    shown = "".join(f"Q: {word}\nA: {answer}\n\n" for _, word, answer in words[:SHOTS])
    asked = words[SHOTS:]
    examples: list[Example] = []
    for (line, word, answer), (_, other, theirs) in zip(asked, _next_alike(asked), strict=True):
        if answer != theirs:
            examples += build(
                problems, line,
                clean_prefix=f"{shown}Q: {word}\nA:", patch_prefix=f"{shown}Q: {other}\nA:",
                clean_answer=f" {answer}", patch_answer=f" {theirs}",
            )  # fmt: skip
    problems.raise_any()
    return examples, [
        f"The first {SHOTS} words show the relation; each other word is patched by the next one "
        "of its length in letters, which most often has its length in tokens."
    ]


def _next_alike(words: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """For each word the next one with as many letters, the first of them after the last."""
    groups: dict[int, list[int]] = {}
    for n, (_, word, _) in enumerate(words):
        groups.setdefault(len(word), []).append(n)
    following = [*range(1, len(words)), 0]
    for group in groups.values():
        if len(group) > 1:
            for n, after in zip(group, [*group[1:], group[0]], strict=True):
                following[n] = after
    return [words[n] for n in following]


def read_blimp(rows: Sequence[Row]) -> Read:
    """One-prefix pairs tell two words apart after one prompt; two-prefix pairs one word after two prompts."""
    problems, examples = Problems(), []
    for line, row in rows:
        case = str(text_of(row, "UID", "linguistics_term") or "")[:200]
        if row.get("one_prefix_prefix") is not None:
            examples += build(
                problems, line, clean_prefix=row["one_prefix_prefix"], case=case,
                clean_answer=spaced(row.get("one_prefix_word_good")),
                patch_answer=spaced(row.get("one_prefix_word_bad")),
            )  # fmt: skip
        elif row.get("two_prefix_word") is not None:
            examples += build(
                problems, line, clean_prefix=row.get("two_prefix_prefix_good"), case=case,
                patch_prefix=row.get("two_prefix_prefix_bad"), clean_answer=spaced(row["two_prefix_word"]),
            )  # fmt: skip
        else:
            problems.add(
                line, "one_prefix_prefix",
                "the pair of sentences shares no prefix before one different word: it has no single answer.",
            )  # fmt: skip
    problems.raise_any()
    return examples, ["BLiMP pairs with one prefix have no patch prompt: two answers after the same prompt."]
