"""Is it alive, is it ready?"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

import headwater
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.errors import WorkerUnavailable
from headwater.jobs.supervisor import WorkerStatus

router = APIRouter(tags=["health"], responses=RESPONSES)


class Health(BaseModel):
    status: str = Field(description="Always `ok`: the server process answers.")
    version: str


class Ready(BaseModel):
    status: str = Field(description="Always `ready`; anything else is a 503 problem.")
    worker: WorkerStatus


@router.get("/health")
async def health() -> Health:
    """The server process is up."""
    return Health(status="ok", version=headwater.__version__)


@router.get("/ready")
def ready(server: AppServer) -> Ready:
    """The database answers and the worker has its model warm; 503 until then."""
    server.store.database.check()
    status = server.worker.status
    if status.state != "ready" and server.settings.worker:
        raise WorkerUnavailable(status.detail, worker=status.model_dump(), retry_after=1)
    return Ready(status="ready", worker=status)
