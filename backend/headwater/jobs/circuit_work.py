"""Finding a circuit and evaluating it, as the worker does it: shard by shard, so that nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import zstandard
from sqlalchemy.orm import Session

from headwater.attribution.circuit_methods import shard_examples
from headwater.attribution.circuits import find_circuit, identified
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import InvalidModelFiles
from headwater.evaluation.components import evaluate_components
from headwater.evaluation.features import evaluate_features
from headwater.graph.accuracy import accuracy_of
from headwater.graph.circuit import Circuit
from headwater.graph.circuit_codec import decode_circuit, encode_circuit
from headwater.graph.container import MEDIA_TYPE
from headwater.graph.methods_text import methods_text
from headwater.jobs.outcome import Outcome, Running
from headwater.jobs.requests import CircuitRequest, EvaluationRequest, Examples
from headwater.jobs.shards import Shards
from headwater.jobs.tasks import Progress, WarmModels
from headwater.jobs.token_tasks import unpack_task
from headwater.lm.network import Network
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.store import circuits, shards
from headwater.store.circuits import CircuitSummary
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredEvaluation, now
from headwater.tasks.task import TokenTask

MAX_BYTES: Final = 4 * 2**30

_PHASES: Final = {"nodes": "node effects", "edges": "edge weights"}


def find(models: WarmModels, store: Store, job: Running) -> Outcome:
    """The circuit of a request. Shards that an earlier attempt finished are read, not computed."""
    request = CircuitRequest.model_validate(job.request)
    job.report("loading the model", 0, 0)
    entry, network, dictionaries, sets = load(models, request)
    task = read_examples(store, request.train)
    size = shard_examples(request.method, len(task.examples))
    kept = Shards(store, job.lease, request.circuit_id, size)
    found = find_circuit(
        network,
        dictionaries,
        task,
        request.method,
        shard_size=size,
        progress=in_words(job.report),
        cancelled=job.cancelled.is_set,
        load=kept.load,
        save=kept.save,
    )
    job.report("storing", 0, 0)
    circuit = identified(found, entry, sets, _facts(request))
    circuit = replace(circuit, provenance={**circuit.provenance, "engine": request.engine})
    summary = summarise(request, circuit)

    def enter(session: Session, artifacts: list[Artifact]) -> Sequence[str]:
        asked = request.model_dump(mode="json")
        circuits.put_circuit(session, summary, request=asked, raw=artifacts[0])
        return shards.remove_shards(session, request.circuit_id)

    raw = zstandard.ZstdCompressor(level=3).compress(encode_circuit(circuit))
    return Outcome(enter, (raw,), MEDIA_TYPE)


def load(
    models: WarmModels, request: CircuitRequest
) -> tuple[ModelEntry, Network, dict[str, DictionarySet], Mapping[str, DictionarySetEntry]]:
    """Model and dictionaries, if they still are those of the request."""
    entry, network = models.network(request.model)
    sets = {site: entry.dictionary_set(name) for site, name in request.dictionaries.items()}
    prints = {site: entry.set_fingerprint(one) for site, one in sets.items()}
    if (entry.fingerprint(), prints) != (request.model_fingerprint, request.dictionary_fingerprints):
        raise InvalidModelFiles(
            f"The files of {request.model} changed after this circuit was asked for. Find it again."
        )
    dictionaries = {site: models.dictionaries(request.model, one.id) for site, one in sets.items()}
    return entry, network, dictionaries, sets


def read_examples(store: Store, examples: Examples) -> TokenTask:
    return unpack_task(store.blobs.get(examples.sha256, examples.size))


def in_words(report: Progress) -> Progress:
    """`node effects`, 96 of 300."""
    return lambda phase, done, total: report(_PHASES.get(phase, phase), done, total)


def _facts(request: CircuitRequest) -> dict[str, Any]:
    split = {"split": "train"} if request.evaluation else {}
    return {**request.task.model_dump(exclude={"id"}), **split, **request.drawn}


def summarise(request: CircuitRequest, circuit: Circuit) -> CircuitSummary:
    metric_patch = circuit.metric_patch[circuit.metric_patch == circuit.metric_patch]
    return CircuitSummary(
        id=request.circuit_id,
        status="done",
        model=request.model,
        task=request.task,
        method=request.method_json,
        dictionaries=request.dictionaries,
        level=circuit.level,
        bins=list(circuit.bins),
        n_nodes=len(circuit.nodes),
        n_edges=len(circuit.edges),
        metric_clean=float(circuit.metric_clean.mean()),
        metric_patch=float(metric_patch.mean()) if len(metric_patch) else None,
        accuracy=accuracy_of(circuit),
        created_at=now(),
        provenance=circuit.provenance,
        methods_text=methods_text(circuit),
    )


def evaluate(models: WarmModels, store: Store, job: Running) -> Outcome:
    """The curves of a stored circuit, on the examples set aside for it or for `against`."""
    request = EvaluationRequest.model_validate(job.request)
    with store.database.reading() as session:
        row = circuits.get_circuit(session, request.circuit)
        other = circuits.get_circuit(session, request.against) if request.against else row
        raw = session.get_one(Artifact, row.raw_sha256)
    found_by, on = (CircuitRequest.model_validate(one.request) for one in (row, other))
    job.report("loading the model", 0, 0)
    _, network, dictionaries, _ = load(models, found_by)
    circuit = decode_circuit(
        zstandard.ZstdDecompressor().decompress(store.blobs.get(raw.sha256, raw.size), MAX_BYTES)
    )
    told: dict[str, Any] = {
        "train": read_examples(store, found_by.train),
        "against": request.against,
        "progress": job.report,
        "cancelled": job.cancelled.is_set,
    }
    task = read_examples(store, on.held_out)
    if circuit.level == "components":
        result = evaluate_components(network, task, circuit, request.settings, **told)
    else:
        result = evaluate_features(network, dictionaries, task, circuit, request.settings, **told)
    stored = StoredEvaluation(
        id=request.evaluation_id,
        circuit_id=request.circuit,
        against_id=request.against,
        settings=request.settings.model_dump(mode="json"),
        result=result.model_dump(mode="json"),
        created_at=now(),
    )

    def enter(session: Session, _: list[Artifact]) -> Sequence[str]:
        circuits.put_evaluation(session, stored)
        return ()

    return Outcome(enter)
