"""How far is it? Progress by polling or as server-sent events; cancel."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.jobs import ledger
from headwater.jobs.ledger import Job
from headwater.store.tables import StoredJob

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=RESPONSES)

LOOK_EVERY_S: Final = 1.0
"""Changes are announced at once; this is for those announced to nobody, e.g. by a dead worker."""


def _find(server: Server, id: str) -> StoredJob:
    with server.store.database.reading() as session:
        return ledger.get_job(session, id)


@router.get("/{id}")
def get_job(id: str, server: AppServer) -> Job:
    """How a job stands."""
    return ledger.show(_find(server, id))


@router.delete("/{id}")
def cancel_job(id: str, server: AppServer) -> Job:
    """Cancel: at once when waiting, within a moment when running. What is over stays as it is."""
    with server.store.database.writing() as session:
        job = ledger.cancel(session, id)
        shown, stopping = ledger.show(job), job.state == "running"
    server.changes.tell(id)
    if stopping:
        server.worker.cancel(id)
    return shown


async def _known(id: str, server: AppServer) -> str:
    """Checked before the stream begins, so that an unknown job is a plain 404."""
    await run_in_threadpool(_find, server, id)
    return id


@router.get("/{id}/events", response_class=EventSourceResponse)
async def stream_job(
    id: Annotated[str, Depends(_known)],
    server: AppServer,
    last_event_id: Annotated[str, Header(description="Where a broken stream ended; sent by browsers.")] = "",
) -> AsyncIterator[ServerSentEvent]:
    """The job on every change: events `progress`, and at the end `done`, `failed` or `cancelled`.

    The data is the job; the id grows with every change, and a reconnecting client gets only news.
    """
    seen = (
        int(last_event_id)
        if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 20
        else -1
    )
    async with server.changes.listen(id) as listener:
        while True:
            job = await run_in_threadpool(_find, server, id)
            over = job.state in ledger.FINAL
            if over or job.revision > seen:
                seen = job.revision
                event = job.state if over else "progress"
                yield ServerSentEvent(data=ledger.show(job), event=event, id=str(job.revision))
            if over:
                return
            await listener.wait(LOOK_EVERY_S)
