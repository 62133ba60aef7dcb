"""A task ready to work on: named or in a file, read for one model, one part of it, so many examples."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from headwater.errors import InvalidTask, UnknownTask
from headwater.lm.registry import ModelEntry
from headwater.tasks.bundled import bundled_tasks
from headwater.tasks.read import import_task
from headwater.tasks.resolve import Dropped, resolve
from headwater.tasks.task import Part, Task, TokenTask

TaskPart = Literal["all", "train", "evaluation"]
EVALUATION_SHARE: Final = 0.3
MAX_FILE_BYTES: Final = 512 * 2**20


@dataclass(frozen=True)
class OpenedTask:
    """`facts`: what a circuit says of the task it was found on. `dropped`: what this model cannot use.
    `train`: the examples that circuits are found on, where `task` are those for evaluation; else the same."""

    task: TokenTask
    train: TokenTask
    facts: dict[str, Any]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...] = ()


def open_task(
    entry: ModelEntry,
    given: str | Path | Task | TokenTask,
    *,
    second: str | Path | None = None,
    part: TaskPart | None = None,
    marked_part: Part = "train",
    evaluation_share: float = EVALUATION_SHARE,
    examples: int | None = None,
    seed: int = 0,
    use_spans: bool = True,
) -> OpenedTask:
    """`given`: a bundled task's name, a file, or a task. `part`: by default `marked_part` where the task
    itself says which examples are for evaluation, else all. Raises InvalidTask, UnknownTask."""
    whole, notes = find_task(entry, given, second)
    resolution = resolve(whole, entry, use_spans=use_spans)
    task = resolution.task
    if part is None:
        part = marked_part if any(one.split == "evaluation" for one in task.examples) else "all"
    train = task
    if part != "all":
        train, evaluation = task.split(evaluation_share, seed)
        task = train if part == "train" else evaluation
    if examples is not None:
        task, train = task.take(examples, seed), train.take(examples, seed)
    facts = {
        "name": whole.name,
        "title": getattr(whole, "title", "") or whole.name,
        "fingerprint": task.fingerprint,
        "n_examples": len(task.examples),
        "n_dropped": len(resolution.dropped),
        "split": None if part == "all" else part,
        "seed": seed,
    }
    return OpenedTask(task, train, facts, resolution.dropped, (*notes, *resolution.notes))


def find_task(
    entry: ModelEntry, given: str | Path | Task | TokenTask, second: str | Path | None = None
) -> tuple[Task | TokenTask, tuple[str, ...]]:
    """A bundled task by its name, or one from a file, with notes on what was done with the file."""
    if isinstance(given, Task | TokenTask):
        return given, ()
    bundled = {task.name: task for task in bundled_tasks(entry)}
    if str(given) in bundled:
        return bundled[str(given)], ()
    path = Path(given).expanduser()
    if not path.is_file():
        known = f" Bundled with {entry.name}: {', '.join(bundled)}." if bundled else ""
        raise UnknownTask(
            f"There is no task and no file {str(given)[:200]!r}.{known} Give one of them, or a file."
        )
    other = None if second is None else read_file(Path(second).expanduser())
    imported = import_task(read_file(path), path.name, second=other)
    return imported.task, imported.notes


def read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidTask(
                f"{path} is larger than {MAX_FILE_BYTES // 2**20} MiB. Split it into several tasks."
            )
        return path.read_bytes()
    except OSError as error:
        raise UnknownTask(f"{path} cannot be read: {error.strerror}. Check its name and rights.") from None
