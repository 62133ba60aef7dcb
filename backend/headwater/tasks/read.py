"""A task file of any known format to a task. The format is told by content, never by the file's name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, TypeVar

from headwater.errors import InvalidTask
from headwater.tasks.importers import build, eap_ig, mib, peap, prompts, winobias
from headwater.tasks.importers.build import Read
from headwater.tasks.source import Lines, Pairs, Source, Table, read_source
from headwater.tasks.task import MAX_EXAMPLES, Task, TokenTask
from headwater.tasks.token_ids import read_token_task

Kind = TypeVar("Kind", Lines, Pairs, Table)


@dataclass(frozen=True)
class Imported:
    """`format`: its name, as in docs/tasks.md. `notes`: what was done with the file, in sentences."""

    task: Task | TokenTask
    format: str
    notes: tuple[str, ...] = ()


def read_task(
    data: bytes, filename: str = "", name: str | None = None, second: bytes | None = None
) -> Task | TokenTask:
    """`import_task` without the notes."""
    return import_task(data, filename, name, second).task


def import_task(
    data: bytes, filename: str = "", name: str | None = None, second: bytes | None = None
) -> Imported:
    """A task from the bytes of a file; formats in two files take the patch side as `second`.

    InvalidTask with `line` and `problems` ([{line, field, reason}], at most 20) says what is wrong with it.
    """
    name = name or task_name(filename)
    source, other = read_source(data), None if second is None else read_source(second)
    if isinstance(source, dict) and "examples" not in source:
        _one_file("token ids (JSON)", other)
        return Imported(read_token_task(source, name), "token ids (JSON)", _unknown(source))
    if isinstance(source, dict):
        _one_file("Headwater JSON", other)
        return _document(source, name)
    try:
        format, (examples, notes) = _read(source, other)
    except InvalidTask as error:
        if isinstance(source, Lines) or (isinstance(source, Table) and source.container != "JSON"):
            raise
        detail = re.sub(r"^Line (?=\d)", "Element ", error.detail)  # an array's elements have no lines
        raise InvalidTask(detail, **error.extra) from None
    if not examples:
        raise InvalidTask(f"The file was read as {format} and holds no example.")
    return Imported(Task(name=name, source=format, examples=tuple(examples)), format, tuple(notes))


def task_name(filename: str) -> str:
    """`My Task.v2.jsonl` -> `my-task-v2`."""
    stem = PurePath(filename.replace("\\", "/")).name.rsplit(".", 1)[0]
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")[:64] or "task"


def _read(source: Source, other: Source | None) -> tuple[str, Read]:
    if isinstance(source, Lines):
        return "WinoBias", winobias.read_winobias(source, _same(source, other))
    if isinstance(source, Pairs):
        return "labelled prompts (JSON pairs)", prompts.read_pairs(source, _same(source, other))
    assert isinstance(source, Table)
    if {"prompt", "length"} <= set(source.columns):
        return f"PEAP {source.container}", peap.read_peap(source, _same(source, other))
    for format, fits, read in _FORMATS:
        if fits(set(source.columns)):
            _one_file(f"{format} {source.container}", other)
            return f"{format} {source.container}", read(source.rows)
    columns = ", ".join(source.columns[:12])
    raise InvalidTask(
        f"The format is not known: the first line has the fields {columns[:300]}. Headwater's own has "
        "clean_prefix, patch_prefix, clean_answer and patch_answer.",
        line=source.rows[0][0],
    )


_FORMATS: Final[tuple[tuple[str, Callable[[set[str]], bool], Callable[[list[Any]], Read]], ...]] = (
    ("Headwater", lambda fields: bool(fields & {"clean_prefix", "clean_answer"}), build.read_examples),
    ("EAP-IG", lambda fields: {"clean", "corrupted"} <= fields, eap_ig.read_eap_ig),
    ("BLiMP", lambda fields: "sentence_good" in fields, prompts.read_blimp),
    ("word list", lambda fields: {"input", "output"} <= fields, prompts.read_word_list),
    (
        "MIB",
        lambda fields: "prompt" in fields and any(name.endswith("_counterfactual") for name in fields),
        mib.read_mib,
    ),
)


def _same(source: Kind, other: Source | None) -> Kind | None:
    if other is None:
        return None
    if not isinstance(other, type(source)):
        raise InvalidTask("The two files have different formats. Both sides of a task come in the same one.")
    return other


def _one_file(format: str, other: Source | None) -> None:
    if other is not None:
        raise InvalidTask(f"{format} holds both sides in one file; a second file was given. Leave it out.")


def _unknown(source: dict[str, Any]) -> tuple[str, ...]:
    names = [name for name in source if name not in ("clean", "corrupt", "patch", "answer", "name", "case")]
    return tuple(f'The field "{name[:60]}" is not used.' for name in names[:20])


def _document(source: dict[str, Any], name: str) -> Imported:
    """A task as `headwater tasks show --json` and the API write it."""
    rows = source["examples"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InvalidTask("The field examples is not a list of objects. Every one is an example.")
    if len(rows) > MAX_EXAMPLES:
        raise InvalidTask(f"The task has more than {MAX_EXAMPLES:,} examples. Split it.")
    examples, notes = build.read_examples(list(enumerate(rows, 1)))
    told = {
        key: source[key] for key in ("title", "description", "source") if isinstance(source.get(key), str)
    }
    given = source.get("name")
    task = Task(
        name=task_name(f"{given}.") if isinstance(given, str) and given else name,
        examples=tuple(examples),
        title=told.get("title", "")[:200],
        description=told.get("description", "")[:5000],
        source=told.get("source", "")[:1000],
    )
    return Imported(task, "Headwater JSON", tuple(notes))
