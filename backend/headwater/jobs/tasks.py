"""What the worker computes: traces, next tokens, interventions. Calls the core, writes the store."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow  # type: ignore[import-untyped]  # it ships no types
import torch
import zstandard

from headwater.attribution.linear import trace
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.errors import InvalidModelFiles
from headwater.graph.codec import encode_graph, encode_view
from headwater.graph.container import MEDIA_TYPE
from headwater.graph.graph import FEATURE, Graph
from headwater.graph.ids import format_ids
from headwater.interventions.plan import InterventionPlan
from headwater.interventions.run import intervene
from headwater.jobs.memory import CheckedProgress
from headwater.jobs.requests import TraceRequest, fingerprints
from headwater.lm.hooked_config import HOOKED
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.network import Network, load_network
from headwater.lm.registry import ModelEntry, find_model
from headwater.lm.tokenizer import Tokenizer
from headwater.settings import Settings
from headwater.store.graphs import GraphSummary, GraphTarget
from headwater.store.tables import now

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]


@dataclass
class WarmModel:
    model: LanguageModel
    fingerprint: str
    sets: dict[str, tuple[str, DictionarySet]] = field(default_factory=dict)
    """Dictionaries by set id, each with its fingerprint."""


class WarmModels:
    """Models in memory, the least recently used let go first. Reloaded when their files change."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._models: OrderedDict[str, WarmModel] = OrderedDict()
        self._hooked: tuple[str, str, Network] | None = None
        self._loading = threading.RLock()

    @property
    def names(self) -> list[str]:
        return list(self._models)

    def model(self, name: str) -> LanguageModel:
        with self._loading:
            return self._warm(name).model

    def network(self, name: str) -> tuple[ModelEntry, Network]:
        """The model as equations, for methods over tasks. Those in TransformerLens form are nothing else."""
        with self._loading:
            entry = find_model(self.settings, name, paths=False)
            if entry.architecture != HOOKED:
                model = self._warm(name).model
                return model.entry, model.network
            fingerprint = entry.fingerprint()
            if self._hooked is None or self._hooked[:2] != (name, fingerprint):
                self._hooked = name, fingerprint, load_network(entry, self.settings.device)
            return entry, self._hooked[2]

    def tokenizer(self, name: str) -> Tokenizer | None:
        """None for a model that reads token ids only."""
        entry = find_model(self.settings, name, paths=False)
        return None if entry.architecture == HOOKED else self.model(name).tokenizer

    def dictionaries(self, name: str, wanted: str | None) -> DictionarySet:
        with self._loading:
            warm = self._warm(name)
            set_entry = warm.model.entry.dictionary_set(wanted)
            fingerprint = warm.model.entry.set_fingerprint(set_entry)
            held = warm.sets.get(set_entry.id)
            if held is None or held[0] != fingerprint:
                held = fingerprint, load_set(warm.model.entry, set_entry, self.settings.device)
                warm.sets[set_entry.id] = held
            return held[1]

    def _warm(self, name: str) -> WarmModel:
        entry = find_model(self.settings, name, paths=False)
        fingerprint = entry.fingerprint()
        warm = self._models.pop(name, None)
        if warm is None or warm.fingerprint != fingerprint:
            while len(self._models) >= self.settings.models_in_memory:
                self._models.popitem(last=False)
            warm = WarmModel(load_model(entry, self.settings.device), fingerprint)
        self._models[name] = warm
        return warm


@torch.no_grad()
def warm_up(models: WarmModels, name: str) -> None:
    """Loads the model and pays what every first call pays (kernels; Arrow importing pandas)."""
    model = models.model(name)
    model.logits([model.tokenizer.bos_id] * 2)
    pyarrow.array([0.0])
    if model.entry.dictionary_sets:
        models.dictionaries(name, None)


@torch.no_grad()
def trace_graph(models: WarmModels, request: TraceRequest, progress: Progress, cancelled: Cancelled) -> Graph:
    progress("loading the model", 0, 0)
    model = models.model(request.model)
    dictionaries = models.dictionaries(request.model, request.dictionaries)
    if fingerprints(model.entry, request.dictionaries) != (
        request.model_fingerprint,
        request.dictionary_fingerprint,
    ):
        raise InvalidModelFiles(
            f"The files of {request.model} changed after this trace was asked for. Trace the prompt again."
        )
    checked = CheckedProgress(models.settings, progress)
    graph = trace(
        model, dictionaries, list(request.token_ids), request.method, progress=checked, cancelled=cancelled
    )
    return replace(graph, provenance={**graph.provenance, "prompt": request.prompt, "engine": request.engine})


def summarise(request: TraceRequest, graph: Graph) -> GraphSummary:
    scores, ids = graph.scores, format_ids(graph.nodes)
    targets = zip(
        graph.target_labels, graph.target_weights.tolist(), graph.target_nodes.tolist(), strict=True
    )
    return GraphSummary(
        id=request.graph_id,
        status="done",
        model=request.model,
        dictionaries=request.dictionaries,
        prompt=request.prompt,
        tokens=list(request.tokens),
        token_ids=list(request.token_ids),
        targets=[
            GraphTarget(label=label, probability=weight, node=ids[node]) for label, weight, node in targets
        ],
        method=request.method_json,
        created_at=now(),
        n_nodes=len(graph.nodes),
        n_edges=len(graph.edges),
        n_features=int((graph.nodes.kind == FEATURE).sum()),
        replacement_score=scores.replacement,
        completeness_score=scores.completeness,
        completeness_score_leaf_free=scores.completeness_leaf_free,
        provenance=graph.provenance,
    )


def encode(summary: GraphSummary, graph: Graph) -> tuple[bytes, bytes]:
    """The raw graph and its default view, compressed as they are stored and sent."""
    pack = zstandard.ZstdCompressor(level=3)
    view = encode_view(summary.model_dump(mode="json"), graph.prune())
    return pack.compress(encode_graph(graph)), pack.compress(view)


@torch.no_grad()
def next_tokens(models: WarmModels, name: str, token_ids: list[int], count: int) -> list[dict[str, Any]]:
    model = models.model(name)
    logits = model.logits(token_ids)[-1].detach().float()
    top = torch.topk(logits, min(count, len(logits)))
    probabilities = torch.softmax(logits, -1)[top.indices]
    texts = model.tokenizer.tokens(top.indices.tolist())
    columns = top.indices.tolist(), texts, probabilities.tolist(), top.values.tolist()
    names = ("id", "text", "probability", "logit")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@torch.no_grad()
def run_intervention(
    models: WarmModels,
    name: str,
    dictionaries: str,
    token_ids: list[int],
    plan: dict[str, Any],
    targets: list[int],
    traced_with: list[str],
) -> dict[str, Any]:
    """`traced_with`: fingerprints of the graph's model and dictionaries. With other weights the answer
    would be about another model than the graph, and is remembered for good."""
    model = models.model(name)
    checked = InterventionPlan.model_validate(plan)
    held = models.dictionaries(name, dictionaries)
    if [*fingerprints(model.entry, dictionaries)] != traced_with:
        raise InvalidModelFiles(
            f"The files of {name} changed after this graph was traced, so the graph is of another model. "
            "Trace the prompt again and change the features of the new graph."
        )
    result = intervene(model, held, token_ids, checked, targets=targets)
    return result.model_dump(mode="json")


__all__ = [
    "MEDIA_TYPE",
    "WarmModels",
    "encode",
    "next_tokens",
    "run_intervention",
    "summarise",
    "trace_graph",
]
