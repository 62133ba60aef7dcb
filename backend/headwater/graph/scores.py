"""How far can this graph be trusted? Two scores of circuit-tracer and one of ours.

All three are computed on the unpruned graph and lie in [0, 1].
"""

from dataclasses import dataclass

import numpy as np

from headwater.graph.graph import EMBEDDING, ERROR, FEATURE, Graph
from headwater.graph.influence import MIN_INPUT_TOTAL, row_sums


@dataclass(frozen=True)
class Scores:
    """`replacement`: of all influence that reaches the bottom, the share that comes from
    embeddings rather than from error terms.

    `completeness`: share of every node's input that does not come from error terms,
    averaged with weight I + w over **all** nodes. Embeddings and errors have no input and
    count as fully complete, so it cannot fall below one half (without features it is
    (1 + replacement) / 2).

    `completeness_leaf_free`: the same average over features and targets only, the nodes
    that have inputs. It can reach 0 and says more about a weak dictionary.

    Constants are left out of all three (see `influence.py`).
    Refs: circuit-tracer graph.py `compute_graph_scores`; Ameisen et al. 2025; TRACING.md c.8.
    """

    replacement: float
    completeness: float
    completeness_leaf_free: float


def compute_scores(graph: Graph) -> Scores:
    """Equal to the peer's to 6 digits on equal graphs. 0 where nothing has influence."""
    flow, kind = graph.flow, graph.nodes.kind
    tokens = flow.influence[kind == EMBEDDING].sum()
    errors = flow.influence[kind == ERROR].sum()

    explained = np.ones(len(kind))
    rows = flow.rows
    from_errors = np.where(kind[rows.source] == ERROR, rows.strength, np.float32(0))
    totals = np.maximum(rows.sums(), MIN_INPUT_TOTAL)
    explained[rows.target] -= row_sums(rows.indptr, from_errors) / totals

    weight = flow.influence + flow.weights
    has_inputs = kind == FEATURE
    has_inputs[graph.target_nodes] = True
    return Scores(
        replacement=_ratio(float(tokens), float(tokens + errors)),
        completeness=_ratio(float(weight @ explained), float(weight.sum())),
        completeness_leaf_free=_ratio(
            float(weight[has_inputs] @ explained[has_inputs]), float(weight[has_inputs].sum())
        ),
    )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0
