"""Bytes from outside to rows of fields, before anybody asks what the fields mean.

Sizes are capped first, text is UTF-8, JSON has no NaN, and every complaint names its line.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from headwater.errors import InvalidTask, TooLarge
from headwater.tasks.task import MAX_EXAMPLES

MAX_BYTES: Final = 64 << 20
MAX_LINE: Final = 1 << 20
MAX_SENTENCE: Final = 2_000
"""Of plain text, in which patterns are searched: longer lines are no sentences, and would take long."""
MAX_PROBLEMS: Final = 20

Row = tuple[int, dict[str, Any]]
"""(line, fields). For a JSON array `line` is the number of the element, from 1."""


@dataclass(frozen=True)
class Table:
    """`container`: "JSONL", "JSON" or "CSV". `columns`: the fields of the first rows, in order."""

    container: str
    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Pairs:
    """A JSON array of [prompt, label]."""

    rows: list[tuple[int, str, str]]


@dataclass(frozen=True)
class Lines:
    """Plain text that is neither JSON nor CSV."""

    rows: list[tuple[int, str]]


Source = Table | Pairs | Lines | dict[str, Any]


class Problems:
    """Collects what is wrong, so that a file is corrected once and not twenty times."""

    def __init__(self, unit: str = "Line") -> None:
        self.unit = unit
        self.found: list[dict[str, Any]] = []

    def add(self, line: int, field: str, reason: str) -> None:
        self.found.append({"line": line, "field": field, "reason": reason})
        if len(self.found) >= MAX_PROBLEMS:
            self.raise_any()

    def raise_any(self) -> None:
        if not self.found:
            return
        first, others = self.found[0], len(self.found) - 1
        at_least = "at least " if others >= MAX_PROBLEMS - 1 else ""
        more = f" ({at_least}{others} more {'place is' if others == 1 else 'places are'} wrong.)"
        raise InvalidTask(
            f"{self.unit} {first['line']}: {first['reason']}{more if others else ''}",
            line=first["line"],
            problems=self.found,
        )


def refuse(line: int, reason: str, field: str = "") -> NoReturn:
    problems = Problems()
    problems.add(line, field, reason)
    problems.raise_any()
    raise AssertionError  # raise_any raised


def read_source(data: bytes) -> Source:
    text = _decoded(data)
    start = text.lstrip()[:1]
    if not start:
        raise InvalidTask("The task file is empty. Each line holds one example as a JSON object.")
    if start in "{[":
        return _json_source(text)
    if re.match(r"1\s+[^\[]*\[[^\]]+\]", text[:MAX_SENTENCE].lstrip()):
        return _lines(text)
    return _csv_table(text)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TooLarge(
            f"The task file has {len(data):,} bytes; at most {MAX_BYTES:,} are read. Split it into several."
        )
    if b"\0" in data[:1_000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidTask(
            f"Byte {data.index(0) + 1} of the file is zero, which no text has: it is UTF-16 or no text. "
            "Save the file as UTF-8, for example with `iconv -f utf-16 -t utf-8`.",
            line=1,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidTask(
            f"Line {line} is not UTF-8: byte {error.start + 1} of the file is 0x{data[error.start]:02X}. "
            "Save the file as UTF-8, for example with `iconv -t utf-8`.",
            line=line,
        ) from None


def _json_source(text: str) -> Source:
    """JSON lines when the first line is an object by itself, else one JSON document."""
    head, _, rest = text.strip().partition("\n")
    try:
        first = _loads(head)
    except ValueError:
        first = None
    if isinstance(first, dict) and (rest or not _is_document(first)):
        return _json_lines(text)
    try:
        whole = _loads(text)
    except ValueError as error:
        if head.startswith("{") and head.rstrip().endswith("}"):
            return _json_lines(text)
        line = getattr(error, "lineno", 1)
        refuse(line, f"this is not JSON ({_said(error)}). Correct or export the file again.")
    if isinstance(whole, dict):
        return whole
    if not isinstance(whole, list) or not whole:
        raise InvalidTask("The JSON holds no examples. Give an array of objects, or one object on each line.")
    return _array(whole)


def _is_document(value: dict[str, Any]) -> bool:
    """One object that holds all examples, not one example."""
    return "examples" in value or isinstance(value.get("clean"), list)


def _array(whole: list[Any]) -> Source:
    problems = Problems("Element")
    if isinstance(whole[0], list):
        pairs = []
        for number, item in enumerate(whole, 1):
            if not (isinstance(item, list) and len(item) == 2 and all(isinstance(x, str) for x in item)):
                problems.add(number, "", "this is no pair [prompt, label] of two texts, as the first one is.")
                continue
            pairs.append((number, item[0], item[1]))
        problems.raise_any()
        _check_count(pairs)
        return Pairs(pairs)
    for number, item in enumerate(whole, 1):
        if not isinstance(item, dict):
            problems.add(
                number, "", "this is not a JSON object. Every element is an object with named fields."
            )
    problems.raise_any()
    _check_count(whole)
    return _table("JSON", list(enumerate(whole, 1)))


def _table(container: str, rows: list[Row]) -> Table:
    """Which fields there are is asked of several rows: the first one may be the one that is wrong."""
    columns = dict.fromkeys(name for _, row in rows[:20] for name in row)
    return Table(container, tuple(columns), rows)


def _json_lines(text: str) -> Table:
    problems, rows = Problems(), []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            problems.add(number, "", f"the line has {len(line):,} characters, more than {MAX_LINE:,}.")
            continue
        try:
            value = _loads(line)
        except ValueError as error:
            problems.add(number, "", f"this is not JSON ({_said(error)}). Every line is one JSON object.")
            continue
        if not isinstance(value, dict):
            problems.add(number, "", "this is not a JSON object. Every line is one object with named fields.")
            continue
        rows.append((number, value))
        if len(rows) > MAX_EXAMPLES:
            _check_count(rows)
    problems.raise_any()
    return _table("JSONL", rows)


def _lines(text: str) -> Lines:
    rows = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in rows:
        if len(line) > MAX_SENTENCE:
            refuse(number, f"the line has {len(line):,} characters, more than {MAX_SENTENCE:,}.")
    _check_count(rows)
    return Lines(rows)


def _csv_table(text: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    problems = Problems()
    try:
        header = next(reader)
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            refuse(1, f"the header names the column {twice[0]!r} twice.", twice[0])
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                problems.add(
                    reader.line_num, "", f"it has {len(cells)} fields, but the header names {len(header)}."
                )
                continue
            rows.append((reader.line_num, dict(zip(header, cells, strict=True))))
            if len(rows) > MAX_EXAMPLES:
                _check_count(rows)
    except csv.Error as error:
        refuse(max(reader.line_num, 1), f"this is not CSV ({error}). Are quotes closed?")
    problems.raise_any()
    if len(header) < 2:
        raise InvalidTask(
            "The file is neither JSON nor CSV with named columns. Give one JSON object a line: "
            '{"clean_prefix": "The girls", "patch_prefix": "The girl", "clean_answer": " are", '
            '"patch_answer": " is"}.',
            line=1,
        )
    if not rows:
        raise InvalidTask("The CSV file has a header and no rows. Every row is one example.", line=1)
    return Table("CSV", tuple(header), rows)


def _check_count(rows: Iterable[Any]) -> None:
    n = sum(1 for _ in rows)
    if n > MAX_EXAMPLES:
        raise TooLarge(
            f"The task has more than {MAX_EXAMPLES:,} examples. Split it, or take a sample: effects settle "
            "long before that."
        )


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _said(error: ValueError) -> str:
    return f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
