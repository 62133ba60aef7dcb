"""From what a page asks to what a worker does: task resolved, examples drawn and split, all checked."""

from hashlib import sha256
from typing import Any, NamedTuple

from headwater.api.server import Server
from headwater.api.task_book import ReadTask
from headwater.api.tasks import draw
from headwater.attribution.circuit_methods import FEATURE_METHODS, CircuitMethod, FeatureMetric
from headwater.attribution.task_checks import check_task
from headwater.errors import InvalidSetting, InvalidTarget, WorkerUnavailable
from headwater.jobs.circuit_memory import check_circuit_memory
from headwater.jobs.requests import CircuitRequest, Examples
from headwater.jobs.token_tasks import MEDIA_TYPE, pack_task, unpack_task
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.lm.site_sets import site_sets
from headwater.store.circuits import TaskOfCircuit
from headwater.store.folder import storage_errors
from headwater.store.tables import Artifact
from headwater.tasks.task import TokenTask


class Asked(NamedTuple):
    """A request in canonical form, with the examples that it names by their hash."""

    request: CircuitRequest
    entry: ModelEntry
    sets: dict[str, DictionarySetEntry]
    packed: dict[str, bytes]


def ask(
    server: Server,
    *,
    model: str,
    task: str,
    method: CircuitMethod,
    dictionaries: dict[str, str] | None,
    examples: int | None,
    seed: int,
    evaluation_share: float,
    split_seed: int,
) -> Asked:
    entry = server.catalogue.model(model)
    sets = _sets(entry, method, dictionaries)
    read = server.tasks.read(task)
    use_spans = getattr(method, "positions", "") == "spans"
    drawn = _draw(server, read, entry, (examples, seed, evaluation_share, split_seed), use_spans=use_spans)
    check_task(unpack_task(drawn.packed[drawn.train.sha256]), method)
    request = CircuitRequest(
        model=entry.name,
        task=TaskOfCircuit(
            id=read.summary.id,
            name=read.summary.name,
            title=read.summary.title,
            fingerprint=drawn.train.fingerprint,
            n_examples=drawn.n,
            n_train=drawn.train.n,
            n_evaluation=drawn.evaluation.n if drawn.evaluation else 0,
            n_dropped=drawn.n_dropped,
        ),
        train=drawn.train,
        evaluation=drawn.evaluation,
        method=method,
        dictionaries={site: one.id for site, one in sets.items()},
        model_fingerprint=server.catalogue.fingerprint(entry),
        dictionary_fingerprints={
            site: server.catalogue.set_fingerprint(entry, one) for site, one in sets.items()
        },
        drawn=_drawn(examples, seed, evaluation_share, split_seed),
    )
    return Asked(request, entry, sets, drawn.packed)


class Drawn(NamedTuple):
    """The examples of a request, packed: those the circuit is found on, and those set aside."""

    train: Examples
    evaluation: Examples | None
    n: int
    n_dropped: int
    packed: dict[str, bytes]


def _draw(
    server: Server,
    read: ReadTask,
    entry: ModelEntry,
    how: tuple[int | None, int, float, int],
    *,
    use_spans: bool,
) -> Drawn:
    """Remembered: with 100,000 examples this takes seconds, and ten may ask for the same."""

    def compute() -> tuple[Drawn, int]:
        examples, seed, share, split_seed = how
        found = server.tasks.resolve(read, entry, use_spans=use_spans)
        drawn, numbers = draw(found.task, found.kept, examples, seed)
        number = {id(one): at for one, at in zip(drawn.examples, numbers, strict=True)}
        sides = drawn.split(share, split_seed) if share else (drawn,)
        packed = [pack_task(side, [number[id(one)] for one in side.examples]) for side in sides]
        named = [_named(side, data) for side, data in zip(sides, packed, strict=True)]
        blobs = {one.sha256: data for one, data in zip(named, packed, strict=True)}
        evaluation = named[1] if share else None
        result = Drawn(named[0], evaluation, len(drawn.examples), len(found.dropped), blobs)
        return result, sum(map(len, packed))

    key = (read.key, entry.name, server.catalogue.fingerprint(entry), how, use_spans)
    return server.tasks.remember(key, compute)


def check_can_compute(server: Server, asked: Asked) -> None:
    if not server.settings.worker:
        raise WorkerUnavailable(
            "This server shows stored circuits only (HEADWATER_WORKER=false), and this one is not stored."
        )
    is_warm = asked.entry.name in server.worker.status.models
    check_circuit_memory(server.settings, asked.entry, asked.sets.values(), asked.request, is_warm=is_warm)


def store_examples(server: Server, asked: Asked) -> list[Artifact]:
    """On disk before the job is: rows for the transaction that queues it."""
    with storage_errors(server.settings.data):
        for data in asked.packed.values():
            server.store.blobs.put_if_absent(data)
    return [Artifact(sha256=sha, size=len(data), media_type=MEDIA_TYPE) for sha, data in asked.packed.items()]


def _named(part: TokenTask, data: bytes) -> Examples:
    return Examples(
        sha256=sha256(data).hexdigest(),
        size=len(data),
        fingerprint=part.fingerprint,
        n=len(part.examples),
        longest=max(part.lengths),
    )


def _sets(
    entry: ModelEntry, method: CircuitMethod, wanted: dict[str, str] | None
) -> dict[str, DictionarySetEntry]:
    """The sets of a method on features, by site. Others read none, and say so when they are given any."""
    if method.method not in FEATURE_METHODS:
        if wanted:
            raise InvalidSetting(
                f"{method.method} works on heads and MLPs and reads no dictionaries. Leave them out."
            )
        return {}
    sets = site_sets(entry, wanted)
    metric = getattr(method, "metric", None)
    if isinstance(metric, FeatureMetric):
        _check_feature(sets, metric)
    return sets


def _check_feature(sets: dict[str, DictionarySetEntry], metric: FeatureMetric) -> None:
    found = sets.get(metric.site)
    width = next((file.width for file in found.files if file.layer == metric.layer), 0) if found else 0
    if metric.index >= width:
        has = f"its features are 0 to {width - 1}" if width else "there is no dictionary there"
        raise InvalidTarget(
            f"The metric is feature {metric.index} of {metric.site} in layer {metric.layer}, and {has}."
        )


def _drawn(examples: int | None, seed: int, share: float, split_seed: int) -> dict[str, Any]:
    """What of these settings decided which examples there are."""
    some = {} if examples is None else {"drawn": examples, "draw_seed": seed}
    return {**some, **({"evaluation_share": share, "split_seed": split_seed} if share else {})}
