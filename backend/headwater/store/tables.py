"""What is stored. Portable SQL: the same tables serve SQLite and PostgreSQL.

A graph's, circuit's or evaluation's row exists only once it is complete and never changes; what is
being computed is a job. Tasks are written by people and change, so they have versions. Large arrays are
artifacts (see `blobs.py`), named by their SHA-256.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, MetaData, String, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

SHA256 = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC in both directions; SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def now() -> datetime:
    return datetime.now(UTC)


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012  # SQLAlchemy reads it


class Artifact(Table):
    """A blob that is known to be complete. Its bytes are in the blob store under this hash."""

    __tablename__ = "artifact"

    sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)


class StoredGraph(Table):
    """A complete graph: the facts a list shows, and where its arrays are.

    `id` is the content address of the request (model, dictionaries, tokens, method, engine);
    `raw_sha256` the unpruned graph, `view_sha256` the view at default thresholds.
    """

    __tablename__ = "graph"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    model: Mapped[str] = mapped_column(String(200))
    dictionaries: Mapped[str] = mapped_column(String(400))
    prompt: Mapped[str] = mapped_column(Text)
    tokens: Mapped[list[Any]]
    token_ids: Mapped[list[Any]]
    targets: Mapped[list[Any]]
    method: Mapped[dict[str, Any]]
    n_nodes: Mapped[int]
    n_edges: Mapped[int] = mapped_column(BigInteger)
    n_features: Mapped[int]
    replacement_score: Mapped[float]
    completeness_score: Mapped[float]
    completeness_score_leaf_free: Mapped[float | None]
    provenance: Mapped[dict[str, Any]]
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"))
    view_sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class StoredIntervention(Table):
    """What a plan did to a graph's prompt. `id` is the content address of graph and plan."""

    __tablename__ = "intervention"

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    graph_id: Mapped[str] = mapped_column(ForeignKey("graph.id"), index=True)
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class StoredTask(Table):
    """A task that somebody wrote or imported; bundled tasks are files and have no row.

    `sha256` is its content, an artifact; `version` grows with every change, so that nobody overwrites
    what they have not seen. `kind`: `text`, or `tokens` for examples given as token ids of `model`.
    """

    __tablename__ = "task"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(10))
    n_examples: Mapped[int]
    cases: Mapped[list[Any]]
    has_spans: Mapped[bool]
    sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class StoredCircuit(Table):
    """A complete circuit: the facts a list shows, and where its arrays are.

    `id` is the content address of the request (model, dictionaries, examples as tokens, method, engine).
    `task_id` says what it was found on; the task may be gone since, `task` keeps what it was called.
    `request` is the whole request, from which an evaluation finds the examples again.
    """

    __tablename__ = "circuit"
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "task_id"))

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    model: Mapped[str] = mapped_column(String(200))
    task_id: Mapped[str] = mapped_column(String(200))
    task: Mapped[dict[str, Any]]
    method: Mapped[dict[str, Any]]
    dictionaries: Mapped[dict[str, Any]]
    level: Mapped[str] = mapped_column(String(20))
    bins: Mapped[list[Any]]
    n_nodes: Mapped[int]
    n_edges: Mapped[int] = mapped_column(BigInteger)
    metric_clean: Mapped[float | None]
    metric_patch: Mapped[float | None]
    accuracy: Mapped[float | None]
    provenance: Mapped[dict[str, Any]]
    methods_text: Mapped[str] = mapped_column(Text)
    request: Mapped[dict[str, Any]]
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class StoredEvaluation(Table):
    """How faithful a circuit is. `id` is the content address of circuit, settings and `against`, the circuit
    on whose task it was evaluated when that is not its own."""

    __tablename__ = "circuit_evaluation"
    __table_args__ = (Index(None, "circuit_id", "created_at"),)

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    circuit_id: Mapped[str] = mapped_column(ForeignKey("circuit.id"))
    against_id: Mapped[str | None] = mapped_column(ForeignKey("circuit.id"))
    settings: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class JobShard(Table):
    """A finished part of a job, kept when the job is cancelled or its worker dies. It belongs to the
    request (`cache_key`), not to one job: whoever asks again goes on from here. Removed with the result."""

    __tablename__ = "job_shard"

    cache_key: Mapped[str] = mapped_column(SHA256, primary_key=True)
    phase: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("artifact.sha256"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class StoredJob(Table):
    """Long work. `attempt` counts claims and is the fencing token: whoever holds an older
    number can change nothing. `revision` grows with every change and numbers its events.
    `shards` counts the parts that this attempt stored, `deaths` the attempts in a row that died
    without storing any: what a job that gets on is not punished for.

    The partial unique index is the single flight: one wanted job per `cache_key` at a time
    (a cancelled one that is still winding down does not count).
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_single_flight",
            "cache_key",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running') AND NOT cancel_requested"),
            postgresql_where=text("state IN ('queued', 'running') AND NOT cancel_requested"),
        ),
        Index(None, "state", "created_at"),
        Index(None, "cache_key", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    cache_key: Mapped[str] = mapped_column(SHA256)
    request: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempt: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    shards: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None]
    phase: Mapped[str] = mapped_column(String(100), default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
