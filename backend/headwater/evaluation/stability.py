"""Would other examples have given another circuit? Nodes and edges under examples drawn again (no torch).

A draw takes as many examples as there are, with replacement. Scores are means over examples, so a redrawn
circuit is made from the scores of each example as they are: nothing is computed again.
"""

from typing import Final, Literal

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from headwater.errors import InvalidSetting
from headwater.evaluation.scores import expected_jaccard
from headwater.evaluation.settings import Inclusion, Stability
from headwater.graph.circuit import Circuit
from headwater.graph.graph import LOGIT

MOST_ITEMS: Final = 2_000
COLUMNS_AT_ONCE: Final = 4_096


def node_stability(circuit: Circuit, size: int, n_resamples: int, seed: int = 0) -> Stability:
    """Of the `size` strongest nodes, from the stored effects of every example; the metric itself is none."""
    if circuit.examples is None:
        raise InvalidSetting(
            "This circuit was imported without effects by example, so its stability cannot be measured. "
            "Compute it here."
        )
    per, rows = circuit.examples, np.flatnonzero(circuit.nodes.kind != LOGIT)
    table = np.zeros((len(circuit.metric_clean), len(rows)), np.float32)
    for column, node in enumerate(rows.tolist()):
        part = slice(per.indptr[node], per.indptr[node + 1])
        table[per.example[part], column] = per.effect[part]
    names = [circuit.names[row] for row in rows.tolist()]
    return bootstrap(table, names, size, n_resamples, seed, of="nodes")


def bootstrap(
    scores: Float[np.ndarray, "example item"],
    names: list[str],
    size: int,
    n_resamples: int,
    seed: int = 0,
    *,
    of: Literal["edges", "nodes"] = "edges",
) -> Stability:
    """How often each item is among the `size` with the largest |mean score| when examples are drawn again."""
    n_examples, n_items = scores.shape
    size = max(1, min(size, n_items))
    draws = np.random.default_rng(seed).multinomial(
        n_examples, np.full(n_examples, 1 / n_examples), n_resamples
    )
    full = np.abs(scores.mean(0, dtype=np.float64))
    own = _top(full[None], size)[0]
    inside = _top(np.abs(_means(scores, draws)), size)
    shared = (inside & own).sum(1)
    frequency = inside.mean(0)
    order = np.lexsort((-frequency, -full))
    seen = order[(frequency[order] > 0) | own[order]][:MOST_ITEMS]
    means = scores[:, seen].mean(0, dtype=np.float64)
    return Stability(
        of=of,
        n_resamples=n_resamples,
        size=size,
        n_examples=n_examples,
        total=n_items,
        mean_jaccard=float((shared / (2 * size - shared)).mean()),
        chance=expected_jaccard(size, size, n_items),
        items=tuple(
            Inclusion(name=names[item], score=float(score), frequency=float(frequency[item]))
            for item, score in zip(seen.tolist(), means.tolist(), strict=True)
        ),
    )


def _means(scores: NDArray[np.float32], draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """[draw item], some columns at a time: features are many."""
    weights = draws / draws.sum(1, keepdims=True)
    parts = range(0, scores.shape[1], COLUMNS_AT_ONCE)
    return np.concatenate([weights @ scores[:, at : at + COLUMNS_AT_ONCE] for at in parts], 1)


def _top(values: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    inside = np.zeros(values.shape, bool)
    order = np.argsort(-values, axis=1, kind="stable")[:, :size]
    np.put_along_axis(inside, order, True, axis=1)
    return inside
