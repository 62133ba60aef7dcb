"""How faithful a circuit of heads and MLPs is, over its size, beside baselines and random.

Everything outside a circuit is ablated edge by edge (`attribution.components.masked`). Circuits are the
highest scores of a ranking, less nodes without inputs or outputs (Hanna et al. 2024, Mueller et al. 2025);
all sizes of all rankings, and everything outside them, run as one batch.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from headwater.attribution.circuit_methods import (
    ActivationDifference,
    CircuitMethod,
    GradientOnly,
    MetricName,
    RandomScores,
    read_method,
)
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components.computation import EdgeComputation, EdgeMethod
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.masked import MaskedRuns, run_masked
from headwater.attribution.components.pair import universe_of
from headwater.errors import InvalidSetting, JobCancelled
from headwater.evaluation import scores, stability
from headwater.evaluation.recorded import recorded_metric, recorded_positions
from headwater.evaluation.settings import (
    Curve,
    CurvePoint,
    EvaluationResult,
    EvaluationSettings,
    Quantiles,
    Stability,
)
from headwater.graph.circuit import SLOTS, Circuit
from headwater.graph.export.mib import SHAPE_FROM_NAMES
from headwater.graph.graph import LOGIT
from headwater.graph.selecting import greedy as greedy_edges
from headwater.graph.selecting import top_n
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]

MOST_SCORES: Final = 200_000_000
"""Scores of every edge on every example that are held at once for the stability of edges."""


@dataclass(frozen=True)
class Ranking:
    """Signed scores of edges; `source`, `slot` and `bin` say where each runs. Edges that are not listed are
    in no circuit."""

    universe: EdgeUniverse
    source: NDArray[np.int64]
    slot: NDArray[np.int64]
    bin: NDArray[np.int64]
    score: NDArray[np.float64]
    n_bins: int

    @property
    def n_edges(self) -> int:
        """All there are, listed or not: what fractions are of."""
        return self.universe.n_edges * self.n_bins

    def kept(self, count: int, *, absolute: bool, greedy: bool = False) -> NDArray[np.bool_]:
        """[source slot bin]: the circuit of the `count` highest edges, dead ends removed. A node is dead when
        it is so at all positions, because heads carry information from one to the other."""
        universe = self.universe
        select = greedy_edges if greedy else top_n
        wiring = universe.wiring(self.source, self.slot)
        chosen = select(self.score, count, wiring, "magnitude" if absolute else "value")
        mask = np.zeros((universe.n_sources, universe.n_slots, self.n_bins), bool)
        mask[self.source[chosen], self.slot[chosen], self.bin[chosen]] = True
        return mask


def ranking_of(circuit: Circuit, universe: EdgeUniverse) -> Ranking:
    """The circuit's edges by their weights. Edges between positions inside a head are left out: they stay as
    they are in every circuit. Raises InvalidGraphFile when an edge is none of this model's."""
    nodes, edges = circuit.nodes, circuit.edges
    base = [name.partition("@")[0] for name in circuit.names]
    rows = [row for row in range(len(edges)) if base[edges.source[row]] != base[edges.target[row]]]
    names = (
        f"{base[edges.source[row]]}->{base[edges.target[row]]}"
        + (f"<{SLOTS[edges.slot[row]]}>" if edges.slot[row] else "")
        for row in rows
    )
    number = np.array([universe.find_edge(name) for name in names], np.int64)
    order = np.argsort(number, kind="stable")
    number, chosen = number[order], np.array(rows, np.int64)[order]
    return Ranking(
        universe=universe,
        source=universe.edge_source[number],
        slot=universe.edge_slot[number],
        bin=nodes.position[edges.source[chosen]].astype(np.int64),
        score=edges.weight[chosen].astype(np.float64),
        n_bins=len(circuit.bins),
    )


def evaluate_components(
    network: Network,
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

    `train`: the examples that baselines and stability are computed on, those the circuit was found on; `task`
    by default. `against`: what to call `task` when it is not the circuit's own. Exact; forward passes only,
    at most 40 a ranking and example.
    """
    settings = settings or EvaluationSettings()
    _check_circuit(circuit, network, task)
    metric = _metric_of(circuit)
    own = ranking_of(circuit, universe_of(network))
    rankings = {"circuit": own, **_baselines(network, train or task, settings, metric, own.n_bins, cancelled)}
    curves, ends = _curves(network, task, circuit, rankings, settings, metric, progress, cancelled)
    return EvaluationResult(
        settings=settings,
        level="components",
        model=circuit.model,
        task=circuit.task,
        method=circuit.method,
        n_examples=len(task.examples),
        n_items=own.n_edges,
        clean=float(ends.clean.mean()),
        empty=float(ends.metric[0].mean()),
        curves=curves,
        stability=_stability(network, train or task, circuit, settings, cancelled),
        notes=(*_notes(circuit, settings, own), *scores.nothing_to_recover(curves)),
        against=against,
    )


def cross_ablation(
    network: Network,
    tasks: Mapping[str, TokenTask],
    circuits: Mapping[str, Circuit],
    fraction: float,
    settings: EvaluationSettings | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[str, dict[str, CurvePoint]]:
    """Every circuit of this size on every task: circuit name -> task name -> its faithfulness there, and as
    `completeness` what is left of that task when the circuit is taken out."""
    asked = (settings or EvaluationSettings()).model_copy(
        update={"sizes": (fraction,), "baselines": (), "n_resamples": 0}
    )
    found: dict[str, dict[str, CurvePoint]] = {}
    for done, (name, circuit) in enumerate(circuits.items()):
        found[name] = {}
        for column, (other, task) in enumerate(tasks.items()):
            if progress:
                progress(f"{name} on {other}", done * len(tasks) + column, len(circuits) * len(tasks))
            result = evaluate_components(network, task, circuit, asked, cancelled=cancelled)
            found[name][other] = result.curves[0].points[0]
    return found


# ---- curves ----------------------------------------------------------------------------------------------


@dataclass
class _Masks:
    """Circuits to run, each once."""

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        self.rows: list[NDArray[np.bool_]] = []
        self._row_of: dict[bytes, int] = {}

    def add(self, mask: NDArray[np.bool_]) -> int:
        key = np.packbits(mask).tobytes()
        if key not in self._row_of:
            self._row_of[key] = len(self.rows)
            self.rows.append(mask)
        return self._row_of[key]


def _curves(
    network: Network,
    task: TokenTask,
    circuit: Circuit,
    rankings: Mapping[str, Ranking],
    settings: EvaluationSettings,
    metric: MetricName,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> tuple[tuple[Curve, ...], MaskedRuns]:
    """The curves, and runs whose first row is the empty circuit."""
    fractions = settings.sizes or scores.FRACTIONS
    if max(fractions) > 1:
        raise InvalidSetting(
            f"A circuit size of {max(fractions):g} was asked for; sizes of circuits of heads and MLPs are "
            "shares of all edges, between 0 and 1."
        )
    universe, n_bins = universe_of(network), len(circuit.bins)
    everything = np.repeat(universe.exists[:, :, None], n_bins, 2)
    masks = _Masks(everything.shape)
    masks.add(np.zeros_like(everything))
    wanted: list[tuple[str, bool, float, int, int, int, int]] = []
    for name, ranking in rankings.items():
        for absolute in (True, False):
            for fraction in fractions:
                count = scores.edge_count(fraction, ranking.n_edges)
                kept = ranking.kept(count, absolute=absolute, greedy=settings.selection == "greedy")
                kept = np.broadcast_to(kept, everything.shape)
                inside, outside = masks.add(kept), masks.add(everything & ~kept)
                wanted.append((name, absolute, fraction, count, int(kept.sum()), inside, outside))
    runs = run_masked(
        network,
        task,
        np.stack(masks.rows),
        ablation=settings.ablation,
        metric=metric,
        positions=recorded_positions(circuit),
        seed=settings.seed,
        progress=(lambda done, total: progress("circuits", done, total)) if progress else None,
        cancelled=cancelled,
    )
    scores.check_finite(runs.clean, runs.metric, runs.largest)
    noise = scores.rounding_noise(runs.largest, task)
    points: dict[tuple[str, bool], list[CurvePoint]] = {}
    for name, absolute, fraction, count, size, inside, outside in wanted:
        point = _point(runs, noise, fraction, count, size, inside, outside)
        points.setdefault((name, absolute), []).append(point)
    return tuple(_curve(name, absolute, some, fractions) for (name, absolute), some in points.items()), runs


def _point(
    runs: MaskedRuns,
    noise: NDArray[np.float64],
    fraction: float,
    count: int,
    size: int,
    inside: int,
    outside: int,
) -> CurvePoint:
    clean, empty, metric = (float(one.mean()) for one in (runs.clean, runs.metric[0], runs.metric[inside]))
    by_example = scores.faithfulness_by_example(runs.metric[inside], runs.clean, runs.metric[0], noise)
    spread, mean_noise = scores.spread(by_example), float(noise.mean())
    return CurvePoint(
        size=size,
        asked=count,
        fraction=fraction,
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


def _curve(name: str, absolute: bool, points: Sequence[CurvePoint], fractions: Sequence[float]) -> Curve:
    values = [point.faithfulness for point in points]
    known = [value for value in values if value is not None]
    is_mib = tuple(fractions) == scores.FRACTIONS and len(known) == len(values)
    return Curve(
        name=name,
        ranking="absolute" if absolute else "signed",
        points=tuple(points),
        cpr=scores.cpr(fractions, known) if is_mib else None,
        cmd=scores.cmd(fractions, known) if is_mib else None,
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


# ---- what stands beside it -------------------------------------------------------------------------------


def _baselines(
    network: Network,
    task: TokenTask,
    settings: EvaluationSettings,
    metric: MetricName,
    n_bins: int,
    cancelled: Cancelled | None,
) -> dict[str, Ranking]:
    """Rankings of whole edges, over all positions, also where the circuit's are at positions."""
    methods: dict[str, CircuitMethod] = {
        "random": RandomScores(metric=metric, seed=settings.seed),
        "activation": ActivationDifference(metric=metric, aggregate="mean"),
        "gradient": GradientOnly(metric=metric, aggregate="mean"),
    }
    universe = universe_of(network)
    return {
        name: ranking_of(find_circuit(network, {}, task, methods[name], cancelled=cancelled), universe)
        for name in settings.baselines
        if name == "random" or task.is_paired
    }


def _stability(
    network: Network,
    task: TokenTask,
    circuit: Circuit,
    settings: EvaluationSettings,
    cancelled: Cancelled | None,
) -> tuple[Stability, ...]:
    if not settings.n_resamples:
        return ()
    found = []
    n_nodes = int((circuit.nodes.kind != LOGIT).sum())
    if circuit.examples is not None and n_nodes:
        size = max(1, scores.edge_count(settings.stability_size, n_nodes))
        found.append(stability.node_stability(circuit, size, settings.n_resamples, settings.seed))
    method = _edge_method(circuit)
    n_edges = universe_of(network).n_edges
    if method is not None and n_edges * len(task.examples) <= MOST_SCORES:
        table = edge_scores_by_example(network, task, method, cancelled)
        size = max(1, scores.edge_count(settings.stability_size, n_edges))
        names = list(universe_of(network).edge_names)
        found.append(stability.bootstrap(table, names, size, settings.n_resamples, settings.seed))
    return tuple(found)


def edge_scores_by_example(
    network: Network, task: TokenTask, method: EdgeMethod, cancelled: Cancelled | None = None
) -> NDArray[np.float32]:
    """[example edge]: what the method's score is the mean of. As dear as the method itself."""
    computation = EdgeComputation(network, task, method)
    rows = []
    for number in range(len(task.examples)):
        if cancelled and cancelled():
            raise JobCancelled("The evaluation was cancelled.")
        rows.append(computation.shard("edges", task.select([number]), number, {})["scores"])
    return np.stack(rows).astype(np.float32)


def _edge_method(circuit: Circuit) -> EdgeMethod | None:
    """The circuit's own method, where its scores are means over examples."""
    if circuit.provenance.get("imported") or len(circuit.bins) > 1:
        return None
    try:
        method = read_method(circuit.method)
    except ValidationError:  # a method of a later version, or a file edited by hand
        return None
    return method if isinstance(method, EdgeMethod) and not isinstance(method, RandomScores) else None


def _metric_of(circuit: Circuit) -> MetricName:
    metric = recorded_metric(circuit)
    return metric if isinstance(metric, str) else "logit_difference"


def _check_circuit(circuit: Circuit, network: Network, task: TokenTask) -> None:
    if circuit.level != "components":
        raise InvalidSetting("This circuit is made of features; evaluate it with its dictionaries.")
    shape, theirs = (circuit.n_layers, circuit.n_heads), (network.n_layers, network.n_heads)
    at_least = (
        circuit.provenance.get(SHAPE_FROM_NAMES, False) and shape[0] <= theirs[0] and shape[1] <= theirs[1]
    )
    if shape != theirs and not at_least:
        raise InvalidSetting(
            f"The circuit belongs to a model with {circuit.n_layers} layers of {circuit.n_heads} heads; this "
            f"one has {network.n_layers} of {network.n_heads}. Choose the model it was found in."
        )
    n_bins, positions = len(circuit.bins), recorded_positions(circuit)
    if n_bins > 1 and positions == "separate" and max(task.lengths) > n_bins:
        raise InvalidSetting(
            f"The circuit has {n_bins} positions and an example of {task.name!r} is {max(task.lengths)} "
            "tokens long. Evaluate it on examples of its own length."
        )
    if n_bins > 1 and positions == "spans" and task.span_names != circuit.bins:
        raise InvalidSetting(
            f"The circuit's spans are {', '.join(circuit.bins)}; those of {task.name!r} are "
            f"{', '.join(task.span_names or ('none',))}. Evaluate it on a task with the same spans."
        )


def _notes(circuit: Circuit, settings: EvaluationSettings, own: Ranking) -> tuple[str, ...]:
    notes = []
    if settings.ablation in ("mean", "mean_position"):
        notes.append(
            "Means are over the evaluation examples' patch prompts (clean ones where there are none)."
        )
    if own.n_bins > 1:
        notes.append(
            "Edges between positions inside a head are kept in every circuit; baselines rank whole edges."
        )
    if len(own.score) < own.n_edges:
        notes.append(
            f"{len(own.score)} of {own.n_edges} edges have a score; the others are in no circuit, so the "
            "largest sizes hold fewer edges than asked for."
        )
    if settings.start_layer or settings.errors != "circuit":
        notes.append("start_layer and errors concern feature circuits; they play no part here.")
    return tuple(notes)
