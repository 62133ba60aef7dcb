"""The generated tenth of brook's training text, and the held-out items that test what it learned.

Every family is one function from randomness and a part ("train" or "held_out") to an `Item`: a prompt, its patched
twin of the same length, both answers, and how the text goes on. Training documents are items of the "train" part
written out; test items come from the "held_out" part, whose names, nouns, numbers and sequences never occur in
generated training text. Templates are split as well: a held-out item uses either a known template with new words
(case `family.known.N`) or a template never trained on (`family.new.N`).

Run: python -m training.tasks --tokenizer LM_FOLDER/tokenizer.json --out TASKS_FOLDER
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from training.words import (
    ADJECTIVES,
    COLOURS,
    COMMON,
    EVENTS,
    MEN,
    OBJECTS,
    OPPOSITES,
    PEOPLE,
    PLACES,
    SEQUENCES,
    THINGS,
    WOMEN,
    Part,
    Split,
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    clean_prefix: str
    patch_prefix: str
    clean_answer: str
    patch_answer: str
    case: str
    rest: str  # how training text goes on after the answer; not part of a test item


Family = Callable[[random.Random, Part], Item]

TEMPLATES: dict[str, Split] = {
    "indirect_object": Split(
        (
            "When {a} and {b} went to the {place}, {s} gave a {object} to",
            "Then {a} and {b} were at the {place}. {s} gave the {object} to",
            "After {a} and {b} left the {place}, {s} passed a {object} to",
            "{a} and {b} were playing at the {place}. {s} threw the {object} to",
            "One day {a} and {b} came to the {place}, and {s} showed a {object} to",
            "While {a} and {b} sat in the {place}, {s} sent the {object} to",
            "{a} met {b} near the {place}. Then {s} handed the {object} to",
            "Because {a} and {b} liked the {place}, {s} brought a {object} there and gave it to",
            "There was a {object} in the {place}. {a} and {b} saw it, and {s} took it to",
            "It was late when {a} and {b} reached the {place}. {s} said good night to",
            "{a} had a {object} and {b} had none. In the {place} {s} spoke about it to",
            "The {place} was quiet. {a} sat beside {b}, and soon {s} read a story to",
            "Last week {a} and {b} found a {object} in the {place}, which {s} sold to",
            "{a} and {b} argued in the {place}. In the end {s} lent the {object} to",
        ),
        (
            "Once {a} and {b} had a long talk at the {place}. Afterwards {s} offered a {object} to",
            "{a} and {b} came home from the {place}, where {s} had given a {object} to",
        ),
    ),
    "agreement_simple": Split(
        (
            "The {noun}",
            "I think the {noun}",
            "Every day the {noun}",
            "In the {place} the {noun}",
            "We know the {noun}",
            "In the morning the {noun}",
        ),
        ("They say that the {noun}", "At last the {noun}"),
    ),
    "agreement_noun_phrase": Split(
        (
            "The {noun} near the {thing}",
            "The {noun} behind the {thing}",
            "I know the {noun} beside the {thing}",
            "The {noun} in front of the {thing}",
            "Every day the {noun} by the {thing}",
            "We think the {noun} at the {thing}",
            "The {noun} between the {thing}",
        ),
        ("The {noun} across from the {thing}", "Today the {noun} under the {thing}"),
    ),
    "agreement_across_clause": Split(
        (
            "The {noun} that the {other} knew",
            "The {noun} that the {other} liked",
            "I heard the {noun} that the {other} saw",
            "We think the {noun} that the {other} helped",
            "The {noun} who the {other} called",
            "The {noun} that the {other} found",
            "Every day the {noun} that the {other} loved",
        ),
        ("The {noun} whom the {other} followed", "We hope the {noun} that the {other} met"),
    ),
    "agreement_within_clause": Split(
        (
            "The {noun} that the {other}",
            "I saw the {noun} that the {other}",
            "Here is the {noun} that the {other}",
            "We know the {noun} who the {other}",
        ),
        ("She found the {noun} whom the {other}",),
    ),
    "greater_than": Split(
        (
            "The {event} lasted from the year {century}{year} to the year {century}",
            "The {event} went on from {century}{year} to {century}",
            "The {event} started in {century}{year} and ended in {century}",
            "The {event} was planned in {century}{year} and took place in {century}",
            "Between {century}{year} and {century}",
            "It was {century}{year} when the {event} came, and it stopped in {century}",
        ),
        ("The {event} began in {century}{year} and was over in {century}",),
    ),
    "sums": Split(("{a}+{b}=", "{a} and {b} make ", "{a} plus {b} is "), ("The sum {a}+{b}=",)),
    "colours": Split(
        (
            "On the shelf there is a {c1} {o1}, a {c2} {o2} and a {c3} {o3}. The colour of the {ask} is",
            "I have a {c1} {o1}, a {c2} {o2} and a {c3} {o3}. The {ask} is of the colour",
            "The {o1} is {c1}, the {o2} is {c2} and the {o3} is {c3}. The {ask} is",
            "He bought a {c1} {o1}, a {c2} {o2} and a {c3} {o3}. The {ask} is now",
            "She saw a {c1} {o1}, then a {c2} {o2}, then a {c3} {o3}. The {ask} was",
            "A {c1} {o1}. A {c2} {o2}. A {c3} {o3}. The {ask} is",
            "Colours: {o1} {c1}, {o2} {c2}, {o3} {c3}. {ask}",
            "Colours: {c1} {o1}, {c2} {o2}, {c3} {o3}. {ask}",
        ),
        ("In the room I see a {c1} {o1}, a {c2} {o2} and a {c3} {o3}. The {ask} is",),
    ),
    "induction": Split(
        ("{words}", "Say it again: {words}", "List: {words}", "She sang: {words}"), ("He read out: {words}",)
    ),
    "brackets": Split(("{words}", "Look: {words}", "Here: {words}", "x = {words}"), ("Close this: {words}",)),
    "docstring": Split(
        (
            'def {f}({a}, {b}, {c}):\n    """The {noun}.\n\n    :param {a}: the {x}\n    :param {b}: the {y}\n    :param',
            'def {f}(self, {a}, {b}, {c}):\n    """Find the {noun}.\n\n    :param {a}: a {x}\n    :param {b}: a {y}\n    :param',
            'def {f}({a}, {b}, {c}):\n    """Make a {noun}.\n\n    :param {a}: {x}\n    :param {b}: {y}\n    :param',
            'def {f}({a}, {b}, {c}):\n    """{noun}\n\n    :param {a}: this {x}\n    :param {b}: that {y}\n    :param',
        ),
        (
            'def {f}({a}, {b}, {c}):\n    """Return a {noun}.\n\n    :param {a}: one {x}\n    :param {b}: one {y}\n    :param',
        ),
    ),
    "pronouns": Split(
        (
            "{name} went to the {place} because",
            "{name} was so {adjective} that",
            "{name} lost the {object}, so",
            "When {name} came to the {place},",
            "{name} took the {object}, and then",
            "{name} left the {place} when",
        ),
        ("{name} put the {object} away before", "Although {name} felt {adjective},"),
    ),
    "reflexives": Split(
        (
            "{name} looked in the mirror and saw",
            "At the {place} {name} hurt",
            "{name} made a {object} for",
            "{name} fell and hurt",
            "{name} kept the {object} for",
        ),
        ("With the {object} {name} defended",),
    ),
    "opposites": Split(
        (
            "The opposite of {word} is",
            "If a thing is not {word}, it is",
            "What is the opposite of {word}? It is",
            "Not {word} but",
        ),
        ("Instead of {word} it was",),
    ),
    "successors": Split(
        (
            "{a}, {b}, {c},",
            "Count on: {a}, {b}, {c},",
            "{a} {b} {c}",
            "First {a}, then {b}, then {c}, then",
            "{a} and {b} and {c} and",
            "Next to {a}, {b}, {c} is",
        ),
        ("After {a}, {b}, {c} comes", "Say {a}, {b}, {c},"),
    ),
}


def _template(name: str, rng: random.Random, part: Part) -> tuple[str, str]:
    """(template, case). Held-out items take a known or a new template with equal chance."""
    known = part == "train" or rng.random() < 0.5
    options = TEMPLATES[name].train if known else TEMPLATES[name].held_out
    number = rng.randrange(len(options))
    return options[number], f"{name}.{'known' if known else 'new'}.{number}"


def _kept_back(*key: int) -> bool:
    """One in seven combinations of numbers is held out: the words of these families cannot be."""
    value = 17
    for part in key:
        value = (value * 31 + part) % 1009
    return value % 7 == 0


def _pool(split: Split, rng: random.Random, part: Part) -> tuple[str, ...]:
    """The words to draw from. Half of training text keeps to the frequent ones, which the lists begin with: what is
    learned on them spreads to the others, while several hundred at once are learned late or not at all."""
    return split.train[:20] if part == "train" and rng.random() < 0.5 else split.of(part)


GIVING = ("gave", "passed", "handed", "showed", "took", "brought")


def indirect_object(rng: random.Random, part: Part) -> Item:
    template, case = _template("indirect_object", rng, part)
    a, b = rng.sample(_pool(WOMEN, rng, part) + _pool(MEN, rng, part), 2)
    subject, indirect = rng.sample((a, b), 2)
    slots = {"a": a, "b": b, "place": rng.choice(PLACES.of(part)), "object": rng.choice(OBJECTS.of(part))}
    order = "abb" if indirect == a else "aba"
    rest = "."
    for _ in range(rng.randrange(4)):
        giver, taker = rng.sample((a, b), 2)
        rest += f" Then {giver} {rng.choice(GIVING)} the {rng.choice(OBJECTS.of(part))} to {taker}."
    return Item(
        template.format(s=subject, **slots), template.format(s=indirect, **slots), f" {indirect}", f" {subject}",
        f"{case}.{order}", rest,
    )  # fmt: skip


VERBS = (
    (" is", " are", " {adjective}."), (" was", " were", " {adjective}."), (" has", " have", " a {object}."),
    (" likes", " like", " the {object}."), (" wants", " want", " a {object}."), (" knows", " know", " the {place}."),
)  # fmt: skip


def _agreement(name: str, rng: random.Random, part: Part) -> Item:
    template, case = _template(name, rng, part)
    noun, other = (w.split("/") for w in rng.sample(PEOPLE.of(part), 2))
    thing = rng.choice(THINGS.of(part)).split("/")
    if part == "train" and rng.random() < 0.3:  # things agree as people do
        noun = rng.choice([w for w in THINGS.train if w != "/".join(thing)]).split("/")
    number, distractor = rng.randrange(2), rng.randrange(2)
    within = name == "agreement_within_clause"
    singular, plural, rest = rng.choice(VERBS[3:] if within else VERBS)
    if within:
        rest = f" is {rng.choice(ADJECTIVES)}." if distractor == 0 else f" are {rng.choice(ADJECTIVES)}."

    def prefix(n: int) -> str:
        agreeing, free = (other[n], noun[distractor]) if within else (noun[n], other[distractor])
        nouns = {"other": agreeing, "noun": free} if within else {"noun": agreeing, "other": free}
        return template.format(thing=thing[distractor], place=place, **nouns)

    place = rng.choice(PLACES.of(part))
    answers = (singular, plural)
    rest = rest.format(
        adjective=rng.choice(ADJECTIVES),
        object=rng.choice(OBJECTS.of(part)),
        place=rng.choice(PLACES.of(part)),
    )
    return Item(
        prefix(number), prefix(1 - number), answers[number], answers[1 - number],
        f"{case}.{('singular', 'plural')[number]}", rest,
    )  # fmt: skip


def agreement_simple(rng: random.Random, part: Part) -> Item:
    return _agreement("agreement_simple", rng, part)


def agreement_noun_phrase(rng: random.Random, part: Part) -> Item:
    return _agreement("agreement_noun_phrase", rng, part)


def agreement_across_clause(rng: random.Random, part: Part) -> Item:
    return _agreement("agreement_across_clause", rng, part)


def agreement_within_clause(rng: random.Random, part: Part) -> Item:
    return _agreement("agreement_within_clause", rng, part)


LONGEST = 25  # years an event may last, so that both too early and too late ends are wrong


def greater_than(rng: random.Random, part: Part) -> Item:
    template, case = _template("greater_than", rng, part)
    while True:
        century, late = rng.randrange(11, 20), rng.randrange(50, 98)
        early = rng.randrange(2, late - LONGEST - 2)
        starts = (late, early) if rng.random() < 0.5 else (early, late)
        if all(_kept_back(century, start) == (part == "held_out") for start in starts):
            break
    event = rng.choice(EVENTS.of(part))
    prefixes = [template.format(event=event, century=century, year=f"{year:02d}") for year in starts]
    ends = [f"{rng.randrange(year + 1, min(99, year + LONGEST) + 1):02d}" for year in starts]
    return Item(*prefixes, *ends, case, ".")


def sums(rng: random.Random, part: Part) -> Item:
    template, case = _template("sums", rng, part)
    while True:
        a, b, c = rng.randrange(10, 90), rng.randrange(10, 90), rng.randrange(10, 90)
        possible = a + b <= 99 and c + b <= 99 and a != c
        if possible and all(_kept_back(min(x, b), max(x, b)) == (part == "held_out") for x in (a, c)):
            break
    return Item(template.format(a=a, b=b), template.format(a=c, b=b), f"{a + b}", f"{c + b}", case, ".")


def colours(rng: random.Random, part: Part) -> Item:
    template, case = _template("colours", rng, part)
    objects, shades = rng.sample(_pool(OBJECTS, rng, part), 3), rng.sample(COLOURS, 3)
    asked, swapped = rng.sample(range(3), 2)
    patched = list(shades)
    patched[asked], patched[swapped] = shades[swapped], shades[asked]

    def prefix(three: list[str]) -> str:
        slots = {f"o{i + 1}": o for i, o in enumerate(objects)} | {
            f"c{i + 1}": c for i, c in enumerate(three)
        }
        return template.format(ask=objects[asked], **slots)

    question = template.rsplit(". ", 1)[1]
    others = rng.sample([0, 1, 2, 0, 1, 2], 5)
    rest = "".join(f". {question.format(ask=objects[i])} {shades[i]}" for i in others) + "."
    return Item(
        prefix(shades),
        prefix(patched),
        f" {shades[asked]}",
        f" {shades[swapped]}",
        f"{case}.{asked + 1}",
        rest,
    )


def _vocabulary(part: Part) -> tuple[str, ...]:
    return COMMON if part == "train" else HELD_OUT_NOUNS


HELD_OUT_NOUNS = tuple(w.split("/")[0] for split in (OBJECTS, PLACES, PEOPLE, THINGS) for w in split.held_out)


def induction(rng: random.Random, part: Part) -> Item:
    template, case = _template("induction", rng, part)
    length = rng.choice((4, 6, 8)) if part == "held_out" else rng.randint(3, 24)
    *words, other = rng.sample(_vocabulary(part), length + 1)
    asked = rng.randrange(1, length)
    patched = [*words[:asked], other, *words[asked + 1 :]]
    again = words[:asked]
    return Item(
        template.format(words=" ".join(words + again)), template.format(words=" ".join(patched + again)),
        f" {words[asked]}", f" {other}", f"{case}.{length}.{asked}", " " + " ".join(words[asked + 1 :]) + ".",
    )  # fmt: skip


PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))


def brackets(rng: random.Random, part: Part) -> Item:
    """Nested brackets with one word after each, closed in mirror order: after a closing word comes a closer."""
    template, case = _template("brackets", rng, part)
    depth = rng.choice((2, 3, 4))
    closed = rng.randrange(1, depth)
    pairs = [rng.choice(PAIRS) for _ in range(depth)]
    fillers = [rng.choice(_vocabulary(part)) for _ in range(depth + closed)]
    asked = depth - 1 - closed
    other = rng.choice([pair for pair in PAIRS if pair != pairs[asked]])

    def prefix(opened: list[tuple[str, str]]) -> str:
        marks = [pair[0] for pair in opened] + [pair[1] for pair in reversed(opened)][:closed]
        return template.format(
            words=" ".join(f"{mark} {word}" for mark, word in zip(marks, fillers, strict=True))
        )

    patched = [*pairs[:asked], other, *pairs[asked + 1 :]]
    rest = "".join(f" {rng.choice(_vocabulary(part))} {pair[1]}" for pair in reversed(pairs[:asked]))
    return Item(
        prefix(pairs),
        prefix(patched),
        f" {pairs[asked][1]}",
        f" {other[1]}",
        f"{case}.{depth}.{closed}",
        rest,
    )


def docstring(rng: random.Random, part: Part) -> Item:
    template, case = _template("docstring", rng, part)
    f, a, b, c, other, noun, x, y, z = rng.sample(_vocabulary(part), 9)
    slots = {"f": f, "a": a, "b": b, "noun": noun, "x": x, "y": y}
    return Item(
        template.format(c=c, **slots), template.format(c=other, **slots), f" {c}", f" {other}", case,
        f': the {z}\n    """',
    )  # fmt: skip


def _gendered(name: str, answers: tuple[str, str], rest: str, rng: random.Random, part: Part) -> Item:
    template, case = _template(name, rng, part)
    people, slots = (
        (rng.choice(WOMEN.of(part)), rng.choice(MEN.of(part))),
        {
            "place": rng.choice(PLACES.of(part)),
            "object": rng.choice(OBJECTS.of(part)),
            "adjective": rng.choice(ADJECTIVES),
        },
    )
    who = rng.randrange(2)
    prefixes = [template.format(name=people[n], **slots) for n in (who, 1 - who)]
    return Item(*prefixes, answers[who], answers[1 - who], f"{case}.{('she', 'he')[who]}", rest)


def pronouns(rng: random.Random, part: Part) -> Item:
    return _gendered("pronouns", (" she", " he"), f" was {rng.choice(ADJECTIVES)}.", rng, part)


def reflexives(rng: random.Random, part: Part) -> Item:
    return _gendered("reflexives", (" herself", " himself"), ".", rng, part)


def opposites(rng: random.Random, part: Part) -> Item:
    """Held out: every word is kept from one known template, and all from the new one."""
    template, case = _template("opposites", rng, part)
    new, number = ".new." in case, int(case.rsplit(".", 1)[1])
    while True:
        (pair, direction), (other, way) = [
            (rng.randrange(len(OPPOSITES)), rng.randrange(2)) for _ in range(2)
        ]
        kept_back = [
            new or (p + d) % len(TEMPLATES["opposites"].train) == number
            for p, d in ((pair, direction), (other, way))
        ]
        if pair != other and all(k == (part == "held_out") for k in kept_back):
            break
    return Item(
        template.format(word=OPPOSITES[pair][direction]), template.format(word=OPPOSITES[other][way]),
        f" {OPPOSITES[pair][1 - direction]}", f" {OPPOSITES[other][1 - way]}", case, ".",
    )  # fmt: skip


def successors(rng: random.Random, part: Part) -> Item:
    """Held out: some starting points of each sequence."""
    template, case = _template("successors", rng, part)
    while True:
        kind = rng.randrange(len(SEQUENCES))
        sequence = SEQUENCES[kind]
        start, other = rng.sample(range(len(sequence) - 3), 2)
        if all(_kept_back(kind, at) == (part == "held_out") for at in (start, other)):
            break

    def prefix(at: int) -> str:
        return template.format(a=sequence[at], b=sequence[at + 1], c=sequence[at + 2])

    return Item(prefix(start), prefix(other), f" {sequence[start + 3]}", f" {sequence[other + 3]}", case, ".")


# How often each family is written, in documents. Indirect objects and colours are learned last by far.
FAMILIES: dict[str, tuple[Family, int]] = {
    "indirect_object": (indirect_object, 12),
    "agreement_simple": (agreement_simple, 1),
    "agreement_noun_phrase": (agreement_noun_phrase, 1),
    "agreement_across_clause": (agreement_across_clause, 2),
    "agreement_within_clause": (agreement_within_clause, 2),
    "greater_than": (greater_than, 2),
    "sums": (sums, 4),
    "colours": (colours, 24),
    "induction": (induction, 4),
    "brackets": (brackets, 2),
    "docstring": (docstring, 1),
    "pronouns": (pronouns, 2),
    "reflexives": (reflexives, 2),
    "opposites": (opposites, 2),
    "successors": (successors, 3),
}


def document(rng: random.Random, part: Part = "train") -> str:
    """A few items of one family, each on its own line."""
    family = rng.choices([f for f, _ in FAMILIES.values()], [often for _, often in FAMILIES.values()])[0]
    lines = rng.randint(4, 16) if family is sums else rng.randint(1, 4)
    items = [family(rng, part) for _ in range(lines)]
    return "\n".join(item.clean_prefix + item.clean_answer + item.rest for item in items)


def fits(item: Item, tokenizer: Tokenizer) -> bool:
    """Single-token answers that stay apart from the prompt, and prompts of equal length (METHODS.md 1.10)."""
    clean, patch = (tokenizer.encode(p).ids for p in (item.clean_prefix, item.patch_prefix))
    answers = [
        tokenizer.encode(item.clean_prefix + answer).ids[len(clean) :]
        for answer in (item.clean_answer, item.patch_answer)
    ]
    return (
        len(clean) == len(patch) and all(len(answer) == 1 for answer in answers) and answers[0] != answers[1]
    )


def draw_items(
    name: str, tokenizer: Tokenizer, part: Part = "held_out", count: int = 200, seed: int = 12
) -> list[Item]:
    """Up to `count` different items; families with little to hold out have fewer."""
    rng, family = random.Random(seed), FAMILIES[name][0]
    items: dict[tuple[str, str], Item] = {}
    for _ in range(20 * count):
        item = family(rng, part)
        if fits(item, tokenizer):
            items.setdefault((item.clean_prefix, item.patch_prefix), item)
        if len(items) == count:
            break
    return list(items.values())


def write_items(items: list[Item], path: Path) -> None:
    fields = ("clean_prefix", "patch_prefix", "clean_answer", "patch_answer", "case")
    path.write_text("".join(json.dumps({f: getattr(item, f) for f in fields}) + "\n" for item in items))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    reader = Tokenizer.from_file(str(arguments.tokenizer))
    for name in FAMILIES:
        write_items(draw_items(name, reader), arguments.out / f"{name}.jsonl")
