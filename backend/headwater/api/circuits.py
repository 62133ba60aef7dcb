"""Find the circuit of a task, see it, compare it. The same request always names the same circuit."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from headwater.api.bodies import Body
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer
from headwater.attribution.circuit_methods import CircuitMethod
from headwater.errors import WorkerUnavailable
from headwater.graph.container import MEDIA_TYPE
from headwater.jobs import ledger
from headwater.jobs.ledger import Job
from headwater.store.pages import MAX_LIMIT

router = APIRouter(prefix="/circuits", tags=["circuits"], responses=RESPONSES)

Level = Literal["features", "components"]


class SplitBody(Body):
    """Examples set aside: the circuit is found on the others and evaluated on these."""

    evaluation_share: float = Field(0.3, ge=0, lt=1)
    seed: int = Field(0, ge=0, le=2**31 - 1)


class CircuitBody(Body):
    """What circuit to find."""

    model: str
    task: str = Field(description="Id of a task, e.g. `brook:indirect_object`.")
    method: CircuitMethod
    dictionaries: dict[str, str] | None = Field(
        None,
        description="Dictionary set of each site (`embed`, `attn`, `mlp`, `resid`); null is every site that "
        "the model has dictionaries for. Methods on heads and MLPs use none.",
    )
    examples: int | None = Field(None, ge=1, description="How many examples to draw; null is all.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Which examples are drawn.")
    split: SplitBody | None = Field(None, description="Null sets 30 % aside for evaluation.")


class TaskOfCircuit(BaseModel):
    id: str | None = Field(description="Null when the task was removed since.")
    name: str
    title: str
    fingerprint: str = Field(description="SHA-256 of the examples as tokens.")
    n_examples: int = Field(description="Usable examples that were drawn, both parts together.")
    n_train: int = Field(description="Those that the circuit was found on.")
    n_evaluation: int = Field(description="Those set aside for evaluation.")
    n_dropped: int = Field(description="Examples of the task that this model cannot use.")


class CircuitSummary(BaseModel):
    """The facts about a complete circuit that need none of its arrays."""

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
    accuracy: float | None = Field(description="Share of examples whose metric is above zero.")
    created_at: datetime
    provenance: dict[str, Any]
    methods_text: str = Field(description="A paragraph for a paper that states every setting.")


class CircuitAnswer(BaseModel):
    """A circuit that was asked for. Until `status` is `done`, what is only known then is null."""

    id: str = Field(
        description="SHA-256 of model, dictionaries, examples, method and engine: equal request, equal id."
    )
    status: ledger.State
    job: Job | None = Field(description="The job that computes it; null when it was stored already.")
    model: str
    task: TaskOfCircuit
    method: dict[str, Any]
    dictionaries: dict[str, str]
    level: Level
    created_at: datetime
    bins: list[str] | None
    n_nodes: int | None
    n_edges: int | None
    metric_clean: float | None
    metric_patch: float | None
    accuracy: float | None
    provenance: dict[str, Any] | None
    methods_text: str | None


class CircuitList(BaseModel):
    items: list[CircuitSummary]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


class CircuitFormat(StrEnum):
    json = "json"
    columns = "columns"
    headwater = "headwater"
    eap_ig = "eap-ig"
    mib = "mib"
    csv = "csv"
    graphml = "graphml"


class CircuitTable(StrEnum):
    nodes = "nodes"
    edges = "edges"


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
    influence: float = Field(description="Its share of the sum of |effect| over all nodes.")
    rank: int = Field(description="By |effect|, from 1.")
    n_nodes: int
    spread: float | None = Field(description="Standard deviation of the effect over examples.")
    n_examples: int
    per_example: list[ExampleEffect] = Field(
        description="Largest |effect| first; empty when the method keeps no effects of single examples."
    )
    feature: FeatureLink | None


class CompareBody(Body):
    """Two circuits, and how much of each is compared: the strongest `nodes`, or a `share` of all |effect|."""

    a: str
    b: str
    nodes: int | None = Field(None, ge=1, le=1_000_000, description="Null is 100 unless a share is given.")
    share: float | None = Field(None, gt=0, le=1)
    edges: int | None = Field(None, ge=1, le=1_000_000, description="Strongest edges compared; null is 500.")


class Overlap(BaseModel):
    """Of two sets. Chance: what two random sets of these sizes would share."""

    n_a: int
    n_b: int
    n_shared: int
    universe: int = Field(description="How many there are to choose from.")
    jaccard: float | None
    chance: float | None
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
    effects: list[ComparedEffect] = Field(description="Effect in both, of every node compared.")


@router.post("", responses={202: {"model": CircuitAnswer, "description": "Being computed: see `job`."}})
def post_circuit(body: CircuitBody, server: AppServer, response: Response) -> CircuitAnswer:
    """Find a circuit. 200 when it is stored already, else 202 with its job.

    Finished parts of a job that was cancelled or killed are kept: asking again goes on from there.
    """
    raise WorkerUnavailable("Circuits are being built.")


@router.get("")
def list_circuits(
    server: AppServer,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: str | None = None,
    task: Annotated[str | None, Query(description="Id of a task.")] = None,
    model: str | None = None,
) -> CircuitList:
    """Stored circuits, newest first."""
    raise WorkerUnavailable("Circuits are being built.")


@router.post("/compare")
def compare_circuits(body: CompareBody, server: AppServer) -> Comparison:
    """What two circuits share, with the overlap that chance alone would give."""
    raise WorkerUnavailable("Circuits are being built.")


_VIEW_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The circuit in the format asked for.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/xml": {"schema": {"type": "string"}},
        },
    },
    202: {"model": CircuitAnswer, "description": "Not complete yet (or failed): see `job`."},
    304: {"description": "What the client has is current (If-None-Match)."},
}


@router.get("/{id}", responses=_VIEW_ANSWERS, response_class=Response)
def get_circuit(
    id: str,
    request: Request,
    server: AppServer,
    nodes: Annotated[int, Query(ge=1, le=1_000_000, description="Strongest nodes shown at most.")] = 200,
    edges: Annotated[int, Query(ge=0, le=5_000_000, description="Strongest edges shown at most.")] = 1000,
    min_effect: Annotated[float, Query(ge=0, allow_inf_nan=False, description="Least |effect| shown.")] = 0,
    min_weight: Annotated[float, Query(ge=0, allow_inf_nan=False, description="Least |weight| shown.")] = 0,
    format: Annotated[
        CircuitFormat, Query(description="`json` and `columns` carry the same facts.")
    ] = CircuitFormat.json,
    table: Annotated[CircuitTable, Query(description="Which table `csv` gives.")] = CircuitTable.nodes,
) -> Response:
    """A circuit, cut to its strongest nodes and edges.

    `headwater` is the whole circuit as our own versioned JSON; `eap-ig` and `mib` the scores of all edges in
    the names of those projects (methods on heads and MLPs only); `csv` and `graphml` what is shown.
    """
    raise WorkerUnavailable("Circuits are being built.")


@router.get("/{id}/nodes/{node:path}")
def get_node(
    id: str,
    node: str,
    server: AppServer,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> NodeDetails:
    """One node (`resid3/120@subject`, `a2.h3`): its effect on every example."""
    raise WorkerUnavailable("Circuits are being built.")
