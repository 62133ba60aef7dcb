"""Reading and writing tasks. The caller owns the transaction: nothing here commits.

A task changes, so every write names the version it was based on: nobody overwrites what they have not seen.
"""

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from headwater.errors import TaskChanged, UnknownTask
from headwater.store.tables import Artifact, StoredTask, now


def list_tasks(session: Session) -> Sequence[StoredTask]:
    """Newest first. Few: a person writes them."""
    return session.scalars(
        select(StoredTask).order_by(StoredTask.created_at.desc(), StoredTask.id.desc())
    ).all()


def find_task(session: Session, id: str) -> StoredTask | None:
    return session.get(StoredTask, id)


def get_task(session: Session, id: str) -> StoredTask:
    task = find_task(session, id)
    if task is None:
        raise UnknownTask(f"No task {id[:64]!r} is stored here. GET /tasks lists those there are.")
    return task


def create_task(session: Session, content: Artifact, facts: dict[str, Any]) -> StoredTask:
    """`facts`: the row's columns besides id, content, version and times."""
    session.merge(content)
    session.flush()
    task = StoredTask(id=token_hex(8), sha256=content.sha256, **facts)
    session.add(task)
    session.flush()
    return task


def change_task(
    session: Session, id: str, version: int, content: Artifact | None, facts: dict[str, Any]
) -> StoredTask:
    """One change of one version: TaskChanged when another came first."""
    if content is not None:
        session.merge(content)
        session.flush()
        facts = {**facts, "sha256": content.sha256}
    of_version = (StoredTask.id == id, StoredTask.version == version)
    values = {**facts, "version": version + 1, "updated_at": now()}
    changed = session.execute(update(StoredTask).where(*of_version).values(values))
    _require_one(session, changed, id, version)
    session.expire_all()
    return get_task(session, id)


def remove_task(session: Session, id: str, version: int) -> None:
    removed = session.execute(delete(StoredTask).where(StoredTask.id == id, StoredTask.version == version))
    _require_one(session, removed, id, version)


def _require_one(session: Session, result: Any, id: str, version: int) -> None:
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        task = get_task(session, id)
        raise TaskChanged(
            f"The task {task.name} is at version {task.version} now; version {version} was changed in the "
            "meantime. Load it again, and repeat your change on it.",
            version=task.version,
        )
