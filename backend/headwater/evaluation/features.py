"""How faithful a circuit of dictionary features is, over its size, beside baselines and random.

A circuit is run by rebuilding every site's value from its nodes: features and error terms of the circuit as
they are in the running pass, everything else at its ablation value (Marks et al. 2024, arXiv 2403.19647,
section 4). All nodes in give the model back, none in the empty circuit. All sizes of all rankings, and
everything outside them, run as copies of one batch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.circuit_methods import FeatureMetric, Metric
from headwater.attribution.sparse.passes import FINAL, Explained, Run, copies_per_pass, run
from headwater.attribution.sparse.sites import Site, metric_site, sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import InvalidSetting, JobCancelled
from headwater.evaluation import scores, stability
from headwater.evaluation.features_ablation import Ablated, Ablations, site_read
from headwater.evaluation.features_baselines import node_baselines
from headwater.evaluation.recorded import recorded_metric, recorded_positions
from headwater.evaluation.settings import (
    Curve,
    CurvePoint,
    EvaluationResult,
    EvaluationSettings,
    Quantiles,
    Stability,
)
from headwater.graph.circuit import SITES, Circuit
from headwater.graph.graph import ERROR, FEATURE, LOGIT
from headwater.lm.batch import Batch, Positions, batches
from headwater.lm.network import Network
from headwater.lm.sites import ATTN_Z, RESID_PRE
from headwater.tasks.task import TokenTask

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]

SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""Node counts of the default sweep, as far as nodes are listed."""

NEVER: Final = 1 << 30
"""Rank of a node that no circuit holds."""

Order = Literal["absolute", "signed"]

Ranks = dict[str, NDArray[np.int32]]
"""Site name -> [bin node]: a node's place in a ranking, best first; the error term behind the features."""


@dataclass(frozen=True)
class Kept:
    """One circuit: the nodes of `ranking` with a rank below `count`, or all others where it is
    `inverted`."""

    ranking: int
    count: int
    inverted: bool


@dataclass(frozen=True)
class FeatureRuns:
    """[circuit example]; `clean` [example] is the model's metric, `largest` the largest number that
    metrics of its batch are read from. NaN where a number does not exist."""

    clean: NDArray[np.float64]
    metric: NDArray[np.float64]
    hard: NDArray[np.float64]
    kl: NDArray[np.float64]
    largest: NDArray[np.float64]


def evaluate_features(
    network: Network,
    dictionaries: Mapping[str, DictionarySet],
    task: TokenTask,
    circuit: Circuit,
    settings: EvaluationSettings | None = None,
    *,
    train: TokenTask | None = None,
    against: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> EvaluationResult:
    """Curves of `circuit` and of the baselines asked for, on the examples of `task`.

    `train`: the examples that baselines are computed on, those the circuit was found on; `task` by default.
    `against`: what to call `task` when it is not the circuit's own. Forward passes only, two a size and
    ranking."""
    settings = settings or EvaluationSettings()
    metric = recorded_metric(circuit)
    sites = sites_of(network, dictionaries, metric)
    positions = _check(circuit, network, sites, task)
    read_from = metric_site(dictionaries, metric) if isinstance(metric, FeatureMetric) else None
    evaluation = _Evaluation(network, sites, task, settings, metric, read_from, positions, len(circuit.bins))
    own = circuit_scores(circuit, sites, with_errors=settings.errors == "circuit")
    # Layers below the start are free: their nodes are in no circuit and in no count.
    own = {site.name: own[site.name] for site in evaluation.sites}
    rankings: dict[tuple[str, Order], Ranks] = {
        ("circuit", "absolute"): _ranks(own, absolute=True),
        ("circuit", "signed"): _ranks(own, absolute=False),
    }
    listed = sum(int((values != 0).sum()) for values in own.values())
    baselines = node_baselines(
        network,
        evaluation.sites,
        train or task,
        metric,
        read_from,
        positions,
        len(circuit.bins),
        settings.baselines,
        settings.seed,
    )
    for baseline in settings.baselines:
        found = baselines[baseline]
        if settings.errors != "circuit":
            for values in found.values():
                values[:, -1] = 0
        rankings[baseline, "absolute"] = _ranks(found, absolute=True)
    sizes = _sizes(settings, listed)
    circuits = [Kept(0, 0, False)]
    for ranking in range(len(rankings)):
        circuits += [Kept(ranking, size, inverted) for size in sizes for inverted in (False, True)]
    runs = evaluation.run(list(rankings.values()), circuits, progress, cancelled)
    row_of = {kept: row for row, kept in enumerate(circuits)}
    possible = _possible(evaluation.sites, len(circuit.bins), settings.errors)
    scores.check_finite(runs.clean, runs.metric, runs.largest)
    noise = scores.rounding_noise(float(runs.largest.max()), task)
    curves = []
    for number, (name, order) in enumerate(rankings):
        points = tuple(
            _point(
                runs,
                noise,
                size,
                possible,
                row_of[Kept(number, size, False)],
                row_of[Kept(number, size, True)],
            )
            for size in sizes
        )
        curves.append(Curve(name=name, ranking=order, points=points, cpr=None, cmd=None))
    resampled: tuple[Stability, ...] = ()
    n_nodes = int((circuit.nodes.kind != LOGIT).sum())
    if settings.n_resamples and circuit.examples is not None and n_nodes:
        size = max(1, scores.edge_count(settings.stability_size, n_nodes))
        resampled = (stability.node_stability(circuit, size, settings.n_resamples, settings.seed),)
    return EvaluationResult(
        settings=settings,
        level="features",
        model=circuit.model,
        task=circuit.task,
        method=circuit.method,
        n_examples=len(task.examples),
        n_items=possible,
        clean=float(runs.clean.mean()),
        empty=float(runs.metric[0].mean()),
        curves=tuple(curves),
        stability=resampled,
        notes=(*_notes(settings, listed, possible), *scores.nothing_to_recover(curves)),
        against=against,
    )


# ---- rankings ------------------------------------------------------------------------------------------


def circuit_scores(
    circuit: Circuit, sites: Sequence[Site], *, with_errors: bool = True
) -> dict[str, NDArray[np.float64]]:
    """Site name -> [bin node]: every node's effect, 0 where it is not listed; the error term last."""
    n, by_place = circuit.nodes, {(site.code, site.layer): site for site in sites}
    found = {site.name: np.zeros((len(circuit.bins), site.n_features + 1)) for site in sites}
    columns = (n.kind, n.site, n.layer, n.position, n.index, n.effect)
    for kind, code, layer, bin, index, effect in zip(*(column.tolist() for column in columns), strict=True):
        if kind not in (FEATURE, ERROR) or (kind == ERROR and not with_errors):
            continue
        site = by_place.get((code, layer))
        if site is None:
            raise InvalidSetting(
                f"The circuit has nodes at {SITES[code]} of layer {layer}, and no dictionary was given for "
                "them. Evaluate it with the dictionaries it was found with."
            )
        if kind == FEATURE:
            site.dictionary.check_feature(index)
        found[site.name][bin, index if kind == FEATURE else site.n_features] = effect
    return found


def _ranks(values: Mapping[str, NDArray[np.float64]], *, absolute: bool) -> Ranks:
    """Nodes without a score are in no circuit. Signed: what supports the behaviour first, what opposes it
    last."""
    flat = np.concatenate([one.reshape(-1) for one in values.values()])
    order = np.argsort(-np.abs(flat) if absolute else -flat, kind="stable")
    order = order[flat[order] != 0]
    rank = np.full(len(flat), NEVER, np.int32)
    rank[order] = np.arange(len(order))
    bounds = np.cumsum([0, *(one.size for one in values.values())])
    return {
        name: rank[start:end].reshape(one.shape)
        for (name, one), start, end in zip(values.items(), bounds[:-1], bounds[1:], strict=True)
    }


def _sizes(settings: EvaluationSettings, listed: int) -> tuple[int, ...]:
    if settings.sizes is None:
        return tuple(sorted({listed, *(size for size in SIZES if size < listed)}))
    wrong = [size for size in settings.sizes if size != int(size)]
    if wrong:
        raise InvalidSetting(
            f"A circuit size of {wrong[0]:g} was asked for; sizes of feature circuits are numbers of nodes, "
            "for example 100."
        )
    return tuple(int(size) for size in settings.sizes)


def _possible(sites: Sequence[Site], n_bins: int, errors: str) -> int:
    return n_bins * sum(site.n_features + (errors == "circuit") for site in sites)


# ---- running circuits ----------------------------------------------------------------------------------


class _Evaluation:
    def __init__(
        self,
        network: Network,
        sites: Sequence[Site],
        task: TokenTask,
        settings: EvaluationSettings,
        metric: Metric,
        metric_site: Site | None,
        positions: Positions,
        n_bins: int,
    ) -> None:
        self.network, self.task, self.settings, self.metric = network, task, settings, metric
        self.metric_site, self.positions = metric_site, positions
        self.sites = [
            site for site in sites if site.layer >= settings.start_layer or settings.start_layer == 0
        ]
        if not self.sites:
            raise InvalidSetting(
                f"No dictionary lies at or above layer {settings.start_layer}, so nothing would be ablated. "
                "Choose a lower start layer."
            )
        self.ablations = Ablations(network, self.sites, task, settings.ablation, positions, settings.seed)

    def run(
        self,
        rankings: Sequence[Ranks],
        circuits: Sequence[Kept],
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> FeatureRuns:
        n, done = len(self.task.examples), 0
        metric, hard, kl = (np.full((len(circuits), n), np.nan) for _ in range(3))
        runs = FeatureRuns(np.zeros(n), metric, hard, kl, largest=np.zeros(n))
        with torch.no_grad():
            for batch in self._batches():
                if cancelled and cancelled():
                    raise JobCancelled("The evaluation was cancelled.")
                if progress:
                    progress("circuits", done, n)
                self._batch(batch, rankings, circuits, runs)
                done += len(batch.clean)
        if progress:
            progress("circuits", n, n)
        return runs

    def _batches(self) -> list[Batch]:
        widest = max(site.n_features for site in self.sites)
        rows = max(1, copies_per_pass(self.network, 1, max(self.task.lengths) + widest // 64) // 4)
        return batches(
            self.task, rows, self.network.device, positions=self.positions, pad=self.network.causal
        )

    def _batch(
        self, batch: Batch, rankings: Sequence[Ranks], circuits: Sequence[Kept], runs: FeatureRuns
    ) -> None:
        clean = run(self.network, batch.clean, batch.lengths)
        explained = Explained(self.network, batch, self.metric, clean, self.metric_site)
        rows = batch.examples.cpu().numpy()
        end = explained.clean_end()
        runs.clean[rows] = explained.of_end(end).double().cpu().numpy()
        values = self.ablations.of(batch)
        widest = max(site.n_features for site in self.sites)
        floats = batch.clean.numel() * (4 * widest + 8 * self.network.d_model)
        at_once = max(1, (1 << 24 if self.network.device.type == "cpu" else 1 << 28) // floats)
        logits = None if self.metric_site else explained.logits(end)
        runs.largest[rows] = np.abs(runs.clean[rows]).max() if logits is None else float(logits.abs().max())
        model = None if logits is None else logits.log_softmax(-1)
        # Circuits of one ranking run together: they share its ranks.
        for ranking, ranks in enumerate(rankings):
            mine = [row for row, kept in enumerate(circuits) if kept.ranking == ranking]
            at = _ranks_at(ranks, batch, self.sites)
            for first in range(0, len(mine), at_once):
                some = mine[first : first + at_once]
                found = self._run_circuits(
                    batch, clean, explained, values, at, [circuits[row] for row in some]
                )
                metric = explained.of_end(found).view(len(some), -1)
                where = np.ix_(np.array(some), rows)
                runs.metric[where] = metric.double().cpu().numpy()
                if model is not None:
                    hard, kl = _agreement(explained, found, model, len(some), len(rows))
                    runs.hard[where], runs.kl[where] = hard.cpu().numpy(), kl.cpu().numpy()

    def _run_circuits(
        self,
        batch: Batch,
        clean: Run,
        explained: Explained,
        values: Mapping[str, Ablated],
        ranks: Mapping[str, Int[Tensor, "batch pos node"]],
        circuits: Sequence[Kept],
    ) -> Float[Tensor, "copies pos d"]:
        """The activation that the metric reads, of every circuit."""
        network, copies = self.network, len(circuits)
        device = network.device
        count = torch.tensor([kept.count for kept in circuits], device=device).view(-1, 1, 1, 1)
        inverted = torch.tensor([kept.inverted for kept in circuits], device=device).view(-1, 1, 1, 1)
        by_write = {(site.write, site.layer): site for site in self.sites}
        seen: dict[tuple[str, int], Tensor] = {}
        place, layer_of_end = explained.end

        def splice(place_: str, layer: int, value: Tensor) -> Tensor:
            flat = value.flatten(2) if place_ == ATTN_Z else value
            seen[place_, layer] = flat
            site = by_write.get((place_, layer))
            if site is None:
                return value
            kept = (ranks[site.name] < count) ^ inverted
            new = self._rebuilt(site, flat, site_read(network, site, seen), values[site.name], kept)
            seen[place_, layer] = new
            return new.view(value.shape)

        start = self.settings.start_layer
        resid = clean.at(RESID_PRE, start).repeat(copies, 1, 1) if 0 < start < network.n_layers else None
        stop = network.n_layers if place == FINAL else layer_of_end + 1
        final = network.forward(
            batch.clean.repeat(copies, 1),
            batch.lengths.repeat(copies),
            splice,
            start=start if resid is not None else 0,
            resid=resid,
            stop=stop,
        )
        return final if self.metric_site is None else site_read(network, self.metric_site, seen)

    def _rebuilt(
        self,
        site: Site,
        value: Float[Tensor, "copies pos d"],
        read: Float[Tensor, "copies pos d_in"],
        ablated: Ablated,
        kept: Bool[Tensor, "copy batch pos node"],
    ) -> Float[Tensor, "copies pos d"]:
        """Kept nodes as they are in this pass, the others ablated. `kept` holds the error term last."""
        copies, dictionary = len(kept), site.dictionary
        acts = site.encode(read)
        error = value - acts @ dictionary.W_dec - dictionary.b_dec
        features = torch.where(kept[..., :-1].flatten(0, 1), acts, ablated.features.repeat(copies, 1, 1))
        keep_error = kept[..., -1:].flatten(0, 1)
        if self.settings.errors != "circuit":
            keep_error = torch.full_like(keep_error, self.settings.errors == "keep")
        errors = torch.where(keep_error, error, ablated.error.repeat(copies, 1, 1))
        return features @ dictionary.W_dec + dictionary.b_dec + errors


def _ranks_at(ranks: Ranks, batch: Batch, sites: Sequence[Site]) -> dict[str, Int[Tensor, "batch pos node"]]:
    """Every position's ranks: those of its bin."""
    found = {}
    for site in sites:
        table = torch.from_numpy(ranks[site.name]).to(batch.bins.device)
        found[site.name] = table[batch.bins.clamp(min=0)]
    return found


def _agreement(
    explained: Explained,
    end: Float[Tensor, "copies pos d"],
    model: Float[Tensor, "place vocab"],
    copies: int,
    rows: int,
) -> tuple[Float[Tensor, "copy batch"], Float[Tensor, "copy batch"]]:
    """(does the circuit's top token agree with the model's?, KL(model || circuit)), means over answers'
    places."""
    found = explained.logits(end).log_softmax(-1).view(copies, *model.shape)
    hard = (found.argmax(-1) == model.argmax(-1)).double()
    kl = (model.exp() * (model - found)).sum(-1).double()
    row = explained.place_rows(1)
    number = torch.zeros(rows, dtype=torch.float64, device=row.device).index_add_(
        0, row, torch.ones_like(hard[0])
    )
    zeros = hard.new_zeros(copies, rows)
    return zeros.index_add(1, row, hard) / number, zeros.index_add(1, row, kl) / number


def _point(
    runs: FeatureRuns, noise: NDArray[np.float64], size: int, possible: int, inside: int, outside: int
) -> CurvePoint:
    clean, empty, metric = (float(one.mean()) for one in (runs.clean, runs.metric[0], runs.metric[inside]))
    by_example = scores.faithfulness_by_example(runs.metric[inside], runs.clean, runs.metric[0], noise)
    spread, mean_noise = scores.spread(by_example), float(noise.mean())
    return CurvePoint(
        size=size,
        asked=size,
        fraction=size / possible,
        metric=metric,
        faithfulness=_number(scores.faithfulness(metric, clean, empty, mean_noise)),
        completeness=_number(
            scores.faithfulness(float(runs.metric[outside].mean()), clean, empty, mean_noise)
        ),
        soft=_number(metric / clean) if abs(clean) > mean_noise else None,
        hard=_number(float(runs.hard[inside].mean())),
        kl=_number(float(runs.kl[inside].mean())),
        quantiles=None if spread is None else Quantiles(**vars(spread)),
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


# ---- what is asked -------------------------------------------------------------------------------------


def _check(circuit: Circuit, network: Network, sites: Sequence[Site], task: TokenTask) -> Positions:
    if circuit.level != "features":
        raise InvalidSetting("This circuit is made of heads and MLPs; evaluate it without dictionaries.")
    if circuit.n_layers != network.n_layers:
        raise InvalidSetting(
            f"The circuit belongs to a model with {circuit.n_layers} layers; this one has "
            f"{network.n_layers}. Choose the model it was found in."
        )
    positions = recorded_positions(circuit)
    if positions == "separate" and max(task.lengths) > len(circuit.bins):
        raise InvalidSetting(
            f"The circuit has {len(circuit.bins)} positions and an example of {task.name!r} is "
            f"{max(task.lengths)} tokens long. Evaluate it on examples of its own length."
        )
    if positions == "spans" and task.span_names != circuit.bins:
        raise InvalidSetting(
            f"The circuit's spans are {', '.join(circuit.bins)}; those of {task.name!r} are "
            f"{', '.join(task.span_names or ('none',))}. Evaluate it on a task with the same spans."
        )
    return positions


def _notes(settings: EvaluationSettings, listed: int, possible: int) -> tuple[str, ...]:
    notes = [f"{listed} of {possible} nodes have a score; the others are in no circuit."]
    if settings.ablation in ("mean", "mean_position"):
        notes.append(
            "Means are over the evaluation examples' patch prompts (clean ones where there are none)."
        )
    if settings.ablation == "zero":
        notes.append("The start token is left as it is.")
    if settings.start_layer:
        notes.append(
            f"Layers below {settings.start_layer} are left as they are, in the empty circuit as well."
        )
    if settings.errors != "circuit":
        notes.append(f"Error terms are always {'kept' if settings.errors == 'keep' else 'ablated'}.")
    notes.append("CPR and CMD belong to shares of edges and are not given for numbers of nodes.")
    return tuple(notes)
