"""How far to trust a circuit: faithfulness and completeness over its size, beside baselines."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.errors import WorkerUnavailable
from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
from headwater.jobs import ledger
from headwater.jobs.ledger import Job

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
    raise WorkerUnavailable("Evaluations are being built.")


@router.get("")
def list_evaluations(id: str, server: AppServer) -> EvaluationList:
    """Stored evaluations of a circuit, newest first."""
    raise WorkerUnavailable("Evaluations are being built.")


@router.get("/{evaluation}", responses={202: {"model": EvaluationAnswer, "description": "Not complete yet."}})
def get_evaluation(id: str, evaluation: str, server: AppServer, response: Response) -> EvaluationAnswer:
    """One evaluation, or how far its job is."""
    raise WorkerUnavailable("Evaluations are being built.")
