"""Tasks that come with a model: `tasks/tasks.json` in its folder lists them, each a JSONL file beside it.

A file may be compressed (`.jsonl.gz`): brook's are, a tenth of the size. `headwater tasks show` reads them.
"""

import gzip
import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from headwater.errors import InvalidTask, UnknownTask
from headwater.lm.registry import ModelEntry
from headwater.tasks.read import import_task
from headwater.tasks.task import Task

MAX_BYTES: Final = 64 * 2**20
"""Of one file, unpacked."""


def bundled_tasks(entry: ModelEntry) -> list[Task]:
    """In the order of the list; none where the model's folder has no such list."""
    index = entry.folder / "tasks" / "tasks.json"
    if not index.is_file():
        return []
    return list(_read(index, index.stat().st_mtime_ns, entry.name))


def bundled_task(entry: ModelEntry, name: str) -> Task:
    tasks = bundled_tasks(entry)
    found = next((task for task in tasks if task.name == name), None)
    if found is None:
        known = ", ".join(task.name for task in tasks) or "none"
        raise UnknownTask(f"{entry.name} comes with no task {name!r}. Its tasks: {known}.", task=name)
    return found


@lru_cache(maxsize=16)
def _read(index: Path, changed: int, model: str) -> tuple[Task, ...]:
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))["tasks"]
        return tuple(_task(index.parent, one, model) for one in listed)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidTask(
            f"{index} cannot be read ({error}). It is "
            '{"tasks": [{"name", "file", "title", "description"}]}.'
        ) from None


def _task(folder: Path, listed: dict[str, Any], model: str) -> Task:
    name, file = str(listed["name"]), folder / Path(str(listed["file"])).name
    task = import_task(_bytes(file), file.name, name).task
    if not isinstance(task, Task):
        raise InvalidTask(f"{file} is a token-id task. A model's own tasks are text.")
    told = {key: str(listed.get(key, "")) for key in ("title", "description")}
    return task.model_copy(update={**told, "source": str(listed.get("source", f"comes with {model}"))})


def _bytes(file: Path) -> bytes:
    if file.suffix != ".gz":
        return file.read_bytes()
    try:
        with gzip.open(file) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error) as error:
        raise ValueError(f"{file.name} is damaged: {error}") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"{file.name} unpacks to more than {MAX_BYTES // 2**20} MiB")
    return data
