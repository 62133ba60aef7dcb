"""The tasks that come with brook: every example is usable, its spans hold, its sides are what they say."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.errors import InvalidTask, UnknownTask
from headwater.lm.registry import ModelEntry
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks.bundled import bundled_task, bundled_tasks
from headwater.tasks.resolve import resolve
from headwater.tasks.task import TokenTask

FAMILIES = (
    "agreement_simple", "agreement_noun_phrase", "agreement_across_clause", "agreement_within_clause",
    "indirect_object", "greater_than", "sums", "colours", "brackets",
)  # fmt: skip


@pytest.fixture(scope="module")
def tasks(brook: ModelEntry, tokenizer: Tokenizer) -> dict[str, TokenTask]:
    found = {task.name: resolve(task, brook, tokenizer) for task in bundled_tasks(brook)}
    assert all(not one.dropped and not one.notes for one in found.values())
    return {name: one.task for name, one in found.items()}


def test_the_families_come_first_in_teaching_order(brook: ModelEntry) -> None:
    tasks = bundled_tasks(brook)

    assert tuple(task.name for task in tasks)[: len(FAMILIES)] == FAMILIES
    assert all(task.title and task.description and task.source for task in tasks)
    assert len({task.title for task in tasks}) == len(tasks)


def test_every_task_has_both_sides(tasks: dict[str, TokenTask]) -> None:
    for task in tasks.values():
        train, evaluation = task.split()

        assert len(train.examples) >= 40
        assert len(evaluation.examples) >= 18
        assert not {one.clean for one in train.examples} & {one.clean for one in evaluation.examples}


def test_spans_name_what_they_hold(tasks: dict[str, TokenTask]) -> None:
    def texts(task: TokenTask, n: int) -> dict[str, str]:
        assert task.span_names is not None
        assert task.tokens is not None
        spans = task.examples[n].spans
        assert spans is not None
        return {
            name: "".join(
                token for token, place in zip(task.tokens[n], spans, strict=True) if place == number
            )
            for number, name in enumerate(task.span_names)
        }

    for n in range(60):
        names = texts(tasks["indirect_object"], n)
        both = {names["first name"].strip(), names["second name"].strip()}
        assert names["repeated name"].strip() in both
        assert names["last"].startswith(" ")
        years = texts(tasks["greater_than"], n)
        assert years["century"] == years["end century"]
        assert len(years["start year"]) == 2
        colours = texts(tasks["colours"], n)
        assert colours["asked object"].strip() in {colours[f"object {i}"].strip() for i in (1, 2, 3)}
        assert texts(tasks["brackets"], n)["bracket"].strip() in "([{"
        assert (
            texts(tasks["induction"], n)["cue"].strip() == texts(tasks["induction"], n)["cue again"].strip()
        )
        sums = texts(tasks["sums"], n)
        assert sums["first number"].strip().isdigit()
        assert sums["second number"].strip().isdigit()


def test_patches_change_only_what_the_task_is_about(tasks: dict[str, TokenTask]) -> None:
    changed = {
        "agreement_simple": {"subject"}, "agreement_noun_phrase": {"subject"},
        "agreement_across_clause": {"subject"}, "agreement_within_clause": {"subject"},
        "indirect_object": {"repeated name"}, "greater_than": {"start year"}, "sums": {"first number"},
        "colours": {"colour 1", "colour 2", "colour 3"}, "brackets": {"bracket"}, "pronouns": {"name"},
        "reflexives": {"name"}, "induction": {"followed by"}, "docstring": {"argument 3"},
        "opposites": {"word"},
    }  # fmt: skip
    for name, expected in changed.items():
        task = tasks[name]
        assert task.span_names is not None
        found = {
            task.span_names[place]
            for one in task.examples
            for place, clean, patch in zip(one.spans or (), one.clean, one.patch or (), strict=True)
            if clean != patch
        }
        assert found == expected, name


def test_years_are_weighed_on_both_sides(tasks: dict[str, TokenTask]) -> None:
    for one in tasks["greater_than"].examples:
        assert sum(r.weight for r in one.readouts) == pytest.approx(0)
        assert len(one.readouts) > 4


def test_an_unknown_task_is_told_the_known_ones(brook: ModelEntry) -> None:
    with pytest.raises(UnknownTask, match=r"brook comes with no task 'sum'\. Its tasks: agreement_simple, "):
        bundled_task(brook, "sum")


def test_a_model_without_tasks_has_none(brook: ModelEntry, tmp_path: Path) -> None:
    assert bundled_tasks(replace(brook, folder=tmp_path)) == []


def test_a_broken_list_is_told(brook: ModelEntry, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    for content in ("{", "[]", json.dumps({"tasks": [{"name": "a", "file": "missing.jsonl"}]})):
        (folder / "tasks.json").write_text(content)
        with pytest.raises(InvalidTask, match=r"tasks\.json cannot be read"):
            bundled_tasks(replace(brook, folder=tmp_path))


def test_a_damaged_or_swollen_file_is_told(brook: ModelEntry, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "tasks.json").write_text(json.dumps({"tasks": [{"name": "a", "file": "a.jsonl.gz"}]}))
    whole = gzip.compress(b'{"clean_prefix": "The girls", "clean_answer": " are"}\n')
    for content, said in (
        (whole[:20], "damaged"),
        (b"no gzip", "cannot be read"),
        (gzip.compress(bytes(65 * 2**20)), "unpacks to more than 64 MiB"),
    ):
        (folder / "a.jsonl.gz").write_bytes(content)
        with pytest.raises(InvalidTask, match=said):
            bundled_tasks(replace(brook, folder=tmp_path))


def test_the_list_names_no_file_outside_its_folder(brook: ModelEntry, tmp_path: Path) -> None:
    (tmp_path / "secret.jsonl").write_text('{"clean_prefix": "The girls", "clean_answer": " are"}\n')
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "tasks.json").write_text(json.dumps({"tasks": [{"name": "a", "file": "../secret.jsonl"}]}))

    with pytest.raises(InvalidTask, match="cannot be read"):
        bundled_tasks(replace(brook, folder=tmp_path))
