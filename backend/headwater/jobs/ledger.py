"""The rules of long work, as functions over the job table. The caller owns the transaction.

A job is claimed with a lease and a fencing token (`attempt`). Whoever lets the lease run
out is fenced: a newer claim has a higher attempt, and every write names its own. So a
result is stored exactly once however often workers die. A job whose worker died is tried
once more, then failed: a prompt that kills workers must not do it for ever. A job that stored
new shards before its worker died has got on: only deaths in a row without any count. It ends all
the same, for it has only so many shards and each counts once.
"""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from headwater.errors import HeadwaterError, JobFailed, QueueFull, UnknownJob
from headwater.store.tables import StoredJob, now

MAX_DEATHS: Final = 2
"""In a row, without anything new stored in between."""

State = Literal["queued", "running", "done", "failed", "cancelled"]
FINAL: Final = ("done", "failed", "cancelled")


class LeaseLost(Exception):
    """Another worker holds the job now, or it is over. Whatever was computed must be dropped."""


class Lease(NamedTuple):
    job_id: str
    attempt: int


class JobResult(BaseModel):
    """Ids of what the job stored; the others are null."""

    graph: str | None
    circuit: str | None
    evaluation: str | None = Field(description="An evaluation of `circuit`.")


def _result(row: StoredJob) -> JobResult | None:
    """A job is named by what it makes, so its key is the id of that."""
    if row.state != "done":
        return None
    of_evaluation = row.kind == "evaluation"
    return JobResult(
        graph=row.cache_key if row.kind == "trace" else None,
        circuit=row.request["circuit"] if of_evaluation else row.cache_key if row.kind == "circuit" else None,
        evaluation=row.cache_key if of_evaluation else None,
    )


class Job(BaseModel):
    """Long work, as shown. `done` of `total` steps of `phase`; `total` 0 means not known yet."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    state: State
    phase: str
    done: int
    total: int
    unit: str = Field(description="What `done` and `total` count, e.g. `examples`; empty for steps.")
    attempt: int = Field(description="1 normally, more when a worker died and the job was tried again.")
    error: dict[str, Any] | None = Field(description="A problem document (RFC 9457) when the job failed.")
    result: JobResult | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def show(row: StoredJob) -> Job:
    columns = {name: getattr(row, name) for name in Job.model_fields if name not in ("result", "unit")}
    return Job(**columns, unit="examples" if row.kind == "circuit" else "", result=_result(row))


def problem(error: HeadwaterError) -> dict[str, Any]:
    return {
        **error.extra,
        "type": f"/problems/{error.type}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }


def submit(
    session: Session, kind: str, cache_key: str, request: dict[str, Any], *, max_queue: int
) -> StoredJob:
    """The job for this key: the one under way, or a new one. Ten who ask at once share it."""
    wanted = _wanted(session, cache_key)
    if wanted is not None:
        return wanted
    if (waiting := count_waiting(session)) >= max_queue:
        raise QueueFull(
            f"{waiting} jobs are waiting already (HEADWATER_MAX_QUEUE). Try again when some are done."
        )
    job = StoredJob(id=token_hex(16), kind=kind, cache_key=cache_key, request=request)
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:  # another process was faster; on SQLite the writer lock rules this out
        wanted = _wanted(session, cache_key)
        if wanted is None:
            raise
        return wanted
    return job


def _wanted(session: Session, cache_key: str) -> StoredJob | None:
    return session.scalars(
        select(StoredJob).where(
            StoredJob.cache_key == cache_key,
            StoredJob.state.in_(("queued", "running")),
            ~StoredJob.cancel_requested,
        )
    ).one_or_none()


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count()).where(StoredJob.state == "queued")) or 0


def get_job(session: Session, id: str) -> StoredJob:
    job = session.get(StoredJob, id)
    if job is None:
        raise UnknownJob(
            f"No job {id[:64]!r} is known here. Jobs are named in the answers to POST /graphs and /circuits."
        )
    return job


def latest_job(session: Session, cache_key: str) -> StoredJob | None:
    newest = StoredJob.created_at.desc(), StoredJob.id.desc()
    return session.scalars(
        select(StoredJob).where(StoredJob.cache_key == cache_key).order_by(*newest)
    ).first()


def claim(session: Session, owner: str, lease_s: float) -> StoredJob | None:
    """The oldest waiting job, now this owner's until the lease runs out."""
    oldest = (
        select(StoredJob)
        .where(StoredJob.state == "queued")
        .order_by(StoredJob.created_at, StoredJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.scalars(oldest).one_or_none()
    if job is None:
        return None
    job.state, job.owner, job.attempt = "running", owner, job.attempt + 1
    job.started_at = job.started_at or now()
    job.lease_until = now() + timedelta(seconds=lease_s)
    job.phase, job.done, job.total, job.revision = "starting", 0, 0, job.revision + 1
    job.shards = 0
    return job


def extend(session: Session, lease: Lease, lease_s: float) -> bool:
    """Keeps the job. True when it should be cancelled; LeaseLost when it is no longer ours."""
    _change_own(session, lease, lease_until=now() + timedelta(seconds=lease_s))
    return session.scalar(select(StoredJob.cancel_requested).where(StoredJob.id == lease.job_id)) or False


def report(session: Session, lease: Lease, phase: str, done: int, total: int) -> None:
    _change_own(session, lease, phase=phase, done=done, total=total, revision=StoredJob.revision + 1)


def count_shard(session: Session, lease: Lease) -> None:
    """One more part is stored, in this transaction: the job gets on."""
    _change_own(session, lease, shards=StoredJob.shards + 1)


def finish(session: Session, lease: Lease, state: State, error: HeadwaterError | None = None) -> None:
    """The job's end. In the same transaction as its result, so neither is ever without the other."""
    _change_own(
        session,
        lease,
        state=state,
        error=problem(error) if error else None,
        finished_at=now(),
        lease_until=None,
        revision=StoredJob.revision + 1,
    )


def _change_own(session: Session, lease: Lease, **values: Any) -> None:
    mine = (StoredJob.id == lease.job_id, StoredJob.attempt == lease.attempt, StoredJob.state == "running")
    changed = session.execute(update(StoredJob).where(*mine).values(values))
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise LeaseLost(f"job {lease.job_id} attempt {lease.attempt}")


def cancel(session: Session, id: str) -> StoredJob:
    """A waiting job ends here and now; a running one is asked to. Over is over: no change."""
    job = get_job(session, id)
    if job.state == "queued":
        job.state, job.finished_at, job.revision = "cancelled", now(), job.revision + 1
    elif job.state == "running" and not job.cancel_requested:
        job.cancel_requested, job.revision = True, job.revision + 1
    return job


def release_owner(session: Session, owner: str) -> list[str]:
    """This worker is dead: its jobs go back to the queue without waiting for their leases."""
    return _release(session, StoredJob.owner == owner)


def release_all(session: Session) -> list[str]:
    """At start, under the folder's lock: whoever ran these jobs is gone."""
    return _release(session, StoredJob.state == "running")


def release_expired(session: Session, at: datetime | None = None) -> list[str]:
    return _release(session, StoredJob.lease_until < (at or now()))


def _release(session: Session, which: ColumnElement[bool]) -> list[str]:
    rows = session.scalars(select(StoredJob).where(StoredJob.state == "running", which)).all()
    for job in rows:
        job.deaths = 0 if job.shards else job.deaths + 1
        end = job.cancel_requested or job.deaths >= MAX_DEATHS
        (_give_up if end else _requeue)(job)
    return [job.id for job in rows]


def _requeue(job: StoredJob) -> None:
    job.state, job.owner, job.lease_until = "queued", None, None
    job.phase, job.done, job.total, job.revision = "waiting to be tried again", 0, 0, job.revision + 1


_NEXT_STEP: Final = {"trace": "Try a shorter prompt or a smaller max_features, then trace again."}
_SMALLER: Final = "Try shorter or fewer examples. What was finished is kept: asking again goes on from it."


def _give_up(job: StoredJob) -> None:
    job.owner, job.lease_until, job.finished_at, job.revision = None, None, now(), job.revision + 1
    job.state = "cancelled" if job.cancel_requested else "failed"
    if job.state == "failed":
        job.error = problem(
            JobFailed(
                f"The worker process died {job.deaths} times during this job, probably out of memory. "
                f"{_NEXT_STEP.get(job.kind, _SMALLER)}"
            )
        )
