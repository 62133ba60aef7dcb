"""Options of the commands that work on a task."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from headwater.tasks.opened import TaskPart


class Part(StrEnum):
    all = "all"
    train = "train"
    evaluation = "evaluation"


TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="A bundled task's name, or a file of examples.")
]
Patch = Annotated[
    Path | None,
    typer.Option("--patch", help="The file of patch prompts, for formats that come in two files."),
]
Split = Annotated[
    Part | None,
    typer.Option(
        help="Which examples: all, train or evaluation.",
        show_default="train where the task marks examples for evaluation, else all",
    ),
]
Examples = Annotated[
    int | None, typer.Option("--examples", "-n", min=1, help="Draw so many examples.", show_default="all")
]
Seed = Annotated[int, typer.Option(min=0, help="Draws examples, splits, and a random baseline.")]


def part_of(split: Part | None) -> "TaskPart | None":
    return None if split is None else split.value
