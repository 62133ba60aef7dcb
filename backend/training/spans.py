"""Spans of generated prompts: which tokens are the subject, the second name, the start year.

A span ends where its text ends, and a token lies in the span that holds its last character (its leading space may
belong to the text before). Names and their order are the same for all templates of a family, so that circuits over
prompts of different length line up; a span may be empty where a template has no text for it.
"""

import re
from dataclasses import dataclass

from tokenizers import Tokenizer

from training.tasks import PAIRS, TEMPLATES, Item

Spans = dict[str, tuple[int, int]]
Cuts = list[tuple[str, int]]
"""(span name, character after its end), in order, to the end of the prompt."""


@dataclass(frozen=True)
class Schema:
    """`anchors`: (span name, slot, its occurrence in the template). `gaps`: names of the text before each of them
    and after the last; "" where there is none. `last`: the final token is a span of its own."""

    anchors: tuple[tuple[str, str, int], ...]
    gaps: tuple[str, ...]
    last: bool = False


def _schema(anchors: str, gaps: tuple[str, ...], *, last: bool = False) -> Schema:
    """`anchors`: "first name=a, second name=b"; a slot's second occurrence is `a*`."""
    named = [pair.split("=") for pair in anchors.split(", ")]
    return Schema(tuple((name, slot.rstrip("*"), slot.count("*")) for name, slot in named), gaps, last)


SCHEMAS: dict[str, Schema] = {
    "indirect_object": _schema(
        "first name=a, second name=b, repeated name=s", ("opening", "between", "middle", "ending"), last=True
    ),
    "agreement_simple": _schema("subject=noun", ("opening", "")),
    "agreement_noun_phrase": _schema("subject=noun, distractor=thing", ("opening", "preposition", "")),
    "agreement_across_clause": _schema("subject=noun, distractor=other", ("opening", "relative", "verb")),
    "agreement_within_clause": _schema("distractor=noun, subject=other", ("opening", "relative", "")),
    "greater_than": _schema(
        "century=century, start year=year, end century=century*", ("opening", "", "middle", "")
    ),
    "sums": _schema("first number=a, second number=b", ("opening", "operator", "ending")),
    "colours": _schema(
        "colour 1=c1, object 1=o1, colour 2=c2, object 2=o2, colour 3=c3, object 3=o3, asked object=ask",
        ("opening", "", "link 1", "", "link 2", "", "question", "ending"),
        last=True,
    ),
    "docstring": _schema(
        "argument 1=a, argument 2=b, argument 3=c, parameter 1=a*, parameter 2=b*",
        ("opening", "comma 1", "comma 2", "middle", "description 1", "ending"),
        last=True,
    ),
    "pronouns": _schema("name=name", ("opening", "ending")),
    "reflexives": _schema("name=name", ("opening", "ending")),
    "opposites": _schema("word=word", ("opening", "ending")),
    "successors": _schema("first=a, second=b, third=c", ("opening", "link 1", "link 2", "ending")),
}


def template_of(name: str, case: str) -> str:
    """`greater_than.known.5` -> the sixth template of training."""
    part, number = re.search(r"\.(known|new)\.(\d+)", case).groups()  # type: ignore[union-attr]  # ours
    return (TEMPLATES[name].train if part == "known" else TEMPLATES[name].held_out)[int(number)]


def slots(template: str, prompt: str) -> dict[tuple[str, int], tuple[int, int]] | None:
    """(slot, occurrence) -> its characters [start, end) in the prompt. None where the prompt is not of this form."""
    pieces = re.split(r"\{(\w+)\}", template)
    pattern, seen, keys = re.escape(pieces[0]), dict[str, int](), []
    for slot, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        keys.append((slot, seen.setdefault(slot, 0)))
        seen[slot] += 1
        numeric = slot in ("century", "year")
        pattern += (r"(\d\d)" if numeric else r"([^ ,.:?()+=]+)") + re.escape(literal)
    match = re.fullmatch(pattern, prompt)
    return None if match is None else {key: match.span(i) for i, key in enumerate(keys, 1)}


def _cuts_by_schema(schema: Schema, template: str, prompt: str) -> Cuts | None:
    found = slots(template, prompt)
    if found is None or any((slot, n) not in found for _, slot, n in schema.anchors):
        return None
    cuts: Cuts = []
    at = 0
    for gap, (name, slot, n) in zip(schema.gaps, schema.anchors, strict=False):
        start, end = found[slot, n]
        if start < at:
            return None  # a template with another order of its parts
        if gap:
            cuts.append((gap, start))
        cuts.append((name, end))
        at = end
    return [*cuts, (schema.gaps[-1], len(prompt))] if schema.gaps[-1] else cuts


def _cuts_of_brackets(item: Item, prompt: str) -> Cuts:
    """The bracket to be closed next, with its word, between those around it and those inside it."""
    depth, closed = (int(n) for n in item.case.split(".")[-2:])
    starts = [m.start() for m in re.finditer(r"[\[\](){}] \w+", prompt)]
    asked = starts[depth - 1 - closed]
    assert prompt[asked] in {opening for opening, _ in PAIRS}
    word_end = asked + re.match(r". \w+", prompt[asked:]).end()  # type: ignore[union-attr]  # ours
    last_word = prompt.rindex(" ")
    return [
        ("outside", asked), ("bracket", asked + 1), ("its word", word_end), ("inside", last_word),
        ("last word", len(prompt)),
    ]  # fmt: skip


def _cuts_of_induction(item: Item, prompt: str) -> Cuts:
    length, asked = (int(n) for n in item.case.split(".")[-2:])
    opening = template_of("induction", item.case).format(words="")
    ends = [m.end() for m in re.finditer(r"\S+", prompt) if m.start() >= len(opening)]
    assert len(ends) == length + asked
    return [
        ("opening", len(opening.rstrip())), ("before", ends[asked - 2] if asked > 1 else len(opening.rstrip())),
        ("cue", ends[asked - 1]), ("followed by", ends[asked]), ("rest", ends[length - 1]),
        ("repeat", ends[-2] if asked > 1 else ends[length - 1]), ("cue again", ends[-1]),
    ]  # fmt: skip


def _cuts(name: str, item: Item, prompt: str) -> Cuts | None:
    if name == "brackets":
        return _cuts_of_brackets(item, prompt)
    if name == "induction":
        return _cuts_of_induction(item, prompt)
    return _cuts_by_schema(SCHEMAS[name], template_of(name, item.case), prompt)


def _spans_of(cuts: Cuts, prompt: str, tokenizer: Tokenizer, *, last: bool) -> Spans:
    ends = [end for _, end in tokenizer.encode(prompt, add_special_tokens=False).offsets]
    spans: Spans = {}
    at = 0
    for name, cut in cuts:
        first = at
        while at < len(ends) and ends[at] <= cut:
            at += 1
        spans[name] = (first + 1, at + 1)  # the start token is token 0
    assert at == len(ends)
    if last:
        name, (first, end) = next(reversed(spans.items()))
        split = max(first, end - 1)
        spans |= {name: (first, split), "last": (split, end)}
    return spans


def spans_of(name: str, item: Item, tokenizer: Tokenizer) -> Spans | None:
    """The spans of both prompts; None where they do not have the same, or the template lacks a part."""
    found = []
    for prompt in (item.clean_prefix, item.patch_prefix):
        cuts = _cuts(name, item, prompt)
        if cuts is None:
            return None
        last = name in SCHEMAS and SCHEMAS[name].last
        found.append(_spans_of(cuts, prompt, tokenizer, last=last))
    return found[0] if found[0] == found[1] else None
