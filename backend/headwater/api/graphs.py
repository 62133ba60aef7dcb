"""Trace a prompt, see its graph. The same request always names the same graph."""

import io
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, model_validator

from headwater.api.bodies import Body
from headwater.api.catalogue import Catalogue
from headwater.api.content import immutable_response
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.api.views import compress
from headwater.attribution.methods import FeatureTarget, LinearTracing, Targets, TopLogits
from headwater.errors import (
    InvalidPrompt,
    InvalidSetting,
    InvalidTarget,
    PromptTooLong,
    UnknownGraph,
    WorkerUnavailable,
)
from headwater.graph.codec import encode_view, view_json
from headwater.graph.container import MEDIA_TYPE
from headwater.graph.export.headwater import to_headwater
from headwater.graph.export.neuronpedia import to_neuronpedia
from headwater.graph.export.npz import write_npz
from headwater.graph.prune import EDGE_THRESHOLD, NODE_THRESHOLD, PrunedGraph, prune
from headwater.jobs import ledger
from headwater.jobs.ledger import Job
from headwater.jobs.memory import check_memory, check_view
from headwater.jobs.requests import TRACE, TraceRequest
from headwater.lm.registry import DictionarySetEntry, ModelEntry, check_traceable
from headwater.lm.tokenizer import Tokenizer
from headwater.store import graphs
from headwater.store.graphs import GraphSummary, GraphTarget, canonical_json, summarise
from headwater.store.pages import MAX_LIMIT, Cursor
from headwater.store.tables import StoredGraph, StoredJob

router = APIRouter(prefix="/graphs", tags=["graphs"], responses=RESPONSES)


MAX_FEATURES: Final = 5000
"""Unless a request says otherwise: edges grow with the square, and 240 tokens of brook have 42,000 features
active (390 million edges, 1.5 GB). Prompts of up to about 40 tokens stay below it."""


LARGE: Final = 8_000_000
"""Edges from which stored graphs are decoded one at a time."""


class MethodBody(Body):
    method: Literal["linear"] = "linear"
    max_features: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="How many features to explain, most influential first; the others are folded into their "
        f"error nodes. Null explains at most {MAX_FEATURES}.",
    )


class TraceBody(Body):
    """What to trace. Give `prompt` or `token_ids` (the start token first), not both."""

    model: str
    prompt: str | None = None
    token_ids: list[Annotated[int, Field(ge=0)]] | None = Field(None, max_length=65536)
    dictionaries: str | None = Field(None, description="A dictionary set; null is the model's default.")
    targets: Targets = Field(default_factory=TopLogits)
    method: MethodBody = Field(default_factory=MethodBody)

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.prompt is None) == (self.token_ids is None):
            raise ValueError("give either prompt or token_ids")
        return self


class GraphAnswer(BaseModel):
    """A graph that was asked for. Until `status` is `done`, what is only known then is null."""

    id: str = Field(
        description="SHA-256 of model, dictionaries, tokens, method and engine: equal request, equal id."
    )
    status: ledger.State
    job: Job | None = Field(description="The job that computes it; null when it was stored already.")
    model: str
    dictionaries: str
    prompt: str
    tokens: list[str]
    token_ids: list[int]
    method: dict[str, Any]
    created_at: datetime
    targets: list[GraphTarget] | None
    n_nodes: int | None
    n_edges: int | None
    n_features: int | None
    replacement_score: float | None
    completeness_score: float | None
    completeness_score_leaf_free: float | None
    provenance: dict[str, Any] | None


class GraphList(BaseModel):
    items: list[GraphSummary]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


class GraphFormat(StrEnum):
    json = "json"
    columns = "columns"
    neuronpedia = "neuronpedia"
    npz = "npz"
    headwater = "headwater"


@router.post("", responses={202: {"model": GraphAnswer, "description": "Being computed: see `job`."}})
def post_graph(body: TraceBody, server: AppServer, response: Response) -> GraphAnswer:
    """Trace a prompt. 200 with the graph when it is stored already, else 202 with its job.

    The same body names the same graph, so asking twice (or ten at once) computes once.
    """
    entry = server.catalogue.model(body.model)
    dictionaries = _transcoders(entry, body.dictionaries)
    request = _resolve(server.catalogue, entry, dictionaries, body)
    id = request.graph_id
    with server.store.database.reading() as session:
        if (row := graphs.find_whole_graph(session, server.store.blobs, id)) is not None:
            return _stored(row)
    _check_can_compute(server, entry, dictionaries, request)
    with server.store.database.writing() as session:
        if (row := graphs.find_whole_graph(session, server.store.blobs, id)) is not None:
            return _stored(row)
        job = ledger.submit(
            session, TRACE, id, request.model_dump(mode="json"), max_queue=server.settings.max_queue
        )
        answer = _under_way(request, job)
    server.worker.wake()
    response.status_code = 202
    return answer


def _transcoders(entry: ModelEntry, wanted: str | None) -> DictionarySetEntry:
    check_traceable(entry)
    found = entry.dictionary_set(wanted)
    if found.kind != "transcoder":
        usable = ", ".join(one.id for one in entry.dictionary_sets if one.kind == "transcoder") or "none"
        raise InvalidSetting(
            f"{found.id} is a set of {found.kind} dictionaries, and linear tracing needs transcoders. "
            f"Choose a set of those: {usable}."
        )
    return found


def _resolve(
    catalogue: Catalogue, entry: ModelEntry, dictionaries: DictionarySetEntry, body: TraceBody
) -> TraceRequest:
    """The request in canonical form: tokens as ids, positions from 0, everything checked."""
    tokenizer = catalogue.tokenizer(entry)
    if body.prompt is not None:
        ids, prompt = tokenizer.encode(body.prompt), body.prompt
    else:
        ids = _checked_ids(tokenizer, body.token_ids or [])
        prompt = "".join(tokenizer.tokens(ids[1:]))
    method = LinearTracing(targets=body.targets, max_features=body.method.max_features or MAX_FEATURES)
    method = method.resolved(tokenizer, len(ids))
    if isinstance(method.targets, FeatureTarget):
        _check_feature(dictionaries, method.targets)
    return TraceRequest(
        model=entry.name,
        dictionaries=dictionaries.id,
        prompt=prompt,
        tokens=tuple(tokenizer.tokens(ids)),
        token_ids=tuple(ids),
        method=method,
        model_fingerprint=catalogue.fingerprint(entry),
        dictionary_fingerprint=catalogue.set_fingerprint(entry, dictionaries),
    )


def _checked_ids(tokenizer: Tokenizer, ids: list[int]) -> list[int]:
    if not ids or ids[0] != tokenizer.bos_id:
        raise InvalidPrompt(
            f"token_ids must begin with the start token of {tokenizer.model}, which is {tokenizer.bos_id}. "
            "POST /tokenize gives them in this form."
        )
    if len(ids) > tokenizer.n_ctx:
        raise PromptTooLong(
            f"{len(ids):,} token ids were given and {tokenizer.model} reads at most {tokenizer.n_ctx:,} "
            "(the start token included). Leave some out.",
            tokens=len(ids),
            max_tokens=tokenizer.n_ctx,
        )
    if (unknown := next((i for i in ids if i >= tokenizer.vocab_size), None)) is not None:
        raise InvalidPrompt(
            f"{tokenizer.model} has tokens 0 to {tokenizer.vocab_size - 1}, and no token {unknown}."
        )
    return ids


def _check_feature(dictionaries: DictionarySetEntry, target: FeatureTarget) -> None:
    widths = {file.layer: file.width for file in dictionaries.files}
    if target.layer not in widths:
        raise InvalidTarget(
            f"{dictionaries.id} has no layer {target.layer}; it has {', '.join(map(str, sorted(widths)))}."
        )
    if target.index >= widths[target.layer]:
        raise InvalidTarget(
            f"{dictionaries.id}.{target.layer} has features 0 to {widths[target.layer] - 1}, "
            f"and no feature {target.index}."
        )


def _check_can_compute(
    server: Server, entry: ModelEntry, dictionaries: DictionarySetEntry, request: TraceRequest
) -> None:
    if not server.settings.worker:
        raise WorkerUnavailable(
            "This server shows stored graphs only (HEADWATER_WORKER=false), and this one is not stored."
        )
    check_memory(
        server.settings,
        entry,
        dictionaries,
        n_tokens=len(request.token_ids),
        is_warm=entry.name in server.worker.status.models,
    )


def _stored(row: StoredGraph) -> GraphAnswer:
    return GraphAnswer(job=None, **dict(summarise(row)))


def _under_way(request: TraceRequest, job: StoredJob) -> GraphAnswer:
    return GraphAnswer(
        id=request.graph_id,
        status=ledger.show(job).state,
        job=ledger.show(job),
        model=request.model,
        dictionaries=request.dictionaries,
        prompt=request.prompt,
        tokens=list(request.tokens),
        token_ids=list(request.token_ids),
        method=request.method_json,
        created_at=job.created_at,
        targets=None,
        n_nodes=None,
        n_edges=None,
        n_features=None,
        replacement_score=None,
        completeness_score=None,
        completeness_score_leaf_free=None,
        provenance=None,
    )


@router.get("")
def list_graphs(
    server: AppServer,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: str | None = None,
) -> GraphList:
    """Stored graphs, newest first."""
    with server.store.database.reading() as session:
        page = graphs.list_graphs(session, limit=limit, cursor=Cursor.decode(cursor) if cursor else None)
        return GraphList(items=[summarise(row) for row in page.items], next=page.next)


Threshold = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)]

_VIEW_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The graph in the format asked for.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    202: {"model": GraphAnswer, "description": "Not complete yet (or failed): see `job`."},
    304: {"description": "What the client has is current (If-None-Match)."},
}


@router.get("/{id}", responses=_VIEW_ANSWERS, response_class=Response)
def get_graph(
    id: str,
    request: Request,
    server: AppServer,
    node_threshold: Threshold = NODE_THRESHOLD,
    edge_threshold: Threshold = EDGE_THRESHOLD,
    format: Annotated[
        GraphFormat, Query(description="`json` and `columns` carry the same facts.")
    ] = GraphFormat.json,
) -> Response:
    """A graph, pruned to the nodes and edges that hold these shares of all influence.

    `npz` is the raw matrix; `headwater` the whole graph with what is shown marked; `neuronpedia` what
    circuit-tracer's viewers read; `columns` the binary that the page draws.
    """
    with server.store.database.reading() as session:
        row = graphs.find_graph(session, id)
        job = ledger.latest_job(session, id) if row is None else None
    if row is None:
        return _not_yet(id, job)
    make = _maker(server, row, node_threshold, edge_threshold, format)
    identity = f"{row.raw_sha256} {node_threshold!r} {edge_threshold!r} {format.value}"
    media_type, extension = _FILES[format]
    headers = (
        {}
        if extension is None
        else {"content-disposition": f'attachment; filename="headwater-{row.id[:12]}.{extension}"'}
    )
    return immutable_response(request, identity, media_type, make, headers)


_FILES: Final[dict[GraphFormat, tuple[str, str | None]]] = {
    GraphFormat.json: ("application/json", None),
    GraphFormat.columns: (MEDIA_TYPE, None),
    GraphFormat.neuronpedia: ("application/json", "neuronpedia.json"),
    GraphFormat.npz: ("application/zip", "npz"),
    GraphFormat.headwater: ("application/json", "headwater.json"),
}


def _not_yet(id: str, job: StoredJob | None) -> Response:
    if job is None:
        raise UnknownGraph(f"No graph {id[:64]!r} is stored here. Trace the prompt again, or check the link.")
    answer = _under_way(TraceRequest.model_validate(job.request), job)
    return Response(answer.model_dump_json(), 202, {"cache-control": "no-store"}, "application/json")


def _maker(
    server: Server, row: StoredGraph, node_threshold: float, edge_threshold: float, format: GraphFormat
) -> Callable[[], bytes]:
    """How to get the compressed bytes: off the disk for the default view, else computed and kept."""
    is_default = (node_threshold, edge_threshold) == (NODE_THRESHOLD, EDGE_THRESHOLD)
    if format == GraphFormat.columns and is_default:
        return lambda: server.views.stored(row.view_sha256)

    def compute() -> bytes:
        if row.n_edges > LARGE:
            with server.views.one_large:  # two at once might not fit where each alone does
                return encode()
        return encode()

    def encode() -> bytes:
        check_view(server.settings, row.n_edges)
        graph = server.views.graph(row)
        if format == GraphFormat.npz:
            file = io.BytesIO()
            write_npz(graph, file)
            return compress(file.getvalue())
        return compress(_write(row, prune(graph, node_threshold, edge_threshold), format))

    key = row.raw_sha256, node_threshold, edge_threshold, format
    return lambda: server.views.computed(key, compute)


def _write(row: StoredGraph, pruned: PrunedGraph, format: GraphFormat) -> bytes:
    summary = summarise(row).model_dump(mode="json")
    match format:
        case GraphFormat.columns:
            return encode_view(summary, pruned)
        case GraphFormat.neuronpedia:
            return canonical_json(
                to_neuronpedia(pruned, slug=f"headwater-{row.id[:12]}", scan=row.dictionaries)
            )
        case GraphFormat.headwater:
            return canonical_json(to_headwater(pruned.graph, pruned))
        case _:
            return canonical_json(view_json(summary, pruned))
