"""Find the circuit of a task, see it, compare it. The same request always names the same circuit."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.circuit_files import FILES, CircuitFormat, Limits, make_file
from headwater.api.circuit_requests import ask, check_can_compute, store_examples
from headwater.api.content import immutable_response
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.attribution.circuit_methods import CircuitMethod
from headwater.graph.circuit_view import Selection
from headwater.graph.container import MEDIA_TYPE
from headwater.graph.export.circuit_tables import Table
from headwater.jobs import ledger
from headwater.jobs.ledger import Job
from headwater.jobs.requests import CIRCUIT, CircuitRequest
from headwater.store import circuits
from headwater.store.circuits import CircuitSummary, Level, TaskOfCircuit, summarise
from headwater.store.pages import MAX_LIMIT, Cursor
from headwater.store.tables import StoredCircuit, StoredJob

router = APIRouter(prefix="/circuits", tags=["circuits"], responses=RESPONSES)


class SplitBody(Body):
    """Examples set aside: the circuit is found on the others and evaluated on these."""

    evaluation_share: float = Field(
        0.3, ge=0, lt=1, description="0 sets none aside: the circuit is evaluated where it was found."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1)


class CircuitBody(Body):
    """What circuit to find."""

    model: str
    task: str = Field(description="Id of a task, e.g. `brook:indirect_object`.")
    method: CircuitMethod
    dictionaries: dict[str, str] | None = Field(
        None,
        description="Dictionary set of each site (`attn`, `mlp`, `resid`); null is every site that "
        "the model has dictionaries for. Methods on heads and MLPs use none.",
    )
    examples: int | None = Field(None, ge=1, description="How many examples to draw; null is all.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Which examples are drawn.")
    split: SplitBody | None = Field(
        None, description="Null sets 30 % aside for evaluation, or what the task itself marks."
    )


class CircuitAnswer(BaseModel):
    """A circuit that was asked for. Until `status` is `done`, what is only known then is null."""

    id: str = Field(
        description="SHA-256 of model, dictionaries, examples, method and engine: equal request, equal id."
    )
    status: ledger.State
    job: Job | None = Field(description="The job that computes it; null when it was stored already.")
    request: CircuitBody = Field(
        description="What asks for this circuit again: work that was cancelled or failed goes on. "
        "Once the task is changed, it asks for another circuit."
    )
    model: str
    task: TaskOfCircuit
    method: dict[str, Any]
    dictionaries: dict[str, str]
    level: Level
    created_at: datetime
    bins: list[str] | None
    n_nodes: int | None
    n_edges: int | None
    metric_clean: float | None
    metric_patch: float | None
    accuracy: float | None
    provenance: dict[str, Any] | None
    methods_text: str | None


class CircuitList(BaseModel):
    items: list[CircuitSummary]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


@router.post("", responses={202: {"model": CircuitAnswer, "description": "Being computed: see `job`."}})
def post_circuit(body: CircuitBody, server: AppServer, response: Response) -> CircuitAnswer:
    """Find a circuit. 200 when it is stored already, else 202 with its job.

    Finished parts of a job that was cancelled or killed are kept: asking again goes on from there.
    """
    split = body.split or SplitBody(evaluation_share=0.3, seed=0)
    asked = ask(
        server,
        **{name: getattr(body, name) for name in _ASKED},
        evaluation_share=split.evaluation_share,
        split_seed=split.seed,
    )
    id, store = asked.request.circuit_id, server.store
    with store.database.reading() as session:
        if (row := circuits.find_whole_circuit(session, store.blobs, id)) is not None:
            return _stored(row)
    check_can_compute(server, asked)
    artifacts = store_examples(server, asked)
    with store.database.writing() as session:
        if (row := circuits.find_whole_circuit(session, store.blobs, id)) is not None:
            return _stored(row)
        for artifact in artifacts:
            session.merge(artifact)
        job = ledger.submit(
            session, CIRCUIT, id, asked.request.model_dump(mode="json"), max_queue=server.settings.max_queue
        )
        answer = _under_way(asked.request, job)
    server.worker.wake()
    response.status_code = 202
    return answer


_ASKED: Final = ("model", "task", "method", "dictionaries", "examples", "seed")


def _stored(row: StoredCircuit) -> CircuitAnswer:
    request = CircuitRequest.model_validate(row.request)
    return CircuitAnswer(job=None, request=_asked_again(request), **dict(summarise(row)))


def _under_way(request: CircuitRequest, job: StoredJob) -> CircuitAnswer:
    later: dict[str, Any] = dict.fromkeys(_KNOWN_WHEN_DONE)
    shown = ledger.show(job)
    return CircuitAnswer(
        id=request.circuit_id,
        status=shown.state,
        job=shown,
        request=_asked_again(request),
        model=request.model,
        task=request.task,
        method=request.method_json,
        dictionaries=request.dictionaries,
        level=request.level,
        created_at=job.created_at,
        **later,
    )


def _asked_again(request: CircuitRequest) -> CircuitBody:
    """Every choice written out, so that later defaults change nothing."""
    drawn = request.drawn
    return CircuitBody(
        model=request.model,
        task=request.task.id,
        method=request.method,
        dictionaries=request.dictionaries or None,
        examples=drawn.get("drawn"),
        seed=drawn.get("draw_seed", 0),
        split=SplitBody(evaluation_share=drawn.get("evaluation_share", 0), seed=drawn.get("split_seed", 0)),
    )


_KNOWN_WHEN_DONE: Final = (
    "bins", "n_nodes", "n_edges", "metric_clean", "metric_patch", "accuracy", "provenance", "methods_text"
)  # fmt: skip


@router.get("")
def list_circuits(
    server: AppServer,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: str | None = None,
    task: Annotated[str | None, Query(description="Id of a task.")] = None,
    model: str | None = None,
) -> CircuitList:
    """Stored circuits, newest first."""
    after = Cursor.decode(cursor) if cursor else None
    with server.store.database.reading() as session:
        page = circuits.list_circuits(session, limit=limit, cursor=after, task=task, model=model)
        return CircuitList(items=[summarise(row) for row in page.items], next=page.next)


_VIEW_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The circuit in the format asked for.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/xml": {"schema": {"type": "string"}},
        },
    },
    202: {"model": CircuitAnswer, "description": "Not complete yet (or failed): see `job`."},
    304: {"description": "What the client has is current (If-None-Match)."},
}


@router.get("/{id}", responses=_VIEW_ANSWERS, response_class=Response)
def get_circuit(
    id: str,
    request: Request,
    server: AppServer,
    nodes: Annotated[int, Query(ge=1, le=1_000_000, description="Strongest nodes shown at most.")] = 200,
    edges: Annotated[int, Query(ge=0, le=5_000_000, description="Strongest edges shown at most.")] = 1000,
    min_effect: Annotated[float, Query(ge=0, allow_inf_nan=False, description="Least |effect| shown.")] = 0,
    min_weight: Annotated[float, Query(ge=0, allow_inf_nan=False, description="Least |weight| shown.")] = 0,
    format: Annotated[
        CircuitFormat, Query(description="`json` and `columns` carry the same facts.")
    ] = CircuitFormat.json,
    table: Annotated[Table, Query(description="Which table `csv` gives.")] = "nodes",
    select: Annotated[
        Selection | None,
        Query(
            description="Which edges: the `strongest` (the default), the strongest that are `connected` from "
            "the input to the metric, or those that a `greedy` search from the metric reaches."
        ),
    ] = None,
) -> Response:
    """A circuit, cut to its strongest nodes and edges.

    `headwater` is the whole circuit as our own versioned JSON; `eap-ig` and `mib` the scores of all edges in
    the names of those projects (methods on heads and MLPs only); `csv` and `graphml` what is shown. With
    `select`, `headwater` and `eap-ig` hold what is shown too, and in `mib` those edges are in the graph.
    """
    with server.store.database.reading() as session:
        row = circuits.find_circuit(session, id)
        job = ledger.latest_job(session, id) if row is None else None
    if row is None:
        return _not_yet(id, job)
    limits = Limits(nodes, edges, min_effect, min_weight, select)
    identity = f"{row.raw_sha256} {limits!r} {format.value} {table}"
    media_type, extension = FILES[format]
    name = f"headwater-circuit-{row.id[:12]}{f'-{table}' if format == CircuitFormat.csv else ''}.{extension}"
    headers = {} if extension is None else {"content-disposition": f'attachment; filename="{name}"'}

    def make() -> bytes:
        key = ("circuit", row.raw_sha256, *limits, format, table)
        return server.views.computed(key, lambda: make_file(server, row, limits, format, table))

    return immutable_response(request, identity, media_type, make, headers)


def _not_yet(id: str, job: StoredJob | None) -> Response:
    if job is None or job.kind != CIRCUIT:
        raise circuits.no_circuit(id)
    answer = _under_way(CircuitRequest.model_validate(job.request), job)
    return Response(answer.model_dump_json(), 202, {"cache-control": "no-store"}, "application/json")
