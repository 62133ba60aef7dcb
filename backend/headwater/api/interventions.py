"""What if these features were off? Measured on the model, beside what the graph predicts."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.graph.graph import LOGIT
from headwater.graph.ids import parse_id
from headwater.interventions.plan import InterventionPlan, InterventionResult
from headwater.jobs.requests import ENGINE
from headwater.store import graphs, interventions
from headwater.store.tables import StoredGraph

router = APIRouter(prefix="/graphs/{id}/interventions", tags=["interventions"], responses=RESPONSES)


class InterventionAnswer(InterventionResult):
    id: str = Field(description="SHA-256 of graph and plan: the same plan on the same graph has the same id.")


@router.post("")
def post_intervention(id: str, plan: InterventionPlan, server: AppServer) -> InterventionAnswer:
    """Change features of a graph's prompt and measure. The same plan is run once and then remembered."""
    asked = plan.model_dump(mode="json")
    intervention = interventions.intervention_id(id, asked, ENGINE)
    with server.store.database.reading() as session:
        graph = graphs.get_graph(session, id)
        known = interventions.find_intervention(session, intervention)
    if known is not None:
        return _answer(intervention, known.result)
    result = server.worker.call(
        "intervene",
        {
            "name": graph.model,
            "dictionaries": graph.dictionaries,
            "token_ids": graph.token_ids,
            "plan": asked,
            "targets": _target_tokens(graph),
            "traced_with": [
                graph.provenance["model_fingerprint"],
                graph.provenance["dictionary_fingerprint"],
            ],
        },
    )
    with server.store.database.writing() as session:
        interventions.put_intervention(session, intervention, id, result)
    return _answer(intervention, result)


@router.get("/{intervention_id}")
def get_intervention(id: str, intervention_id: str, server: AppServer) -> InterventionAnswer:
    """A result that was measured before: what a shared link shows."""
    with server.store.database.reading() as session:
        row = interventions.get_intervention(session, id, intervention_id)
        return _answer(row.id, row.result)


def _target_tokens(graph: StoredGraph) -> list[int]:
    """Tokens that the graph explains, by their logit nodes or as a difference."""
    targets = graph.method["targets"]
    if targets["kind"] == "logit_difference":
        return [targets["plus"], targets["minus"]]
    nodes = [parse_id(target["node"]) for target in graph.targets]
    return [node.index for node in nodes if node.kind == LOGIT and node.index is not None]


def _answer(id: str, result: dict[str, Any]) -> InterventionAnswer:
    return InterventionAnswer.model_validate({**result, "id": id})
