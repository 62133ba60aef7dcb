"""Every task there is, bundled or stored: found by id, read, and resolved to one model's tokens.

What is read is kept while it is small and may be asked for again; a task of 100,000 examples is read anew.
"""

import hashlib
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeVar

import zstandard
from pydantic import BaseModel, Field, ValidationError

from headwater.api.catalogue import Catalogue
from headwater.api.views import ByteCache
from headwater.errors import InvalidTask, StorageUnavailable
from headwater.jobs.token_tasks import pack_task, unpack_task
from headwater.lm.registry import ModelEntry
from headwater.store import tasks
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredTask
from headwater.tasks.bundled import bundled_task, bundled_tasks
from headwater.tasks.resolve import Dropped, resolve
from headwater.tasks.task import Example, Task, TokenTask

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/vnd.headwater.task"
MAX_BYTES: Final = 2 * 2**30
CACHE_BYTES: Final = 128 * 2**20
EXAMPLE_BYTES: Final = 2000
"""An example as objects, about."""

Value = TypeVar("Value")


class TaskSummary(BaseModel):
    """A task without its examples."""

    id: str = Field(description="`model:name` of a bundled task.")
    name: str
    title: str
    description: str
    source: str
    kind: Literal["text", "tokens"] = Field(
        description="`tokens`: examples are token ids of one model, written by a program."
    )
    bundled: bool = Field(description="Comes with its model and is never changed; writing makes a copy.")
    model: str | None = Field(description="The model it was made for; null fits any whose tokens suit it.")
    n_examples: int
    cases: list[str]
    has_spans: bool
    created_at: datetime | None
    updated_at: datetime | None
    version: int = Field(description="Grows with every change; 0 for a bundled task.")


class ReadTask(NamedTuple):
    summary: TaskSummary
    content: Task | TokenTask
    key: str
    """Names the content."""


@dataclass(frozen=True)
class Resolved:
    """A task as one model reads it. `kept[i]`: the number that example i has in the task."""

    task: TokenTask
    kept: tuple[int, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]


class TaskBook:
    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self.store, self.catalogue = store, catalogue
        self._cache = ByteCache(CACHE_BYTES)

    def list(self, model: str | None) -> list[TaskSummary]:
        """Bundled tasks of one model (or of all), then those stored here, newest first."""
        entries = self.catalogue.models() if model is None else [self.catalogue.model(model)]
        found = []
        for entry in entries:
            try:
                found += [summarise_bundled(entry, task) for task in bundled_tasks(entry)]
            except InvalidTask as error:
                if model is not None:
                    raise
                log.warning("the tasks of %s are left out: %s", entry.name, error)
        with self.store.database.reading() as session:
            return found + [summarise(row) for row in tasks.list_tasks(session)]

    def read(self, id: str) -> ReadTask:
        model, colon, name = id.partition(":")
        if colon:
            return self._read_bundled(self.catalogue.model(model), name)
        with self.store.database.reading() as session:
            row = tasks.get_task(session, id)
            content = session.get_one(Artifact, row.sha256)
        return ReadTask(summarise(row), self._content(row, content), row.sha256)

    def _read_bundled(self, entry: ModelEntry, name: str) -> ReadTask:
        task = bundled_task(entry, name)
        key = hashlib.sha256(encode_content(task)).hexdigest()
        return ReadTask(summarise_bundled(entry, task), task, key)

    def _content(self, row: StoredTask, content: Artifact) -> Task | TokenTask:
        def read() -> tuple[Task | TokenTask, int]:
            data = self.store.blobs.get(content.sha256, content.size)
            return decode_content(row.kind, data), row.n_examples * EXAMPLE_BYTES

        found: Task | TokenTask = self._cache.get(("task", content.sha256), read)
        if isinstance(found, TokenTask):
            return TokenTask(row.name, found.examples, found.span_names)
        told = {"name": row.name, "title": row.title, "description": row.description, "source": row.source}
        return found.model_copy(update=told)

    def remember(self, key: Hashable, compute: Callable[[], tuple[Value, int]]) -> Value:
        """What was made of a task; `compute` gives it and its size in bytes, once for all who ask at once."""
        found: Value = self._cache.get(("made", key), compute)
        return found

    def resolve(self, read: ReadTask, entry: ModelEntry, *, use_spans: bool) -> Resolved:
        """InvalidTask when the model can use no example. Kept in columns, by content and model."""

        def compute() -> tuple[Resolved, int]:
            tokenizer = None if isinstance(read.content, TokenTask) else self.catalogue.tokenizer(entry)
            found = resolve(read.content, entry, tokenizer, use_spans=use_spans)
            task = unpack_task(pack_task(found.task))
            size = 40 * sum(found.task.lengths) + 200 * len(found.dropped)
            return Resolved(task, found.kept, found.dropped, found.notes), size

        key = ("resolved", read.key, entry.name, self.catalogue.fingerprint(entry), use_spans)
        found: Resolved = self._cache.get(key, compute)
        return found


def summarise(row: StoredTask) -> TaskSummary:
    own = ("id", "name", "title", "description", "source", "kind", "n_examples", "cases", "has_spans")
    facts: dict[str, Any] = {name: getattr(row, name) for name in (*own, "version", *_TIMES)}
    return TaskSummary(**facts, bundled=False, model=None)


_TIMES: Final = ("created_at", "updated_at")


def summarise_bundled(entry: ModelEntry, task: Task) -> TaskSummary:
    return TaskSummary(
        id=f"{entry.name}:{task.name}",
        bundled=True,
        model=entry.name,
        created_at=None,
        updated_at=None,
        version=0,
        **facts_of(task),
    )


def facts_of(task: Task | TokenTask) -> dict[str, Any]:
    """What a list shows of a task's content, and what it is called."""
    if isinstance(task, TokenTask):
        cases = list(dict.fromkeys(one.case for one in task.examples if one.case))
        told = {"title": "", "description": "", "source": "", "kind": "tokens"}
        has_spans = task.span_names is not None
    else:
        cases, has_spans = list(task.cases), task.has_spans
        told = {"title": task.title, "description": task.description, "source": task.source, "kind": "text"}
    told["title"] = told["title"] or task.name
    facts = {"n_examples": len(task.examples), "cases": cases[:1000], "has_spans": has_spans}
    return {"name": task.name, **told, **facts}


def encode_content(task: Task | TokenTask) -> bytes:
    """The examples alone: one JSON object a line for text, columns for tokens; compressed."""
    if isinstance(task, TokenTask):
        return pack_task(task)
    lines = (one.model_dump_json(exclude_defaults=True) for one in task.examples)
    return zstandard.ZstdCompressor(level=3).compress("\n".join(lines).encode())


def decode_content(kind: str, data: bytes) -> Task | TokenTask:
    if kind == "tokens":
        return unpack_task(data)
    try:
        text = zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_BYTES)
        examples = tuple(Example.model_validate_json(line) for line in text.split(b"\n") if line)
    except (zstandard.ZstdError, ValidationError) as error:
        raise StorageUnavailable(
            f"A stored task is damaged ({type(error).__name__}). Import it again."
        ) from None
    return Task.model_construct(name="stored", title="", description="", source="", examples=examples)
