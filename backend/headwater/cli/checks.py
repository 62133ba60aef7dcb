"""Self-checks of a model and its dictionaries: each a figure, a limit and a verdict.

Laws that hold exactly up to single-precision rounding when everything fits together
(METHODS.md 16.3), and quality figures of dictionaries on text (EVALUATION.md 6). Needs torch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from headwater.attribution.linear import trace
from headwater.attribution.methods import LinearTracing
from headwater.cli.sample import SAMPLE
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.load import load_set
from headwater.dictionaries.sites import START_POSITIONS
from headwater.errors import HeadwaterError, InvalidPrompt
from headwater.graph.graph import EMBEDDING, ERROR, LOGIT, Graph
from headwater.interventions.plan import FeatureIntervention, InterventionPlan
from headwater.interventions.run import intervene
from headwater.lm.edits import chain, edit_site
from headwater.lm.model import Edit, LanguageModel, load_model
from headwater.lm.registry import ModelEntry
from headwater.lm.sites import hook_name

Progress = Callable[[str, int, int], None]

LOGIT_LIMIT: Final = 1e-4
"""Of the largest logit: what two single-precision passes may differ by."""
ROW_LIMIT: Final = 1e-5
ROWS: Final = 4
ROW_TOKENS: Final = 128


@dataclass(frozen=True)
class Check:
    """`figure` was measured; `limit` says in words what it has to be."""

    name: str
    what: str
    figure: float | str
    limit: str
    passed: bool

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "verdict": "ok" if self.passed else "FAILED"}

    def as_row(self) -> list[str]:
        figure = self.figure if isinstance(self.figure, str) else f"{self.figure:.3g}"
        return [self.name, self.what, figure, self.limit, "ok" if self.passed else "FAILED"]


def below(name: str, what: str, figure: float, limit: float) -> Check:
    return Check(name, what, figure, f"< {limit:.3g}", bool(figure < limit))


def failure(name: str, what: str, error: HeadwaterError) -> Check:
    return Check(name, what, error.detail, "loads", passed=False)


def model_checks(entry: ModelEntry, device: str, progress: Progress) -> list[Check]:
    """The laws that linear tracing rests on, on one prompt with the default transcoders."""
    progress("loading the model", 0, 0)
    checks = [_fingerprint(entry.name, entry.fingerprint())]
    try:
        model = load_model(entry, device)
        dictionaries = load_set(entry, device=device)
    except HeadwaterError as error:
        return [*checks, failure(entry.name, "model and dictionaries", error)]
    ids = sample_prompt(model)
    checks += [
        _fingerprint(dictionaries.id, dictionaries.fingerprint),
        splice_identity(model, dictionaries, ids),
    ]
    if dictionaries.kind == "transcoder":
        graph = trace(model, dictionaries, ids, LinearTracing(), progress=progress)
        checks += [row_completeness(graph), influence_sum(graph), direct_law(model, dictionaries, ids, graph)]
    return checks


def dictionary_checks(entry: ModelEntry, device: str, text: Path | None, progress: Progress) -> list[Check]:
    """Every set: splice identity, cross-entropy with all of it spliced in; every dictionary: FVU and L0."""
    progress("loading the model", 0, 0)
    checks = [_fingerprint(entry.name, entry.fingerprint())]
    try:
        model = load_model(entry, device)
    except HeadwaterError as error:
        return [*checks, failure(entry.name, "model", error)]
    rows = _rows(model, text)
    for done, set_entry in enumerate(entry.dictionary_sets):
        progress(set_entry.id, done, len(entry.dictionary_sets))
        try:
            dictionaries = load_set(entry, set_entry, device)
        except HeadwaterError as error:
            checks.append(failure(set_entry.id, "dictionaries", error))
            continue
        checks += [
            _fingerprint(dictionaries.id, dictionaries.fingerprint),
            splice_identity(model, dictionaries, rows[0]),
            spliced_loss(model, dictionaries, rows),
            *quality(model, dictionaries, rows),
        ]
    return checks


@torch.no_grad()
def splice_identity(model: LanguageModel, dictionaries: DictionarySet, ids: Sequence[int]) -> Check:
    """Reconstruction of the running pass + error of the clean pass, at every site: the same logits."""
    sites = {hook_name(d.layer, site) for d in dictionaries.layers for site in (d.site_in, d.site_out)}
    clean, seen = model.run(ids, read=sites)
    errors = {}
    for d in dictionaries.layers:
        x, y = (seen[hook_name(d.layer, site)].flatten(1) for site in (d.site_in, d.site_out))
        errors[d.layer] = y - d.decode(d.encode(x), x)
    edits = [edit for d in dictionaries.layers for edit in _splice(d, _adding(errors[d.layer]))]
    spliced, _ = model.run(ids, edits=chain(edits))
    largest = max(1.0, clean.abs().max().item())
    figure = (spliced - clean).abs().max().item() / largest
    return below(dictionaries.id, "splice identity (of the largest logit)", figure, LOGIT_LIMIT)


@torch.no_grad()
def spliced_loss(model: LanguageModel, dictionaries: DictionarySet, rows: Sequence[Sequence[int]]) -> Check:
    """Cross-entropy in nats a token, with all dictionaries of the set in place of what they read."""

    def keep_start(y: Tensor, reconstruction: Tensor) -> Tensor:
        return torch.cat([y[:START_POSITIONS], reconstruction[START_POSITIONS:]])

    edits = chain([edit for d in dictionaries.layers for edit in _splice(d, keep_start)])
    clean = float(np.mean([_loss(model, row, None) for row in rows]))
    spliced = float(np.mean([_loss(model, row, edits) for row in rows]))
    limit = float(np.log(model.d_vocab))
    told = f"cross-entropy with all spliced in ({clean:.3f} without)"
    return below(dictionaries.id, told, spliced, limit)


@torch.no_grad()
def quality(model: LanguageModel, dictionaries: DictionarySet, rows: Sequence[Sequence[int]]) -> list[Check]:
    """FVU = SSE / SST with the mean per dimension; L0 = active features a token. Start token left out."""
    columns: dict[int, list[tuple[Tensor, Tensor]]] = {d.layer: [] for d in dictionaries.layers}
    sites = {hook_name(d.layer, site) for d in dictionaries.layers for site in (d.site_in, d.site_out)}
    for row in rows:
        _, seen = model.run(row, read=sites)
        for d in dictionaries.layers:
            x, y = (seen[hook_name(d.layer, s)].flatten(1)[START_POSITIONS:] for s in (d.site_in, d.site_out))
            columns[d.layer].append((x, y))
    checks = []
    for d in dictionaries.layers:
        x, y = (torch.cat(parts) for parts in zip(*columns[d.layer], strict=True))
        acts = d.encode(x)
        fvu = (y - d.decode(acts, x)).square().sum() / (y - y.mean(0)).square().sum()
        l0 = (acts > 0).sum(1).double().mean().item()
        checks.append(below(d.id, "unexplained variance (FVU)", fvu.item(), 1.0))
        checks.append(
            Check(d.id, "active features a token (L0)", l0, f"0 < L0 < {d.n_features}", 0 < l0 < d.n_features)
        )
    return checks


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


def _fingerprint(name: str, fingerprint: str) -> Check:
    return Check(name, "fingerprint", fingerprint[:16], "matches its dictionaries", passed=True)


def _adding(error: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda _, reconstruction: reconstruction + error


def _splice(dictionary: Dictionary, put: Callable[[Tensor, Tensor], Tensor]) -> list[tuple[str, Edit]]:
    """Replace the site's value y by put(y, reconstruction of the running pass)."""
    read: list[Tensor] = []

    def hold(x: Tensor) -> None:
        read[:] = [x.flatten(1)]

    def replace(y: Tensor) -> Tensor:
        x = y if dictionary.site_in == dictionary.site_out else read[0]
        return put(y, dictionary.decode(dictionary.encode(x), x))

    return [
        (hook_name(dictionary.layer, dictionary.site_in), hold),
        *edit_site(dictionary.layer, dictionary.site_out, replace),
    ]


def _loss(model: LanguageModel, row: Sequence[int], edits: dict[str, Edit] | None) -> float:
    logits, _ = model.run(row, edits=edits)
    following = torch.tensor(list(row[1:]), device=logits.device)
    return float(torch.nn.functional.cross_entropy(logits[:-1].float(), following))


def sample_prompt(model: LanguageModel) -> list[int]:
    offered = [example["prompt"] for example in model.entry.examples if "prompt" in example]
    return model.tokenizer.encode(offered[0] if offered else SAMPLE.split(".")[0])


def _rows(model: LanguageModel, text: Path | None) -> list[list[int]]:
    """Up to ROWS rows of tokens, each with the start token first."""
    if text is None:
        told = SAMPLE
    else:
        try:
            told = text.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidPrompt(
                f"{text} cannot be read as UTF-8 text ({error}). Give another file."
            ) from None
    ids = model.tokenizer.encode(told[:30_000], any_length=True)
    length = min(model.n_ctx, ROW_TOKENS) - 1
    body = [ids[i : i + length] for i in range(1, len(ids), length)]
    return [[ids[0], *part] for part in body[:ROWS] if len(part) > 1]


def _node_of(graph: Graph, layer: int, index: int, position: int) -> int:
    nodes = graph.nodes
    found = (nodes.layer == layer) & (nodes.index == index) & (nodes.position == position)
    return int(np.flatnonzero(found & (nodes.activation > 0))[0])


def _edge(graph: Graph, source: int, target: int) -> float:
    row = graph.flow.row_of[target]
    span = slice(graph.edges.indptr[row], graph.edges.indptr[row + 1])
    return float(graph.edges.weight[span][graph.edges.source[span] == source].sum())
