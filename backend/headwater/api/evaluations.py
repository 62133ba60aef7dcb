"""How far to trust a circuit: faithfulness and completeness over its size, beside baselines."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.errors import InvalidSetting, WorkerUnavailable
from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
from headwater.jobs import ledger
from headwater.jobs.circuit_memory import check_circuit_memory
from headwater.jobs.ledger import Job
from headwater.jobs.requests import EVALUATION, CircuitRequest, EvaluationRequest
from headwater.store import circuits
from headwater.store.tables import StoredCircuit, StoredEvaluation, StoredJob

router = APIRouter(prefix="/circuits/{id}/evaluations", tags=["evaluations"], responses=RESPONSES)


class EvaluationBody(Body):
    settings: EvaluationSettings = Field(default_factory=EvaluationSettings)
    against: str | None = Field(
        None,
        description="Id of another circuit: this circuit's nodes and edges are evaluated on the other's task "
        "(cross-ablation).",
    )


class EvaluationAnswer(BaseModel):
    id: str = Field(description="SHA-256 of circuit, settings and `against`: equal request, equal id.")
    circuit: str
    against: str | None
    status: ledger.State
    job: Job | None = Field(description="The job that computes it; null when it was stored already.")
    settings: EvaluationSettings
    result: EvaluationResult | None = Field(description="Null until `status` is `done`.")
    created_at: datetime


class EvaluationList(BaseModel):
    items: list[EvaluationAnswer]


@router.post("", responses={202: {"model": EvaluationAnswer, "description": "Being computed: see `job`."}})
def post_evaluation(id: str, body: EvaluationBody, server: AppServer, response: Response) -> EvaluationAnswer:
    """Evaluate a circuit on the examples set aside. 200 when it is stored already, else 202 with its job."""
    request = EvaluationRequest(circuit=id, against=body.against, settings=body.settings)
    with server.store.database.reading() as session:
        row = circuits.get_circuit(session, id)
        other = circuits.get_circuit(session, body.against) if body.against is not None else row
        if (found := circuits.find_evaluation(session, request.evaluation_id)) is not None:
            return _stored(found)
    _check_against(row, other)
    _check_can_compute(server, row)
    with server.store.database.writing() as session:
        if (found := circuits.find_evaluation(session, request.evaluation_id)) is not None:
            return _stored(found)
        asked: dict[str, Any] = request.model_dump(mode="json")
        job = ledger.submit(
            session, EVALUATION, request.evaluation_id, asked, max_queue=server.settings.max_queue
        )
        answer = _under_way(request, job)
    server.worker.wake()
    response.status_code = 202
    return answer


@router.get("")
def list_evaluations(id: str, server: AppServer) -> EvaluationList:
    """Stored evaluations of a circuit, newest first."""
    with server.store.database.reading() as session:
        circuits.get_circuit(session, id)
        return EvaluationList(items=[_stored(row) for row in circuits.list_evaluations(session, id)])


@router.get("/{evaluation}", responses={202: {"model": EvaluationAnswer, "description": "Not complete yet."}})
def get_evaluation(id: str, evaluation: str, server: AppServer, response: Response) -> EvaluationAnswer:
    """One evaluation, or how far its job is."""
    with server.store.database.reading() as session:
        row = circuits.find_evaluation(session, evaluation)
        job = ledger.latest_job(session, evaluation) if row is None else None
    if row is not None and row.circuit_id == id:
        return _stored(row)
    if job is None or job.kind != EVALUATION or job.request["circuit"] != id:
        raise circuits.no_evaluation(id, evaluation)
    response.status_code = 202
    return _under_way(EvaluationRequest.model_validate(job.request), job)


def _check_against(row: StoredCircuit, other: StoredCircuit) -> None:
    theirs, ours = (one.request["model_fingerprint"] for one in (other, row))
    if theirs != ours:
        raise InvalidSetting(
            f"The other circuit is of {other.model} and this one of {row.model}: their tasks are in "
            "different tokens. Choose a circuit of the same model."
        )


def _check_can_compute(server: Server, row: StoredCircuit) -> None:
    if not server.settings.worker:
        raise WorkerUnavailable(
            "This server shows stored results only (HEADWATER_WORKER=false), and this one is not stored."
        )
    entry = server.catalogue.model(row.model)
    sets = [entry.dictionary_set(name) for name in row.dictionaries.values()]
    request = CircuitRequest.model_validate(row.request)
    is_warm = entry.name in server.worker.status.models
    check_circuit_memory(server.settings, entry, sets, request, is_warm=is_warm)


def _stored(row: StoredEvaluation) -> EvaluationAnswer:
    return EvaluationAnswer(
        id=row.id,
        circuit=row.circuit_id,
        against=row.against_id,
        status="done",
        job=None,
        settings=EvaluationSettings.model_validate(row.settings),
        result=EvaluationResult.model_validate(row.result),
        created_at=row.created_at,
    )


def _under_way(request: EvaluationRequest, job: StoredJob) -> EvaluationAnswer:
    shown = ledger.show(job)
    return EvaluationAnswer(
        id=request.evaluation_id,
        circuit=request.circuit,
        against=request.against,
        status=shown.state,
        job=shown,
        settings=request.settings,
        result=None,
        created_at=job.created_at,
    )
