"""docs/tasks.md is true: its examples are usable, its Python runs, its limits are the code's."""

import json
import re
from pathlib import Path

import pytest

from headwater.lm.model import load_model
from headwater.lm.registry import ModelEntry
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks import source, task
from headwater.tasks.read import import_task
from headwater.tasks.resolve import resolve

PAGE = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", blocks("json"))
def test_every_example_of_the_page_is_usable(block: str, brook: ModelEntry, tokenizer: Tokenizer) -> None:
    found = resolve(import_task(block.encode()).task, brook, tokenizer)

    assert len(found.kept) == 1


def test_the_pages_python_runs(brook: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = {
        "clean_prefix": "The girls",
        "patch_prefix": "The girl",
        "clean_answer": " are",
        "patch_answer": " is",
    }
    other = {**line, "clean_prefix": "The boys", "patch_prefix": "The boy"}
    Path("my-task.jsonl").write_text(f"{json.dumps(line)}\n{json.dumps(other)}\n")

    for block in blocks("python"):
        exec(block, {"model": load_model(brook, "cpu")})  # noqa: S102  (our own page)


def test_every_field_and_limit_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in task.Example.model_fields)
    assert f"{source.MAX_BYTES >> 20} MiB and {task.MAX_EXAMPLES:,} examples" in PAGE
    assert f"at most {task.MAX_SPANS} spans" in PAGE
