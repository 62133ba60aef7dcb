"""WinoBias: numbered sentences, the person meant and the pronoun in brackets, pro and anti in two files."""

import re
from typing import Final

from headwater.errors import InvalidTask
from headwater.tasks.importers.build import Read, build
from headwater.tasks.source import Lines, Problems
from headwater.tasks.task import Example

_WINO: Final = re.compile(r"\s*\d+\s+(?P<text>.*\[.*\].*)")
_BRACKETS: Final = re.compile(r"\[([^\[\]]+)\]")


def read_winobias(pro: Lines, anti: Lines | None) -> Read:
    """Who is meant by the pronoun? Clean: as the stereotype has it; patch: the other pronoun.

    Two lines following each other have the same two people, each meant once: hence the wrong answer.
    """
    if anti is None:
        raise InvalidTask(
            "WinoBias comes in two files: give the pro-stereotyped one, and the anti-stereotyped one of the "
            "same type as the second file."
        )
    problems = Problems()
    clean, patch = _wino_sentences(pro, problems), _wino_sentences(anti, problems)
    problems.raise_any()
    if len(clean) != len(patch):
        raise InvalidTask(
            f"The files have {len(clean)} and {len(patch)} sentences: they do not belong together."
        )
    examples: list[Example] = []
    skipped = 0
    for i, (line, sentence, person, pronoun) in enumerate(clean):
        other = clean[i ^ 1] if i ^ 1 < len(clean) else None
        if other is None or person == other[2] or patch[i][2] != person:
            skipped += 1
            continue
        examples += build(
            problems, line, case=pronoun,
            clean_prefix=_who(sentence, pronoun), patch_prefix=_who(patch[i][1], patch[i][3]),
            clean_answer=f" {person}", patch_answer=f" {other[2]}",
        )  # fmt: skip
    problems.raise_any()
    notes = [
        'The prompt asks: The pronoun "..." refers to the. Pro-stereotyped sentences are clean, anti patch.'
    ]
    if skipped:
        notes.append(f"{skipped} sentences were left out: their neighbour does not name the other person.")
    return examples, notes


def _who(sentence: str, pronoun: str) -> str:
    return f'{sentence} The pronoun "{pronoun}" refers to the'


def _wino_sentences(lines: Lines, problems: Problems) -> list[tuple[int, str, str, str]]:
    """(line, sentence without brackets, who is meant, first pronoun). A few sentences mark it twice."""
    found = []
    for number, line in lines.rows:
        match = _WINO.fullmatch(line.rstrip())
        marked = _BRACKETS.findall(match["text"]) if match else []
        if match is None or len(marked) < 2:
            problems.add(
                number, "", "this is no sentence with two marks, as in: 1 [The nurse] slept because [she] ..."
            )
            continue
        sentence = re.sub(r"\s+", " ", _BRACKETS.sub(r"\1", match["text"])).strip()
        sentence = sentence.replace("the the ", "the ")  # a slip of the data set
        person = re.sub(r"^(the|a|an)\s+", "", marked[0].strip(), flags=re.IGNORECASE)
        found.append((number, sentence, person, marked[1].strip()))
    return found
