import json
import random
import re
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from training import tasks, words

BROOK = Path(__file__).parents[3] / "backend/headwater/bundled/brook"
TRAINING = [tasks.document(random.Random(seed)) for seed in range(6000)]
TEXT = "\n".join(TRAINING)
HELD_OUT_FILES = sorted((BROOK / "tasks").glob("*.jsonl"))


def read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_no_held_out_word_is_in_generated_training_text() -> None:
    written = set(re.findall(r"\w+", TEXT))

    assert not words.held_out_words() & written


def test_training_and_held_out_words_and_templates_are_disjoint() -> None:
    for split in (*words.SPLITS, *tasks.TEMPLATES.values()):
        assert split.train and split.held_out
        assert not set(split.train) & set(split.held_out)


@pytest.mark.parametrize("family", tasks.FAMILIES)
def test_no_held_out_template_is_in_generated_training_text(family: str) -> None:
    for template in tasks.TEMPLATES[family].held_out:
        pattern = re.sub(r"\\\{\w+\\\}", r"[^\\n]+?", re.escape(template))
        assert not re.search(pattern, TEXT)


@pytest.mark.parametrize("path", HELD_OUT_FILES, ids=lambda p: p.stem)
def test_no_test_item_is_in_generated_training_text(path: Path) -> None:
    lines = set(TEXT.splitlines())
    for item in read(path):
        whole = item["clean_prefix"] + item["clean_answer"]
        assert not any(line == whole or line.startswith(whole + ".") for line in lines)


@pytest.mark.parametrize("path", HELD_OUT_FILES, ids=lambda p: p.stem)
def test_items_have_equal_prompts_and_single_token_answers(path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(BROOK / "lm/tokenizer.json"))
    for item in read(path):
        assert tasks.fits(tasks.Item(**item, rest=""), tokenizer)


def test_every_family_has_held_out_items() -> None:
    assert {path.stem for path in HELD_OUT_FILES} == set(tasks.FAMILIES)


def test_words_of_test_items_are_single_tokens() -> None:
    tokenizer = Tokenizer.from_file(str(BROOK / "lm/tokenizer.json"))

    assert [w for w in words.single_token_words() if len(tokenizer.encode(f" {w}").ids) != 2] == []
