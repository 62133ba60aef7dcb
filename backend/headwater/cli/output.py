"""How commands answer: sentences and a progress bar for people, JSON for machines.

Answers go to stdout, progress and errors to stderr. With `--json` stdout holds exactly one
JSON document, also when the command fails: `{"error": {"type", "title", "detail", ...}}`.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from headwater.errors import HeadwaterError, StorageFull, StorageUnavailable

Progress = Callable[[str, int, int], None]


def counted(number: int, word: str) -> str:
    """`1 feature`, `1,828 features`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


class Output:
    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, text: str = "") -> None:
        """A line for people; with --json there is none."""
        if not self.as_json:
            typer.echo(text)

    def give(self, document: dict[str, Any]) -> None:
        """The answer for machines; without --json there is none."""
        if self.as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))

    def table(self, titles: list[str], rows: list[list[str]]) -> None:
        """Columns as wide as their longest cell."""
        widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
        for row in [titles, *rows]:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.say("  ".join(cells).rstrip())

    def fail(self, error: HeadwaterError) -> None:
        self.give(
            {"error": {"type": error.type, "title": error.title, "detail": error.detail, **error.extra}}
        )
        if not self.as_json:
            typer.echo(error.detail, err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A bar on stderr where a person is looking; silent otherwise."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda phase, done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("starting", total=None)

            def show(phase: str, done: int, total: int) -> None:
                bar.update(task, description=phase, completed=done, total=total or None)

            yield show


@contextmanager
def answering(as_json: bool) -> Iterator[Output]:
    """Around every command: what a user can cause ends in one sentence and status 1."""
    output = Output(as_json)
    try:
        yield output
    except HeadwaterError as error:
        output.fail(error)
        raise typer.Exit(1) from None


def check_writable(path: Path) -> None:
    """Before the work, so that a long trace is not lost to a misspelt folder."""
    if str(path) == "-":
        return
    if path.is_dir():
        raise StorageUnavailable(f"{path} is a folder. Give the name of a file to write.")
    if not path.absolute().parent.is_dir():
        raise StorageUnavailable(
            f"There is no folder {path.absolute().parent}. Create it, or write elsewhere."
        )


@contextmanager
def writing(path: Path) -> Iterator[Any]:
    """A binary file that appears whole or not at all; `-` is standard output."""
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        kind = StorageFull if error.errno == 28 else StorageUnavailable
        raise kind(f"{path} cannot be written: {error.strerror}. Free space or write elsewhere.") from None
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, document: dict[str, Any]) -> None:
    with writing(path) as file:
        file.write(json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))
        file.write(b"\n")
