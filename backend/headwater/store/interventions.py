"""Reading and writing what plans did. The caller owns the transaction."""

from typing import Any

from sqlalchemy.orm import Session

from headwater.errors import UnknownIntervention
from headwater.store.graphs import content_address
from headwater.store.tables import StoredIntervention


def intervention_id(graph_id: str, plan: dict[str, Any], engine: str) -> str:
    return content_address({"schema": 1, "graph": graph_id, "plan": plan, "engine": engine})


def find_intervention(session: Session, id: str) -> StoredIntervention | None:
    return session.get(StoredIntervention, id)


def get_intervention(session: Session, graph_id: str, id: str) -> StoredIntervention:
    row = find_intervention(session, id)
    if row is None or row.graph_id != graph_id:
        raise UnknownIntervention(
            f"Graph {graph_id[:12]} has no intervention {id[:64]!r}. Run it again on the graph's page."
        )
    return row


def put_intervention(session: Session, id: str, graph_id: str, result: dict[str, Any]) -> None:
    session.merge(StoredIntervention(id=id, graph_id=graph_id, result=result))
