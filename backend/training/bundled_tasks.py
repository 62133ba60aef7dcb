"""Writes the tasks that come with brook: examples with spans, marked for training or evaluation, and their index.

Circuits are found on prompts made as training text was and evaluated on words and templates that were held out,
except for indirect objects and colours, which brook does with practised words only: there both sides are practised,
and the held-out ones are tasks of their own.

Run: python -m training.bundled_tasks --tokenizer LM_FOLDER/tokenizer.json --out TASKS_FOLDER
"""

import argparse
import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from training.spans import slots, spans_of, template_of
from training.tasks import LONGEST, Item, draw_items
from training.words import Part

N_TRAIN, N_EVALUATION = 120, 60
SEED = 21


@dataclass(frozen=True)
class Bundled:
    """`parts`: what training and evaluation examples are drawn from."""

    name: str
    family: str
    title: str
    description: str
    parts: tuple[Part | None, Part] = ("train", "held_out")


TASKS = (
    Bundled(
        "agreement_simple", "agreement_simple", "Agreement: singular or plural",
        'After "The girls" comes "are", after "The girl" comes "is". The patch changes the number of the noun.',
    ),
    Bundled(
        "agreement_noun_phrase", "agreement_noun_phrase", "Agreement across a noun phrase",
        'The verb agrees with the first noun, not with the nearest: "The girls near the tree" "are".',
    ),
    Bundled(
        "agreement_across_clause", "agreement_across_clause", "Agreement across a relative clause",
        'The verb after the clause agrees with the noun before it: "The girls that the boy knew" "are".',
    ),
    Bundled(
        "agreement_within_clause", "agreement_within_clause", "Agreement within a relative clause",
        'The verb of the clause agrees with the clause\'s own subject: "The girls that the boy" "likes".',
    ),
    Bundled(
        "indirect_object", "indirect_object", "Indirect object",
        "Two names, one is repeated; the other one receives. The patch repeats the other name. Names brook has "
        "practised, on both sides of the split.",
        ("train", "train"),
    ),
    Bundled(
        "greater_than", "greater_than", "Greater than: years",
        f"An event that began in 1760 ends later in that century. The metric is the mean logit of the {LONGEST} years "
        "after the clean prompt's start (as far as the century goes) minus that of the years after the patch prompt's: "
        "brook's events last so long at most.",
    ),
    Bundled(
        "sums", "sums", "Sums of two-digit numbers",
        "The sum of two numbers, below 100. The patch changes the first number.",
    ),
    Bundled(
        "colours", "colours", "Colours of objects",
        "Three objects with their colours, and the colour of one is asked for. The patch swaps two colours. Objects "
        "brook has practised, on both sides of the split.",
        ("train", "train"),
    ),
    Bundled(
        "brackets", "brackets", "Closing brackets",
        "Nested brackets of three kinds, some closed already: which closes next? The patch changes the kind of the "
        "bracket that is asked for.",
    ),
    Bundled(
        "induction", "induction", "Repeated sequences",
        "A list of words begins again: the word that followed the last one comes. The patch changes that word.",
    ),
    Bundled(
        "pronouns", "pronouns", "Pronouns: she or he",
        "The pronoun that goes with the name. The patch has a name of the other gender.",
    ),
    Bundled(
        "reflexives", "reflexives", "Reflexives: herself or himself",
        "The reflexive that goes with the name. The patch has a name of the other gender.",
    ),
    Bundled(
        "docstring", "docstring", "Docstrings: the next argument",
        "The third argument of a Python function, after its docstring described two. The patch names it otherwise.",
    ),
    Bundled(
        "opposites", "opposites", "Opposites",
        "The opposite of a word. The patch asks for another word's.",
    ),
    Bundled(
        "successors", "successors", "Next in a sequence",
        "Days, months, numbers, letters: what follows the third. The patch is elsewhere in some sequence.",
    ),
    Bundled(
        "indirect_object_new_names", "indirect_object", "Indirect object, new names",
        "As the indirect object, with names brook never practised: it is near chance here, so expect little of a "
        "circuit. Evaluate a circuit of practised names on it to see what carries over.",
        (None, "held_out"),
    ),
    Bundled(
        "colours_new_objects", "colours", "Colours of new objects",
        "As the colours, with objects brook never practised: it is near chance here.",
        (None, "held_out"),
    ),
)  # fmt: skip


def _years(item: Item) -> dict[str, list[str]]:
    """The ends that fit each start: an end that is right for one is wrong for the other."""
    template = template_of("greater_than", item.case)
    ends = []
    for prompt in (item.clean_prefix, item.patch_prefix):
        found = slots(template, prompt)
        assert found is not None
        start, end = found["year", 0]
        year = int(prompt[start:end])
        ends.append([f"{n:02d}" for n in range(year + 1, min(99, year + LONGEST) + 1)])
    return {"clean_answers": ends[0], "patch_answers": ends[1]}


def _case(family: str, item: Item) -> str:
    """In words, few a family: what a person would compare accuracies by."""
    _, tail = re.split(r"\.(?:known|new)\.\d+", item.case)
    parts = tail.strip(".").split(".")
    if family == "colours":
        case = f"object {parts[0]} asked"
    elif family == "brackets":
        case = f"{parts[1]} closed already"
    elif family == "induction":
        case = "up to 8 words" if int(parts[0]) <= 8 else "more than 8 words"
    elif family == "greater_than":
        case = "later start" if item.clean_prefix > item.patch_prefix else "earlier start"
    else:
        case = parts[0]
    return ", ".join(filter(None, (case, "new template" if ".new." in item.case else "")))


def _written(bundled: Bundled, item: Item, tokenizer: Tokenizer, split: str) -> dict[str, Any] | None:
    spans = spans_of(bundled.family, item, tokenizer)
    if spans is None:
        return None
    return {
        "clean_prefix": item.clean_prefix,
        "patch_prefix": item.patch_prefix,
        "clean_answer": item.clean_answer,
        "patch_answer": item.patch_answer,
        **(_years(item) if bundled.family == "greater_than" else {}),
        "case": _case(bundled.family, item),
        "spans": spans,
        "split": split,
    }


def examples(bundled: Bundled, tokenizer: Tokenizer) -> list[dict[str, Any]]:
    """Training examples, then evaluation ones; without a training part they are left to chance."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, (part, split, wanted) in enumerate(
        zip(bundled.parts, ("train", "evaluation"), (N_TRAIN, N_EVALUATION), strict=True)
    ):
        items = [] if part is None else draw_items(bundled.family, tokenizer, part, 4 * wanted, SEED + number)
        lines = [(item, _written(bundled, item, tokenizer, split)) for item in items]
        usable = [(item, line) for item, line in lines if line is not None and item.clean_prefix not in seen]
        for item, line in usable[:wanted]:
            seen |= {item.clean_prefix, item.patch_prefix}
            found.append(line)
    if bundled.parts[0] is None:
        for line in found:
            del line["split"]
    return found


def write_tasks(tokenizer: Tokenizer, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for bundled in TASKS:
        lines = examples(bundled, tokenizer)
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        # Without a time stamp equal examples give equal files.
        (out / f"{bundled.name}.jsonl.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    index = [
        {"name": one.name, "file": f"{one.name}.jsonl.gz", "title": one.title, "description": one.description}
        for one in TASKS
    ]
    document = json.dumps({"tasks": index}, indent=1, ensure_ascii=False) + "\n"
    (out / "tasks.json").write_text(document, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write_tasks(Tokenizer.from_file(str(arguments.tokenizer)), arguments.out)
