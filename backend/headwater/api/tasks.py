"""Tasks: examples of a behaviour, listed, written, checked against a model and scored by it.

Bundled tasks belong to a model (`brook:indirect_object`) and are never changed: writing one makes a copy.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field, model_validator

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.api.task_book import MEDIA_TYPE, ReadTask, TaskSummary, encode_content, facts_of
from headwater.errors import BundledTask, InvalidTask, VersionNeeded, WorkerUnavailable
from headwater.jobs.token_tasks import pack_task
from headwater.lm.registry import ModelEntry
from headwater.store import tasks
from headwater.store.folder import storage_errors
from headwater.store.tables import Artifact, StoredTask
from headwater.tasks.accuracy import TaskAccuracy
from headwater.tasks.importers.build import read_examples
from headwater.tasks.read import import_task
from headwater.tasks.task import Example, Part, Task, TokenExample, TokenTask

router = APIRouter(prefix="/tasks", tags=["tasks"], responses=RESPONSES)

SCORED: Final = 512
MAX_PROBLEMS: Final = 100

Version = Annotated[
    int | None,
    Field(ge=0, description="The version that was read; the If-Match header says the same. One is needed."),
]


class ExampleBody(Body):
    """One pair of prompts. Answers are single tokens of the model, the leading space included."""

    clean_prefix: str
    patch_prefix: str | None = None
    clean_answer: str
    patch_answer: str | None = None
    clean_answers: list[str] = Field(
        default_factory=list, description="Several right answers: the metric is their mean logit."
    )
    patch_answers: list[str] = Field(default_factory=list, description="Several wrong answers, likewise.")
    case: str = Field("", description="A group of examples, e.g. `singular`.")
    split: Part | None = Field(None, description="Where a split puts it; null leaves that to chance.")
    # JSON has lists only: a strict tuple would refuse what every client sends.
    spans: dict[str, Annotated[tuple[int, int], Field(strict=False)]] | None = Field(
        None,
        description="Span name to its token positions [start, end), the start token being position 0. In "
        "order, covering every token but the start token.",
    )


class TaskContent(Body):
    """A file's text in any format that is imported, or examples; not both."""

    text: str | None = Field(None, description="Content of a JSONL, JSON or CSV file.")
    filename: str = Field("", max_length=300, description="Its name, a hint at the format.")
    second: str | None = Field(None, description="The patch side's file, of formats in two files.")
    examples: list[ExampleBody] | None = None


class TaskBody(TaskContent):
    """A task to store."""

    name: str = Field(min_length=1, max_length=64, description="A short name.")
    title: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=10_000)
    source: str | None = Field(None, max_length=2000, description="Where the examples come from.")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.text is None) == (self.examples is None):
            raise ValueError("give either text or examples")
        return self


class TaskChange(TaskContent):
    """What to change; what is null stays. `version` guards against overwriting somebody else's change."""

    name: str | None = Field(None, min_length=1, max_length=64)
    title: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=10_000)
    source: str | None = Field(None, max_length=2000)
    version: Version = None


class TaskList(BaseModel):
    items: list[TaskSummary]


class ExampleShown(BaseModel):
    """One example. A text task has the prefixes and answers, a token task the ids and readouts."""

    example: int = Field(description="Its number in the task, from 0.")
    case: str
    split: Part | None
    clean_prefix: str | None
    patch_prefix: str | None
    clean_answer: str | None
    patch_answer: str | None
    clean_answers: list[str]
    patch_answers: list[str]
    spans: dict[str, tuple[int, int]] | None
    clean_ids: list[int] | None
    patch_ids: list[int] | None
    readouts: list[tuple[int, int, int | None, float]] | None = Field(
        description="(position, correct token, wrong token or null, weight)."
    )


class TaskDetail(TaskSummary):
    examples: list[ExampleShown]
    offset: int
    limit: int


class CheckBody(TaskContent):
    """Give `task` (an id), `text` or `examples`."""

    model: str
    task: str | None = Field(None, description="Id of a task to check.")
    use_spans: bool = Field(True, description="Off reads a task whose spans were made for another tokenizer.")
    preview: int = Field(20, ge=0, le=200)

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if sum(given is not None for given in (self.task, self.text, self.examples)) != 1:
            raise ValueError("give one of task, text and examples")
        return self


class CheckProblem(BaseModel):
    line: int = Field(description="Line of the file (from 1), or number of the example plus 1.")
    field: str
    reason: str


class CheckPreview(BaseModel):
    """How the model reads one example."""

    line: int
    case: str
    clean_tokens: list[str]
    patch_tokens: list[str] | None
    answers: list[str] = Field(description="The clean answer, then the patch answer if there is one.")
    spans: list[str] | None = Field(description="Name of every position's span.")


class TaskCheck(BaseModel):
    """What of a task a model can use."""

    n_ok: int
    n_dropped: int
    problems: list[CheckProblem] = Field(description="Why examples cannot be used, at most 100 of them.")
    equal_lengths: bool = Field(
        description="Whether all prompts are equally long; else effects per position need spans."
    )
    lengths: list[int] = Field(description="The different prompt lengths, ascending.")
    span_names: list[str] | None
    notes: list[str]
    preview: list[CheckPreview]


class AccuracyBody(Body):
    model: str
    limit: int | None = Field(
        None, ge=1, le=5000, description=f"How many examples to draw and score; null is {SCORED}."
    )


@router.get("")
def list_tasks(
    server: AppServer,
    model: Annotated[str | None, Query(description="Bundled tasks of this model only.")] = None,
) -> TaskList:
    """Tasks: bundled ones first, then those stored here, newest first."""
    return TaskList(items=server.tasks.list(model))


@router.post("", status_code=201)
def post_task(body: TaskBody, server: AppServer, response: Response) -> TaskDetail:
    """Store a task. Its examples are looked at by themselves; POST /tasks/check asks a model."""
    task = _content(body, body.name)
    told = {"name": body.name, "title": body.title, "description": body.description, "source": body.source}
    row = _create(server, task, told)
    response.headers["location"] = f"/api/v1/tasks/{row.id}"
    return _detail(server.tasks.read(row.id), response)


@router.post("/check")
def check_task(body: CheckBody, server: AppServer) -> TaskCheck:
    """How a model reads a task, and what it cannot use, before anything is stored or computed."""
    entry = server.catalogue.model(body.model)
    try:
        read = server.tasks.read(body.task) if body.task is not None else _unstored(body)
        found = server.tasks.resolve(read, entry, use_spans=body.use_spans)
    except InvalidTask as error:
        if "problems" not in error.extra:
            raise
        return _nothing_usable(error)
    return TaskCheck(
        n_ok=len(found.task.examples),
        n_dropped=len(found.dropped),
        problems=[CheckProblem(**vars(one)) for one in found.dropped[:MAX_PROBLEMS]],
        equal_lengths=found.task.has_equal_lengths,
        lengths=sorted(set(found.task.lengths)),
        span_names=list(found.task.span_names) if found.task.span_names else None,
        notes=list(found.notes),
        preview=_preview(server, entry, found.task, found.kept, body.preview),
    )


@router.get("/{id}")
def get_task(
    id: str,
    server: AppServer,
    response: Response,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=0, le=1000)] = 100,
) -> TaskDetail:
    """A task with a page of its examples. The ETag is its version."""
    return _detail(server.tasks.read(id), response, offset, limit)


@router.put("/{id}", responses={201: {"model": TaskDetail, "description": "A copy of a bundled task."}})
def put_task(
    id: str,
    body: TaskChange,
    server: AppServer,
    response: Response,
    if_match: Annotated[str | None, Header(description='The version as an ETag, e.g. `"3"`.')] = None,
) -> TaskDetail:
    """Change a task. A bundled one is copied (201) and the copy changed."""
    read = server.tasks.read(id)
    has_content = body.text is not None or body.examples is not None
    content = _content(body, body.name or read.summary.name) if has_content else None
    told = {name: getattr(body, name) for name in ("name", "title", "description", "source")}
    if read.summary.bundled:
        row = _create(server, content or read.content, {**_told(read), **_given(told)})
        response.status_code, response.headers["location"] = 201, f"/api/v1/tasks/{row.id}"
        return _detail(server.tasks.read(row.id), response)
    version = _version(body.version, if_match)
    facts = {**(_facts(content) if content else {}), **_given(told)}
    stored = _put_content(server, content) if content else None
    with server.store.database.writing() as session:
        tasks.change_task(session, id, version, stored, facts)
    return _detail(server.tasks.read(id), response)


@router.delete("/{id}", status_code=204)
def delete_task(
    id: str,
    server: AppServer,
    version: Annotated[int | None, Query(ge=0, description="The version that was read, or If-Match.")] = None,
    if_match: Annotated[str | None, Header(description='The version as an ETag, e.g. `"3"`.')] = None,
) -> None:
    """Remove a task. Its circuits stay."""
    if ":" in id:
        raise BundledTask(f"{id[:100]} comes with its model. Only tasks stored here can be removed.")
    with server.store.database.writing() as session:
        tasks.get_task(session, id)
        tasks.remove_task(session, id, _version(version, if_match))


@router.post("/{id}/accuracy")
def measure_accuracy(id: str, body: AccuracyBody, server: AppServer) -> TaskAccuracy:
    """The model's own accuracy on the task. A circuit of what it cannot do explains little."""
    entry = server.catalogue.model(body.model)
    read = server.tasks.read(id)
    found = server.tasks.resolve(read, entry, use_spans=False)
    if not server.settings.worker:
        raise WorkerUnavailable("This server shows stored results only (HEADWATER_WORKER=false).")
    sample, numbers = draw(found.task, found.kept, body.limit or SCORED, seed=0)
    packed = b64encode(pack_task(sample, numbers)).decode()
    asked = {"model": entry.name, "task": packed, "n_total": len(found.task.examples)}
    return TaskAccuracy.model_validate(server.worker.call("accuracy", asked))


def draw(task: TokenTask, kept: tuple[int, ...], n: int | None, seed: int) -> tuple[TokenTask, list[int]]:
    """(examples drawn, the number that each has in the whole task)."""
    whole = TokenTask(task.name, tuple(task.examples), task.span_names)
    number = {id(one): at for one, at in zip(whole.examples, kept, strict=True)}
    drawn = whole.take(n, seed) if n is not None else whole
    return drawn, [number[id(one)] for one in drawn.examples]


def _unstored(body: CheckBody) -> ReadTask:
    task = _content(body, "checked")
    summary = TaskSummary(
        id="", bundled=False, model=None, created_at=None, updated_at=None, version=0, **facts_of(task)
    )
    return ReadTask(summary, task, sha256(encode_content(task)).hexdigest())


def _content(body: TaskContent, name: str) -> Task | TokenTask:
    """The task that a body holds. InvalidTask says which line is wrong, and how."""
    if body.text is not None:
        second = None if body.second is None else body.second.encode()
        task = import_task(body.text.encode(), body.filename, name, second).task
    else:
        rows = [one.model_dump(exclude_defaults=True) for one in body.examples or []]
        examples, _ = read_examples(list(enumerate(rows, 1)))
        task = Task.model_construct(name=name, examples=tuple(examples))
    if not task.examples:
        raise InvalidTask(f"The task {name} is empty. Add examples: one line of the file is one example.")
    return task


def _facts(task: Task | TokenTask) -> dict[str, Any]:
    """Columns that follow from the examples."""
    return {name: facts_of(task)[name] for name in ("kind", "n_examples", "cases", "has_spans")}


def _told(read: ReadTask) -> dict[str, Any]:
    return {name: getattr(read.summary, name) for name in ("name", "title", "description", "source")}


def _given(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _create(server: Server, task: Task | TokenTask, told: dict[str, Any]) -> StoredTask:
    artifact, facts = _put_content(server, task), {**facts_of(task), **_given(told)}
    with server.store.database.writing() as session:
        return tasks.create_task(session, artifact, facts)


def _put_content(server: Server, task: Task | TokenTask) -> Artifact:
    data = encode_content(task)
    with storage_errors(server.settings.data):
        digest = server.store.blobs.put_if_absent(data)
    return Artifact(sha256=digest, size=len(data), media_type=MEDIA_TYPE)


def _version(given: int | None, if_match: str | None) -> int:
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    if given is not None:
        return given
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise VersionNeeded(
        "Say which version of the task you changed, in `version` or in If-Match, so that nobody's change is "
        "lost. GET /tasks/{id} gives it."
    )


def _detail(read: ReadTask, response: Response, offset: int = 0, limit: int = 100) -> TaskDetail:
    response.headers["etag"] = f'"{read.summary.version}"'
    some: Sequence[Example | TokenExample] = read.content.examples[offset : offset + limit]
    shown = [_show(number, one) for number, one in enumerate(some, offset)]
    return TaskDetail(**dict(read.summary), examples=shown, offset=offset, limit=limit)


def _show(number: int, one: Example | TokenExample) -> ExampleShown:
    shown: dict[str, Any] = {**_BLANK, "example": number, "case": one.case, "split": one.split}
    if isinstance(one, Example):
        return ExampleShown(**{**shown, **one.model_dump(mode="json")})
    readouts = [(r.position, r.correct, r.wrong, r.weight) for r in one.readouts]
    patch_ids = None if one.patch is None else list(one.patch)
    ids = {"clean_ids": list(one.clean), "patch_ids": patch_ids, "readouts": readouts}
    return ExampleShown(**{**shown, **ids})


_BLANK: Final[dict[str, Any]] = {
    name: [] if name.endswith("_answers") else None for name in ExampleShown.model_fields
}


def _nothing_usable(error: InvalidTask) -> TaskCheck:
    problems = [CheckProblem.model_validate(one) for one in error.extra["problems"]][:MAX_PROBLEMS]
    return TaskCheck(
        n_ok=0,
        n_dropped=int(error.extra.get("n_dropped", len(problems))),
        problems=problems,
        equal_lengths=False,
        lengths=[],
        span_names=None,
        notes=[error.detail],
        preview=[],
    )


def _preview(
    server: Server, entry: ModelEntry, task: TokenTask, kept: tuple[int, ...], n: int
) -> list[CheckPreview]:
    names = task.span_names
    tokens = server.catalogue.spelling(entry)
    return [
        CheckPreview(
            line=number + 1,
            case=one.case,
            clean_tokens=tokens(one.clean),
            patch_tokens=None if one.patch is None else tokens(one.patch),
            answers=tokens([i for r in one.readouts[:1] for i in (r.correct, r.wrong) if i is not None]),
            spans=None if names is None or one.spans is None else [names[span] for span in one.spans],
        )
        for number, one in zip(kept[:n], task.examples[:n], strict=True)
    ]
