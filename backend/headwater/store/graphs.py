"""Reading and writing complete graphs. The caller owns the transaction: nothing here commits."""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from headwater.errors import UnknownGraph
from headwater.store.blobs import Blobs
from headwater.store.pages import Cursor, Page
from headwater.store.tables import Artifact, StoredGraph


class GraphTarget(BaseModel):
    """What a graph explains: a logit, a difference of logits or a feature."""

    label: str
    probability: float = Field(description="The model's probability of the token; 1 for other targets.")
    node: str = Field(description="Node id, e.g. `l42.9`.")


class GraphSummary(BaseModel):
    """The facts about a graph that need none of its arrays."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(
        description="SHA-256 of model, dictionaries, tokens, method and engine: equal request, equal id."
    )
    status: Literal["done"]
    model: str
    dictionaries: str = Field(description="Dictionary set, e.g. `brook.transcoders`.")
    prompt: str
    tokens: list[str]
    token_ids: list[int]
    targets: list[GraphTarget]
    method: dict[str, Any] = Field(description="The method with all its settings.")
    created_at: datetime
    n_nodes: int
    n_edges: int
    n_features: int
    replacement_score: float
    completeness_score: float
    completeness_score_leaf_free: float | None
    provenance: dict[str, Any]


def canonical_json(value: Any) -> bytes:
    """One text per value: keys sorted, no spaces, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def content_address(value: Any) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()


def graph_id(
    *,
    model_fingerprint: str,
    dictionary_fingerprint: str,
    token_ids: list[int],
    method: dict[str, Any],
    engine: str,
) -> str:
    """The name of the graph that this request makes, on every machine and for ever."""
    return content_address(
        {
            "schema": 1,
            "model": model_fingerprint,
            "dictionaries": dictionary_fingerprint,
            "token_ids": token_ids,
            "method": method,
            "engine": engine,
        }
    )


def find_graph(session: Session, id: str) -> StoredGraph | None:
    return session.get(StoredGraph, id)


def find_whole_graph(session: Session, blobs: Blobs, id: str) -> StoredGraph | None:
    """The graph, unless one of its files is gone or cut short: then it must be computed again."""
    row = find_graph(session, id)
    if row is None:
        return None
    artifacts = [session.get_one(Artifact, sha256) for sha256 in (row.raw_sha256, row.view_sha256)]
    return row if all(blobs.has(one.sha256, one.size) for one in artifacts) else None


def get_graph(session: Session, id: str) -> StoredGraph:
    graph = find_graph(session, id)
    if graph is None:
        raise UnknownGraph(f"No graph {id[:64]!r} is stored here. Trace the prompt again, or check the link.")
    return graph


def list_graphs(session: Session, *, limit: int, cursor: Cursor | None = None) -> Page[StoredGraph]:
    """Newest first, so that the list opens on what was just traced."""
    query = (
        select(StoredGraph).order_by(StoredGraph.created_at.desc(), StoredGraph.id.desc()).limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(
            tuple_(StoredGraph.created_at, StoredGraph.id) < tuple_(cursor.created_at, cursor.id)
        )
    rows = session.scalars(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], Cursor(last.created_at, last.id).encode() if last else None)


def put_graph(session: Session, summary: GraphSummary, *, raw: Artifact, view: Artifact) -> StoredGraph:
    """Storing again replaces: only a damaged graph is ever computed twice."""
    session.merge(raw)
    session.merge(view)
    session.flush()
    columns = summary.model_dump(exclude={"status", "targets"})
    targets = [target.model_dump() for target in summary.targets]
    row = StoredGraph(**columns, targets=targets, raw_sha256=raw.sha256, view_sha256=view.sha256)
    return session.merge(row)


def summarise(row: StoredGraph) -> GraphSummary:
    columns = {name: getattr(row, name) for name in GraphSummary.model_fields if name != "status"}
    return GraphSummary(status="done", **columns)
