"""Tasks back to files: what is written here, `read.py` reads as the same task."""

import json
from typing import Any

from headwater.tasks.task import Task, TokenTask


def task_jsonl(task: Task) -> bytes:
    """One line an example; fields without a value are left out."""
    lines = (one.model_dump_json(exclude_defaults=True) for one in task.examples)
    return "".join(f"{line}\n" for line in lines).encode()


def token_task_json(task: TokenTask) -> bytes:
    """Spans have no place in this format."""
    document: dict[str, Any] = {
        "clean": [one.clean for one in task.examples],
        "answer": [[_triple(r) for r in one.readouts] for one in task.examples],
    }
    if task.is_paired:
        document["corrupt"] = [one.patch for one in task.examples]
    return (json.dumps(document, separators=(",", ":")) + "\n").encode()


def _triple(readout: Any) -> list[Any]:
    short = [readout.position, readout.correct, readout.wrong]
    return short if readout.weight == 1 else [*short, readout.weight]
