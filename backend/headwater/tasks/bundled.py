"""Tasks that come with a model: `tasks/tasks.json` in its folder lists them, each a JSONL file beside it."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from headwater.errors import InvalidTask, UnknownTask
from headwater.lm.registry import ModelEntry
from headwater.tasks.read import import_task
from headwater.tasks.task import Task


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
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidTask(
            f"{index} cannot be read ({error}). It is "
            '{"tasks": [{"name", "file", "title", "description"}]}.'
        ) from None


def _task(folder: Path, listed: dict[str, Any], model: str) -> Task:
    name, file = str(listed["name"]), folder / Path(str(listed["file"])).name
    task = import_task(file.read_bytes(), file.name, name).task
    if not isinstance(task, Task):
        raise InvalidTask(f"{file} is a token-id task. A model's own tasks are text.")
    told = {key: str(listed.get(key, "")) for key in ("title", "description")}
    return task.model_copy(update={**told, "source": str(listed.get("source", f"comes with {model}"))})
