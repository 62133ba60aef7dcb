"""One node of a circuit: what it does on every example."""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.errors import HeadwaterError, UnknownNode
from headwater.graph.circuit import CIRCUIT_KINDS, SITES, Circuit
from headwater.graph.graph import FEATURE, LOGIT
from headwater.jobs.requests import CircuitRequest
from headwater.jobs.token_tasks import numbers_of, unpack_task
from headwater.store import circuits
from headwater.store.tables import StoredCircuit

router = APIRouter(prefix="/circuits/{id}/nodes", tags=["circuits"], responses=RESPONSES)


class FeatureLink(BaseModel):
    """Where a feature's dashboard is: `GET /features/{dictionary}/{index}`."""

    dictionary: str
    index: int


class ExampleEffect(BaseModel):
    """How much a node does on one example."""

    example: int = Field(description="Number of the example in the task.")
    effect: float
    case: str
    clean_tokens: list[str]
    patch_tokens: list[str] | None


class NodeDetails(BaseModel):
    """One node of a circuit. `effect`: how far the metric falls when it goes from clean to patch."""

    node: str
    kind: str
    layer: int
    site: str
    bin: str
    index: int
    effect: float
    influence: float = Field(description="Its share of the sum of |effect| over all nodes but the metric.")
    rank: int = Field(description="By |effect|, from 1; 0 for the metric itself.")
    n_nodes: int
    spread: float = Field(description="Standard deviation of the effect over examples.")
    n_examples: int
    per_example: list[ExampleEffect] = Field(
        description="Largest |effect| first; empty when the method keeps no effects of single examples."
    )
    feature: FeatureLink | None


@router.get("/{node:path}")
def get_node(
    id: str, node: str, server: AppServer, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> NodeDetails:
    """One node (`resid3/120@2`, `a2.h3`), with the examples on which it does most."""
    with server.store.database.reading() as session:
        row = circuits.get_circuit(session, id)
    circuit = server.views.circuit(row)
    at = circuit.row_of.get(node)
    if at is None:
        raise UnknownNode(
            f"Circuit {id[:12]} has no node {node[:80]!r}. Its nodes are named in its view, e.g. "
            f"{circuit.names[0]!r}."
        )
    nodes = circuit.nodes
    sizes = np.abs(nodes.effect) * (nodes.kind != LOGIT)
    size, total = float(sizes[at]), float(sizes.sum(dtype=np.float64))
    return NodeDetails(
        node=node,
        kind=CIRCUIT_KINDS[int(nodes.kind[at])],
        layer=int(nodes.layer[at]),
        site=SITES[int(nodes.site[at])],
        bin=circuit.bins[int(nodes.position[at])],
        index=int(nodes.index[at]),
        effect=float(nodes.effect[at]),
        influence=size / total if total else 0.0,
        rank=0 if nodes.kind[at] == LOGIT else int((sizes > size).sum()) + 1,
        n_nodes=len(nodes),
        spread=float(nodes.spread[at]),
        n_examples=len(circuit.metric_clean),
        per_example=_per_example(server, row, circuit, at, limit),
        feature=_link(server, row, circuit, at),
    )


def _per_example(
    server: Server, row: StoredCircuit, circuit: Circuit, at: int, limit: int
) -> list[ExampleEffect]:
    if circuit.examples is None:
        return []
    effects = circuit.example_effects(at)
    order = np.argsort(-np.abs(effects), kind="stable")[:limit]
    request = CircuitRequest.model_validate(row.request)
    task = unpack_task(server.store.blobs.get(request.train.sha256, request.train.size))
    numbers, spell = numbers_of(task), _spelling(server, row)
    shown = [(int(one), task.examples[int(one)]) for one in order]
    return [
        ExampleEffect(
            example=numbers[one],
            effect=float(effects[one]),
            case=example.case,
            clean_tokens=spell(example.clean),
            patch_tokens=None if example.patch is None else spell(example.patch),
        )
        for one, example in shown
    ]


def _spelling(server: Server, row: StoredCircuit) -> Callable[[Sequence[int]], list[str]]:
    """Tokens as text; as numbers where the model is no longer here."""
    try:
        return server.catalogue.spelling(server.catalogue.model(row.model))
    except HeadwaterError:
        return lambda ids: [str(id) for id in ids]


def _link(server: Server, row: StoredCircuit, circuit: Circuit, at: int) -> FeatureLink | None:
    nodes = circuit.nodes
    chosen = row.dictionaries.get(SITES[int(nodes.site[at])])
    if nodes.kind[at] != FEATURE or chosen is None:
        return None
    return FeatureLink(dictionary=f"{chosen}.{int(nodes.layer[at])}", index=int(nodes.index[at]))
