"""Which models are here, and what reads their thoughts?"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from headwater.api.catalogue import examples
from headwater.api.problems import RESPONSES
from headwater.api.server import AppServer, Server
from headwater.jobs.supervisor import WorkerStatus
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.lm.site_sets import CircuitSite, circuit_site

router = APIRouter(tags=["models"], responses=RESPONSES)


class DictionarySetInfo(BaseModel):
    id: str = Field(description="`model.set`, e.g. `brook.transcoders`; with a layer it names a dictionary.")
    set: str
    kind: str = Field(description="`transcoder` or `sae`. Tracing needs transcoders.")
    site: CircuitSite | None = Field(
        description="Where its features stand in a circuit: attention output, MLP output or residual stream; "
        "null where no circuit reads them."
    )
    layers: list[int]
    width: int = Field(description="Features per layer (of the widest).")
    default: bool


class BrokenSetInfo(BaseModel):
    id: str
    set: str
    reason: str = Field(description="Why it cannot be used, and what to do.")


class ExamplePrompt(BaseModel):
    title: str
    prompt: str
    why: str


class ModelInfo(BaseModel):
    name: str
    architecture: str
    n_layers: int
    d_model: int
    d_vocab: int
    n_ctx: int
    fingerprint: str = Field(description="SHA-256 over config, tokenizer and weights.")
    bundled: bool
    has_tokenizer: bool = Field(description="False: it reads token ids only, so its tasks are of token ids.")
    can_trace: bool = Field(
        description="Whether its prompts can be traced: that takes a tokenizer, transcoders, and an "
        "architecture that tracing follows. Circuits of heads and MLPs need none of these."
    )
    dictionary_sets: list[DictionarySetInfo]
    broken_sets: list[BrokenSetInfo] = Field(description="Sets that are named but cannot be read.")
    examples: list[ExamplePrompt]


class Models(BaseModel):
    models: list[ModelInfo]
    worker: WorkerStatus


@router.get("/models")
def list_models(server: AppServer) -> Models:
    """Every model that can be used, bundled ones first, and how the worker is."""
    return Models(
        models=[_show(server, entry) for entry in server.catalogue.models()], worker=server.worker.status
    )


def _show(server: Server, entry: ModelEntry) -> ModelInfo:
    return ModelInfo(
        name=entry.name,
        architecture=entry.architecture,
        n_layers=entry.n_layers,
        d_model=entry.d_model,
        d_vocab=entry.d_vocab,
        n_ctx=entry.n_ctx,
        fingerprint=server.catalogue.fingerprint(entry),
        bundled=entry.bundled,
        has_tokenizer=entry.has_tokenizer,
        can_trace=entry.can_trace
        and entry.has_tokenizer
        and any(one.kind == "transcoder" for one in entry.dictionary_sets),
        dictionary_sets=[_show_set(entry, one) for one in entry.dictionary_sets],
        broken_sets=[
            BrokenSetInfo(id=one.id, set=one.set, reason=one.error.detail) for one in entry.broken_sets
        ],
        examples=[
            ExamplePrompt(title=one.get("title", ""), prompt=one["prompt"], why=one.get("why", ""))
            for one in examples(entry)
            if one.get("prompt")
        ],
    )


def _show_set(entry: ModelEntry, one: DictionarySetEntry) -> DictionarySetInfo:
    return DictionarySetInfo(
        id=one.id,
        set=one.set,
        kind=one.kind,
        site=circuit_site(one),
        layers=list(one.layers),
        width=one.width,
        default=one.set == entry.default_dictionaries,
    )
