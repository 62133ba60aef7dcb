"""What two circuits have in common, beside what chance would give."""

import math

from fastapi import APIRouter
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.evaluation.compare import Shared, compare_circuits
from headwater.store import circuits
from headwater.store.circuits import CircuitSummary, summarise

router = APIRouter(prefix="/circuits", tags=["circuits"], responses=RESPONSES)

NODES, EDGES = 100, 500


class CompareBody(Body):
    """Two circuits, and how much of each is compared: the strongest `nodes` and `edges`, or a `share`."""

    a: str
    b: str
    nodes: int | None = Field(
        None, ge=1, le=1_000_000, description=f"Null is {NODES} unless a share is given."
    )
    edges: int | None = Field(
        None, ge=1, le=1_000_000, description=f"Null is {EDGES} unless a share is given."
    )
    share: float | None = Field(
        None, gt=0, le=1, description="Of each circuit's own nodes and edges, instead of numbers."
    )


class Overlap(BaseModel):
    """Of two sets. Null where a number does not exist (nothing to compare, or nothing that varies)."""

    n_a: int
    n_b: int
    n_shared: int
    universe: int = Field(description="How many there are in either circuit, to choose from.")
    jaccard: float | None
    chance: float | None = Field(description="Mean Jaccard index of random sets of these sizes, exactly.")
    chance_simple: float | None = Field(description="K / (2 - K), K the mean fraction: what papers quote.")
    correlation: float | None = Field(description="Pearson's, of the scores of everything in either.")
    rank_correlation: float | None = Field(description="Spearman's, likewise.")
    shared: list[str]
    only_a: list[str]
    only_b: list[str]


class ComparedEffect(BaseModel):
    name: str
    a: float
    b: float


class Comparison(BaseModel):
    a: CircuitSummary
    b: CircuitSummary
    nodes: Overlap
    edges: Overlap
    effects: list[ComparedEffect] = Field(description="Both effects of every node compared, strongest first.")
    weights: list[ComparedEffect] = Field(description="Both weights of every edge compared, likewise.")


@router.post("/compare")
def compare(body: CompareBody, server: AppServer) -> Comparison:
    """What two circuits share, with the overlap that chance alone would give.

    How each works on the other's task is an evaluation: POST /circuits/{id}/evaluations with `against`.
    """
    with server.store.database.reading() as session:
        rows = [circuits.get_circuit(session, id) for id in (body.a, body.b)]
    a, b = (server.views.circuit(row) for row in rows)
    if body.share is not None:
        found = compare_circuits(a, b, share=body.share)
    else:
        found = compare_circuits(a, b, nodes=body.nodes or NODES, edges=body.edges or EDGES)
    return Comparison(
        a=summarise(rows[0]),
        b=summarise(rows[1]),
        nodes=_overlap(found.nodes),
        edges=_overlap(found.edges),
        effects=_scores(found.nodes),
        weights=_scores(found.edges),
    )


def _overlap(shared: Shared) -> Overlap:
    sides = list(zip(shared.names, shared.in_a, shared.in_b, strict=True))
    of = shared.overlap
    return Overlap(
        n_a=of.shared + of.only_a,
        n_b=of.shared + of.only_b,
        n_shared=of.shared,
        universe=of.total,
        jaccard=_known(of.jaccard),
        chance=_known(of.chance),
        chance_simple=_known(of.chance_simple),
        correlation=_known(shared.correlation),
        rank_correlation=_known(shared.rank_correlation),
        shared=[name for name, in_a, in_b in sides if in_a and in_b],
        only_a=[name for name, in_a, in_b in sides if in_a and not in_b],
        only_b=[name for name, in_a, in_b in sides if in_b and not in_a],
    )


def _scores(shared: Shared) -> list[ComparedEffect]:
    rows = zip(shared.names, shared.score_a, shared.score_b, strict=True)
    return [ComparedEffect(name=name, a=a, b=b) for name, a, b in rows]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
