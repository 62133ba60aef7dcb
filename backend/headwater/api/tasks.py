"""Tasks: examples of a behaviour, listed, written, checked against a model and scored by it.

Bundled tasks belong to a model (`brook:indirect_object`) and are never changed: writing one makes a copy.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field, model_validator

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.errors import WorkerUnavailable
from headwater.tasks.task import Part

router = APIRouter(prefix="/tasks", tags=["tasks"], responses=RESPONSES)

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
    spans: dict[str, tuple[int, int]] | None = Field(
        None,
        description="Span name to its token positions [start, end), the start token being position 0. In "
        "order, covering every token but the start token.",
    )


class TaskContent(Body):
    """A file's text in any format that is imported, or examples; not both."""

    text: str | None = Field(None, description="Content of a JSONL, JSON or CSV file.")
    filename: str = Field("", max_length=300, description="Its name, a hint at the format.")
    examples: list[ExampleBody] | None = None


class TaskBody(TaskContent):
    """A task to store."""

    name: str = Field(max_length=64, description="A short name: letters, digits, `_` and `-`.")
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

    name: str | None = Field(None, max_length=64)
    title: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=10_000)
    source: str | None = Field(None, max_length=2000)
    version: Version = None


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
    limit: int | None = Field(None, ge=1, description="How many examples to score at most; null is 512.")


class CaseAccuracy(BaseModel):
    case: str
    n: int
    accuracy: float | None
    top1: float | None
    mean_metric: float | None


class ExampleAccuracy(BaseModel):
    example: int
    case: str
    metric: float | None = Field(description="Logit of the clean answer less that of the patch answer.")
    correct: bool
    top1: bool
    predicted: str = Field(description="The likeliest token.")


class TaskAccuracy(BaseModel):
    """How well the model does the task by itself. A circuit of what it cannot do explains little."""

    n: int
    n_total: int
    accuracy: float | None = Field(description="Share whose clean answer beats the patch answer.")
    top1: float | None = Field(description="Share whose clean answer is the likeliest token of all.")
    mean_metric: float | None
    by_case: list[CaseAccuracy]
    per_example: list[ExampleAccuracy]


@router.get("")
def list_tasks(
    server: AppServer,
    model: Annotated[str | None, Query(description="Bundled tasks of this model only.")] = None,
) -> TaskList:
    """Tasks: bundled ones first, then those stored here, newest first."""
    raise WorkerUnavailable("Tasks are being built.")


@router.post("", status_code=201)
def post_task(body: TaskBody, server: AppServer, response: Response) -> TaskDetail:
    """Store a task."""
    raise WorkerUnavailable("Tasks are being built.")


@router.post("/check")
def check_task(body: CheckBody, server: AppServer) -> TaskCheck:
    """How a model reads a task, and what it cannot use, before anything is stored or computed."""
    raise WorkerUnavailable("Tasks are being built.")


@router.get("/{id}")
def get_task(
    id: str,
    server: AppServer,
    response: Response,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=0, le=1000)] = 100,
) -> TaskDetail:
    """A task with a page of its examples. The ETag is its version."""
    raise WorkerUnavailable("Tasks are being built.")


@router.put("/{id}", responses={201: {"model": TaskDetail, "description": "A copy of a bundled task."}})
def put_task(
    id: str,
    body: TaskChange,
    server: AppServer,
    response: Response,
    if_match: Annotated[str | None, Header(description='The version as an ETag, e.g. `"3"`.')] = None,
) -> TaskDetail:
    """Change a task. A bundled one is copied (201) and the copy changed."""
    raise WorkerUnavailable("Tasks are being built.")


@router.delete("/{id}", status_code=204)
def delete_task(
    id: str,
    server: AppServer,
    version: Annotated[int | None, Query(ge=0, description="The version that was read, or If-Match.")] = None,
    if_match: Annotated[str | None, Header(description='The version as an ETag, e.g. `"3"`.')] = None,
) -> None:
    """Remove a task. Its circuits stay."""
    raise WorkerUnavailable("Tasks are being built.")


@router.post("/{id}/accuracy")
def measure_accuracy(id: str, body: AccuracyBody, server: AppServer) -> TaskAccuracy:
    """The model's own accuracy on the task."""
    raise WorkerUnavailable("Tasks are being built.")
