import bisect
import gzip
import json
import random
import re
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from training import bundled_tasks, tasks, words

BROOK = Path(__file__).parents[3] / "backend/headwater/bundled/brook"
TRAINING = [tasks.document(random.Random(seed)) for seed in range(6000)]
TEXT = "\n".join(TRAINING)
LINES = sorted(set(TEXT.splitlines()))


def family_of(path: Path) -> str:
    return path.name.removesuffix(".jsonl.gz")


PRACTISED = {"indirect_object", "colours"}
"""Bundled tasks of practised words on both sides of the split; their held-out items are tasks of their own."""
HELD_OUT_FILES = [
    path for path in sorted((BROOK / "tasks").glob("*.jsonl.gz")) if family_of(path) not in PRACTISED
]


def read(path: Path) -> list[dict[str, str]]:
    """The held-out items of a bundled task: those for evaluation."""
    items = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return [item for item in items if item.get("split") != "train"]


def test_no_held_out_word_is_in_generated_training_text() -> None:
    written = set(re.findall(r"\w+", TEXT))

    assert not words.held_out_words() & written


def test_training_and_held_out_words_and_templates_are_disjoint() -> None:
    for split in (*words.SPLITS, *tasks.TEMPLATES.values()):
        assert split.train
        assert split.held_out
        assert not set(split.train) & set(split.held_out)


def written_with(template: str) -> list[str]:
    """Training text that fits a template: its longest fixed stretch first, then all of it."""
    fixed = max(re.split(r"\{\w+\}", template), key=len)
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"[^\\n]+?", re.escape(template)))
    return [document for document in TRAINING if fixed in document and pattern.search(document)]


def test_training_text_is_written_with_the_training_templates() -> None:
    assert all(written_with(split.train[0]) for split in tasks.TEMPLATES.values())


@pytest.mark.parametrize("family", tasks.FAMILIES)
def test_no_held_out_template_is_in_generated_training_text(family: str) -> None:
    for template in tasks.TEMPLATES[family].held_out:
        assert not written_with(template)


def written_after(start: str) -> bool:
    """Whether a line of training text starts like this."""
    place = bisect.bisect_left(LINES, start)
    return place < len(LINES) and LINES[place].startswith(start)


def test_lines_of_training_text_are_found() -> None:
    assert all(written_after(line[:-1]) for line in LINES[::1000] if line)


@pytest.mark.parametrize("path", HELD_OUT_FILES, ids=family_of)
def test_no_test_item_is_in_generated_training_text(path: Path) -> None:
    for item in read(path):
        whole = item["clean_prefix"] + item["clean_answer"]
        first = bisect.bisect_left(LINES, whole)
        assert LINES[first : first + 1] != [whole]
        assert not written_after(whole + ".")
        assert "\n" not in whole or whole not in TEXT


@pytest.mark.parametrize("path", HELD_OUT_FILES, ids=family_of)
def test_items_have_equal_prompts_and_single_token_answers(path: Path, tokenizer: Tokenizer) -> None:
    for item in read(path):
        fields = ("clean_prefix", "patch_prefix", "clean_answer", "patch_answer", "case")
        assert tasks.fits(tasks.Item(**{name: item[name] for name in fields}, rest=""), tokenizer)


def test_every_family_has_held_out_items() -> None:
    families = {bundled.name: bundled.family for bundled in bundled_tasks.TASKS}

    assert {families[family_of(path)] for path in HELD_OUT_FILES if read(path)} == set(tasks.FAMILIES)


def test_words_of_test_items_are_single_tokens(tokenizer: Tokenizer) -> None:
    assert [w for w in words.single_token_words() if len(tokenizer.encode(f" {w}").ids) != 2] == []
