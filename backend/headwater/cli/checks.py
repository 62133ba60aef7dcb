"""Self-checks of a model and its dictionaries: each a figure, a limit and a verdict.

Laws that hold exactly up to single-precision rounding when everything fits together
(METHODS.md 16.3), and how well dictionaries do on text (`dictionaries/check.py`). Needs torch.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from headwater.attribution.linear import trace
from headwater.attribution.methods import LinearTracing
from headwater.cli.circuit_checks import NAME, NO_DICTIONARIES, attention_laws, component_laws, sample_task
from headwater.cli.feature_checks import WITH_DICTIONARIES, feature_laws, hierarchical_toy
from headwater.cli.known_checks import compiled_program, gpt2_small
from headwater.cli.verdict import Check, below, failure, not_applicable
from headwater.dictionaries.check import SPLICE_TOLERANCE, WEAK_FVU, SetCheck, check_set
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.dictionaries.sample import SAMPLE
from headwater.errors import HeadwaterError, InvalidPrompt, NotEnoughMemory, UnknownDictionary
from headwater.features.table import FeatureTable
from headwater.graph.graph import EMBEDDING, ERROR, LOGIT, Graph
from headwater.interventions.plan import FeatureIntervention, InterventionPlan
from headwater.interventions.run import intervene
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.network import Network, load_network
from headwater.lm.registry import ModelEntry
from headwater.lm.site_sets import site_sets

Progress = Callable[[str, int, int], None]

LOGIT_LIMIT: Final = 1e-4
"""Of the largest logit: what two single-precision passes may differ by."""
ROW_LIMIT: Final = 1e-5
SPLICE: Final = "splice identity (of the largest logit)"
HOOKED: Final = "network against hooked model (of the largest logit)"


def model_checks(entry: ModelEntry, device: str, progress: Progress) -> list[Check]:
    """The files, the laws that linear tracing rests on, and those that circuits rest on."""
    progress("loading the model", 0, 0)
    checks = [_fingerprint(entry.name, entry.fingerprint())]
    checks += [failure(broken.id, "dictionaries", broken.error) for broken in entry.broken_sets]
    if (features := features_check(entry)) is not None:
        checks.append(features)
    try:
        model = load_model(entry, device) if entry.has_tokenizer else None
        network = load_network(entry, device) if model is None else model.network
    except HeadwaterError as error:
        return [*checks, failure(entry.name, "model", error)]
    if model is None:
        checks.append(
            not_applicable(entry.name, HOOKED, "reads token ids only, so it runs as a network alone")
        )
    else:
        checks.append(network_law(model))
    checks += tracing_laws(entry, model, device, progress)
    return [*checks, *circuit_laws(entry, network, model, device, progress)]


def tracing_laws(
    entry: ModelEntry, model: LanguageModel | None, device: str, progress: Progress
) -> Iterator[Check]:
    """On one prompt with the default dictionaries; of transcoders, those of tracing too."""
    if model is None or entry.default_dictionaries is None:
        why = NO_DICTIONARIES if model is not None else "reads token ids only"
        yield not_applicable("trace", "laws of tracing", why)
        return
    try:
        dictionaries = load_set(entry, device=device)
    except HeadwaterError as error:
        yield failure(entry.name, "dictionaries", error)
        return
    measured = check_set(model, dictionaries)
    yield _fingerprint(dictionaries.id, dictionaries.fingerprint)
    yield below(dictionaries.id, SPLICE, measured.splice_error, SPLICE_TOLERANCE)
    yield _worst_fvu(measured)
    if dictionaries.kind == "transcoder" and entry.can_trace:
        ids = sample_prompt(model)
        graph = trace(model, dictionaries, ids, LinearTracing(), progress=progress)
        yield from (
            row_completeness(graph),
            influence_sum(graph),
            direct_law(model, dictionaries, ids, graph),
        )


def circuit_laws(
    entry: ModelEntry, network: Network, model: LanguageModel | None, device: str, progress: Progress
) -> Iterator[Check]:
    """Every self-check of METHODS.md 16.3 that is not of tracing, on a task made from the model itself."""
    task = sample_task(network, None if model is None else model.tokenizer)
    progress("circuits", 0, 0)
    yield from component_laws(network, task)
    sets: dict[str, DictionarySet] = {}
    try:
        sets = {site: load_set(entry, one, device) for site, one in site_sets(entry).items()}
        yield from feature_laws(network, sets, task)
    except UnknownDictionary:
        yield from (not_applicable(NAME, what, NO_DICTIONARIES) for what in WITH_DICTIONARIES)
    except NotEnoughMemory as error:
        yield Check(NAME, "circuits of features", error.detail, "measured", passed=True, warning=True)
    except HeadwaterError as error:
        yield failure(NAME, "circuits of features", error)
    yield from attention_laws(network, sets, task)
    yield hierarchical_toy()
    yield compiled_program()
    yield from gpt2_small(entry, model)


def sets_checked(
    entry: ModelEntry, device: str, text: Path | None, progress: Progress
) -> Iterator[SetCheck | Check]:
    """Every set measured on the text, or why it could not be."""
    for broken in entry.broken_sets:
        yield failure(broken.id, "dictionaries", broken.error)
    texts = None if text is None else [_read(text)]
    try:
        progress("loading the model", 0, 0)
        if not entry.has_tokenizer:
            yield from _checked_without_text(entry, device)
            return
        model = load_model(entry, device)
    except HeadwaterError as error:
        yield failure(entry.name, "model", error)
        return
    yield network_law(model)
    for done, set_entry in enumerate(entry.dictionary_sets):
        progress(set_entry.id, done, len(entry.dictionary_sets))
        try:
            dictionaries = load_set(entry, set_entry, device)
        except HeadwaterError as error:
            yield failure(set_entry.id, "dictionaries", error)
            continue
        yield check_set(model, dictionaries, texts)


def _checked_without_text(entry: ModelEntry, device: str) -> Iterator[Check]:
    """What can be said of a model that reads token ids only: it runs, and its dictionaries load."""
    network = load_network(entry, device)
    ids = torch.arange(min(8, network.n_ctx), device=device) % network.d_vocab
    largest = float(network.forward(ids[None]).abs().max())
    yield Check(entry.name, "largest logit on token ids", largest, "finite", bool(np.isfinite(largest)))
    for set_entry in entry.dictionary_sets:
        try:
            load_set(entry, set_entry, device)
        except HeadwaterError as error:
            yield failure(set_entry.id, "dictionaries", error)
        else:
            told = "loaded; not measured, for the model has no tokenizer to read text with"
            yield Check(set_entry.id, "dictionaries", told, "loads", passed=True, warning=True)


def network_law(model: LanguageModel) -> Check:
    """Circuits rest on `Network`, tracing on the hooked model: the same function twice."""
    ids = sample_prompt(model)[: model.n_ctx]
    logits = model.logits(ids)
    off = model.network.forward(torch.tensor([ids], device=model.device))[0] - logits
    figure = float(off.abs().max() / logits.abs().max())
    return below(model.name, HOOKED, figure, LOGIT_LIMIT)


def figures(found: SetCheck) -> list[Check]:
    """The set's figures one by one, each with its limit. FVU from 1 up says nothing of the model."""
    spliced = f"cross-entropy with all spliced in ({found.ce_clean:.3f} without)"
    checks = [
        below(found.id, SPLICE, found.splice_error, SPLICE_TOLERANCE),
        Check(found.id, spliced, found.ce_all_spliced, "any", passed=True),
    ]
    for one in found.dictionaries:
        checks += [
            below(one.id, SPLICE, one.splice_error, SPLICE_TOLERANCE),
            below(one.id, "unexplained variance (FVU)", one.fvu, 1.0),
            Check(one.id, "active features a token (L0)", one.l0, "> 0", passed=one.l0 > 0),
        ]
    return checks


def features_check(entry: ModelEntry) -> Check | None:
    """The dashboards: do they fit these dictionaries, and were they harvested from them? None without any."""
    if entry.features_path is None:
        return None
    name, what = f"{entry.name} features", "dashboards"
    try:
        table = FeatureTable.open(entry.features_path)
        differ = _unlike(entry, table)
    except HeadwaterError as error:
        return failure(name, what, error)
    if differ:
        return Check(
            name, what, f"made for others: {', '.join(differ)}", "of these dictionaries", passed=False
        )
    told = table.manifest.provenance
    if "sets" not in told:
        unknown = "sizes fit, but features.json names no fingerprints"
        return Check(name, what, unknown, "of these dictionaries", passed=True, warning=True)
    return Check(name, what, f"{len(table.dictionaries)} dictionaries", "of these dictionaries", passed=True)


def _unlike(entry: ModelEntry, table: FeatureTable) -> list[str]:
    """What was harvested from other files than those here: by size, and by fingerprint where it is known."""
    told = table.manifest.provenance
    harvested: dict[str, str] = told.get("sets", {})
    widths = {f"{one.id}.{file.layer}": file.width for one in entry.dictionary_sets for file in one.files}
    wrong = [id for id in table.dictionaries if widths.get(id, 0) != table.n_features(id)]
    wrong += [
        one.id
        for one in entry.dictionary_sets
        if harvested.get(one.id) not in (None, entry.set_fingerprint(one))
    ]
    return wrong + [entry.name] * (told.get("model_fingerprint") not in (None, entry.fingerprint()))


def row_completeness(graph: Graph) -> Check:
    """value - sum of the row, over the sum of absolute inputs: nothing is missing from any row."""
    rows = graph.flow
    total = np.add.reduceat(np.abs(graph.edges.weight), graph.edges.indptr[:-1], dtype=np.float64)
    figure = float((np.abs(graph.edges.value - rows.row_sum) / np.maximum(total, 1e-30)).max())
    return below("trace", "row completeness, worst row", figure, ROW_LIMIT)


def influence_sum(graph: Graph) -> Check:
    """All influence ends in embeddings and errors, so theirs sums to the targets' weights."""
    sinks = graph.flow.influence[np.isin(graph.nodes.kind, (EMBEDDING, ERROR))].sum()
    weight = float(graph.target_weights.sum())
    return below("trace", "influence that does not reach the bottom", abs(sinks - weight) / weight, ROW_LIMIT)


def direct_law(model: LanguageModel, dictionaries: DictionarySet, ids: Sequence[int], graph: Graph) -> Check:
    """Features switched off one by one, all else held: every logit falls by exactly its edge."""
    logits = graph.target_nodes[graph.nodes.kind[graph.target_nodes] == LOGIT]
    tokens = graph.nodes.index[logits].tolist()
    worst, largest = 0.0, 1.0
    for feature in graph.features[:3]:
        plan = InterventionPlan(
            interventions=[
                FeatureIntervention(layer=feature.layer, index=feature.index, positions=[feature.position])
            ],
            mode="direct",
        )
        changes = {c.id: c for c in intervene(model, dictionaries, ids, plan, targets=tokens).tokens}
        node = _node_of(graph, feature.layer, feature.index, feature.position)
        for logit, token in zip(logits.tolist(), tokens, strict=True):
            worst = max(worst, abs(changes[token].measured_change + _edge(graph, node, logit)))
            largest = max(largest, abs(changes[token].logit_before))
    return below(
        "trace", "direct interventions against edges (of the largest logit)", worst / largest, LOGIT_LIMIT
    )


def _worst_fvu(measured: SetCheck) -> Check:
    """Weak dictionaries break no law, but graphs then show little beside error terms."""
    worst = max(one.fvu for one in measured.dictionaries)
    what = "unexplained variance (FVU), worst layer"
    return Check(measured.id, what, worst, f"< {WEAK_FVU}", passed=True, warning=not worst < WEAK_FVU)


def _fingerprint(name: str, fingerprint: str) -> Check:
    return Check(name, "fingerprint", fingerprint[:16], "as wanted by its files", passed=True)


def sample_prompt(model: LanguageModel) -> list[int]:
    offered = [example["prompt"] for example in model.entry.examples if "prompt" in example]
    return model.tokenizer.encode(offered[0] if offered else SAMPLE[0].split(".")[0])


def _read(text: Path) -> str:
    try:
        return text.read_text(encoding="utf-8")[:30_000]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPrompt(f"{text} cannot be read as UTF-8 text ({error}). Give another file.") from None


def _node_of(graph: Graph, layer: int, index: int, position: int) -> int:
    nodes = graph.nodes
    found = (nodes.layer == layer) & (nodes.index == index) & (nodes.position == position)
    return int(np.flatnonzero(found & (nodes.activation > 0))[0])


def _edge(graph: Graph, source: int, target: int) -> float:
    row = graph.flow.row_of[target]
    span = slice(graph.edges.indptr[row], graph.edges.indptr[row + 1])
    return float(graph.edges.weight[span][graph.edges.source[span] == source].sum())
