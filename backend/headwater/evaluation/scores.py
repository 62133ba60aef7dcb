"""The numbers of an evaluation, exactly: faithfulness, CPR, CMD, AUROC, average precision, overlap.

CPR and CMD are those of the MIB benchmark (Mueller et al. 2025, arXiv 2504.13151): f(k) at ten fractions k of
the edges, trapezoids between them, from .001 to 1, so that a perfect f = 1 has CPR .999 and CMD 0. The last
segment, .5 to 1, is half the weight: random scores reach CPR .25 and CMD .75 for free.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from headwater.errors import UnstableNumbers
from headwater.evaluation.settings import Curve
from headwater.tasks.task import TokenTask

FRACTIONS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""The circuit sizes of the MIB benchmark, as shares of all edges."""


def faithfulness(metric: float, clean: float, empty: float, noise: float = 0.0) -> float:
    """(m(C) - m(empty)) / (m(M) - m(empty)), a ratio of means; 1: the circuit does what the model does.
    NaN where the two ends are equal up to `noise`, for then nothing was there to recover."""
    return (metric - empty) / (clean - empty) if abs(clean - empty) > noise else math.nan


def faithfulness_by_example(
    metric: NDArray[np.float64],
    clean: NDArray[np.float64],
    empty: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The same of every example alone."""
    fall = clean - empty
    known = np.abs(fall) > noise
    return np.where(known, (metric - empty) / np.where(known, fall, 1), np.nan)


def rounding_noise(largest: float, task: TokenTask) -> NDArray[np.float64]:
    """[example]: how far two equal metrics may lie apart in single precision when the largest number read (a
    logit) is `largest`: some eight roundings of it, times the readouts' weights."""
    weights = [sum(abs(one.weight) for one in example.readouts) for example in task.examples]
    return 1e-6 * largest * np.array(weights)


def check_finite(clean: ArrayLike, metric: ArrayLike, largest: ArrayLike) -> None:
    """UnstableNumbers unless the model and every circuit answered with numbers."""
    if not all(np.isfinite(values).all() for values in (clean, metric, largest)):
        raise UnstableNumbers(
            "The model, or a circuit of it, gave numbers that are not finite on these examples. The weights "
            "may be damaged, or activations overflow: try other examples, or another ablation."
        )


def nothing_to_recover(curves: Sequence[Curve]) -> tuple[str, ...]:
    """What to say where `faithfulness` does not exist."""
    if any(point.faithfulness is not None for curve in curves for point in curve.points):
        return ()
    return (
        "The model's metric with everything ablated equals its own up to rounding: there is nothing to "
        "recover, so faithfulness and completeness do not exist here.",
    )


def area(fractions: Sequence[float], values: ArrayLike) -> float:
    """Trapezoids under `values` over `fractions`."""
    x, y = np.asarray(fractions, np.float64), np.asarray(values, np.float64)
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum())


def cpr(fractions: Sequence[float], values: ArrayLike) -> float:
    """Area under f: higher is better, and it can exceed 1."""
    return area(fractions, values)


def cmd(fractions: Sequence[float], values: ArrayLike) -> float:
    """Area under |1 - f|: 0 is best."""
    return area(fractions, np.abs(1 - np.asarray(values, np.float64)))


def edge_count(fraction: float, n_edges: int) -> int:
    """floor(fraction * n_edges), safe against 0.1 * 30 = 3.0000000000000004 and 0.29 * 100 = 28.999..."""
    return math.floor(round(fraction * n_edges, 9))


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Chance that a positive stands above a negative, ties counted half: the rank statistic itself.
    NaN when there are no positives or no negatives."""
    score, truth = np.asarray(scores, np.float64), np.asarray(positive, bool)
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    if not n_positive or not n_negative:
        return math.nan
    _, group, sizes = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]  # equal scores share the mean of their ranks
    return float((ranks[truth].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def average_precision(scores: ArrayLike, positive: ArrayLike) -> float:
    """Sum of precision x gain in recall over the distinct scores from above; equal scores enter together.
    NaN when there are no positives."""
    score, truth = np.asarray(scores, np.float64), np.asarray(positive, bool)
    if not truth.any():
        return math.nan
    order = np.argsort(-score, kind="stable")
    last_of_group = np.append(np.diff(score[order]) != 0, True)
    found = np.cumsum(truth[order])[last_of_group]
    taken = np.flatnonzero(last_of_group) + 1
    return float((found / taken * np.diff(found, prepend=0)).sum() / truth.sum())


@dataclass(frozen=True)
class Overlap:
    """Two sets of the `total` things there are: how many they share, and what chance would give.

    `chance` is the exact expectation of the Jaccard index for two random sets of these sizes. `chance_simple`
    is K / (2 - K) with K the mean fraction: what papers quote (METHODS of Merullo et al. 2024), close to it
    for equal sizes.
    """

    shared: int
    only_a: int
    only_b: int
    total: int
    jaccard: float
    chance: float
    chance_simple: float


def overlap(a: set[str], b: set[str], total: int) -> Overlap:
    """`total`: how many things either set was chosen from."""
    shared, union = len(a & b), len(a | b)
    return Overlap(
        shared=shared,
        only_a=len(a - b),
        only_b=len(b - a),
        total=total,
        jaccard=shared / union if union else math.nan,
        chance=expected_jaccard(len(a), len(b), total),
        chance_simple=simple_chance(len(a), len(b), total),
    )


def expected_jaccard(a: int, b: int, total: int) -> float:
    """Mean Jaccard index of random sets of `a` and `b` of `total` things (shared: hypergeometric)."""
    if max(a, b) > total or not a + b:
        return math.nan
    shared = np.arange(max(0, a + b - total), min(a, b) + 1)
    log_weight = [
        _log_choose(a, k) + _log_choose(total - a, b - k) - _log_choose(total, b) for k in shared.tolist()
    ]
    return float((np.exp(log_weight) * shared / (a + b - shared)).sum())


def simple_chance(a: int, b: int, total: int) -> float:
    """K / (2 - K), K the mean of both fractions."""
    fraction = (a + b) / (2 * total) if total else math.nan
    return fraction / (2 - fraction)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@dataclass(frozen=True)
class Spread:
    """How a number lies over examples. `worst5`: a twentieth of the examples lie below it."""

    median: float
    q1: float
    q3: float
    worst5: float


def spread(values: ArrayLike) -> Spread | None:
    """Over the finite values (linear interpolation between neighbours); None when there are none."""
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return None
    worst5, q1, median, q3 = np.quantile(finite, [0.05, 0.25, 0.5, 0.75]).tolist()
    return Spread(median, q1, q3, worst5)
