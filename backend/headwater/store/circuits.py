"""Reading and writing complete circuits and their evaluations. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from headwater.errors import UnknownCircuit, UnknownEvaluation
from headwater.store.blobs import Blobs
from headwater.store.pages import Cursor, Page
from headwater.store.tables import Artifact, StoredCircuit, StoredEvaluation

Level = Literal["features", "components"]


class TaskOfCircuit(BaseModel):
    id: str = Field(description="Of the task when the circuit was asked for; it may be gone since.")
    name: str
    title: str
    fingerprint: str = Field(description="SHA-256 of the examples as tokens.")
    n_examples: int = Field(description="Usable examples that were drawn, both parts together.")
    n_train: int = Field(description="Those that the circuit was found on.")
    n_evaluation: int = Field(description="Those set aside for evaluation; 0: evaluated on the same ones.")
    n_dropped: int = Field(description="Examples of the task that this model cannot use.")


class CircuitSummary(BaseModel):
    """The facts about a complete circuit that need none of its arrays."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(
        description="SHA-256 of model, dictionaries, examples, method and engine: equal request, equal id."
    )
    status: Literal["done"]
    model: str
    task: TaskOfCircuit
    method: dict[str, Any] = Field(description="The method with all its settings.")
    dictionaries: dict[str, str] = Field(description="Dictionary set of each site; empty for components.")
    level: Level
    bins: list[str] = Field(description="Entries of the position axis: positions, spans, or one for all.")
    n_nodes: int
    n_edges: int
    metric_clean: float | None = Field(description="Mean metric on the clean prompts.")
    metric_patch: float | None = Field(description="Mean metric on the patch prompts; null without them.")
    accuracy: float | None = Field(
        description="Share of examples whose clean answer beats the patch answer; null where the metric does "
        "not tell."
    )
    created_at: datetime
    provenance: dict[str, Any]
    methods_text: str = Field(description="A paragraph for a paper that states every setting.")


def find_circuit(session: Session, id: str) -> StoredCircuit | None:
    return session.get(StoredCircuit, id)


def find_whole_circuit(session: Session, blobs: Blobs, id: str) -> StoredCircuit | None:
    """The circuit, unless its file is gone or cut short: then it must be computed again."""
    row = find_circuit(session, id)
    if row is None:
        return None
    raw = session.get_one(Artifact, row.raw_sha256)
    return row if blobs.has(raw.sha256, raw.size) else None


def get_circuit(session: Session, id: str) -> StoredCircuit:
    circuit = find_circuit(session, id)
    if circuit is None:
        raise no_circuit(id)
    return circuit


def no_circuit(id: str) -> UnknownCircuit:
    return UnknownCircuit(f"No circuit {id[:64]!r} is stored here. Find it again, or check the link.")


def list_circuits(
    session: Session,
    *,
    limit: int,
    cursor: Cursor | None = None,
    task: str | None = None,
    model: str | None = None,
) -> Page[StoredCircuit]:
    """Newest first, so that the list opens on what was just found."""
    row = StoredCircuit
    query = select(row).order_by(row.created_at.desc(), row.id.desc()).limit(limit + 1)
    if task is not None:
        query = query.where(row.task_id == task)
    if model is not None:
        query = query.where(row.model == model)
    if cursor is not None:
        query = query.where(tuple_(row.created_at, row.id) < tuple_(cursor.created_at, cursor.id))
    rows = session.scalars(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], Cursor(last.created_at, last.id).encode() if last else None)


def put_circuit(
    session: Session, summary: CircuitSummary, *, request: dict[str, Any], raw: Artifact
) -> StoredCircuit:
    """Storing again replaces: only a damaged circuit is ever computed twice."""
    session.merge(raw)
    session.flush()
    columns = summary.model_dump(exclude={"status", "task"})
    row = StoredCircuit(
        **columns,
        task=summary.task.model_dump(),
        task_id=summary.task.id,
        request=request,
        raw_sha256=raw.sha256,
    )
    return session.merge(row)


def summarise(row: StoredCircuit) -> CircuitSummary:
    columns = {name: getattr(row, name) for name in CircuitSummary.model_fields if name != "status"}
    return CircuitSummary(status="done", **columns)


def find_evaluation(session: Session, id: str) -> StoredEvaluation | None:
    return session.get(StoredEvaluation, id)


def no_evaluation(circuit_id: str, id: str) -> UnknownEvaluation:
    return UnknownEvaluation(
        f"Circuit {circuit_id[:12]} has no evaluation {id[:64]!r}. Ask for it on the circuit's page."
    )


def list_evaluations(session: Session, circuit_id: str) -> Sequence[StoredEvaluation]:
    """Newest first."""
    row = StoredEvaluation
    newest = row.created_at.desc(), row.id.desc()
    return session.scalars(select(row).where(row.circuit_id == circuit_id).order_by(*newest)).all()


def put_evaluation(session: Session, evaluation: StoredEvaluation) -> StoredEvaluation:
    return session.merge(evaluation)
