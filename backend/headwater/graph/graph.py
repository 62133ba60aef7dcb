"""A graph as data: numpy columns in, no model needed.

Axis names used throughout `graph/`:

* `node`    index into the node columns, in causal order (see `Nodes`)
* `row`     index into the targets that were attributed; `Edges.target[row]` is a node
* `edge`    one stored (source -> target) pair

Edges are direct effects, written source -> target, in units of the target's value
(a feature's pre-activation, a centred logit); positive raises the target.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from headwater.graph.influence import Influence
    from headwater.graph.prune import PrunedGraph
    from headwater.graph.scores import Scores

KINDS: Final = ("embedding", "position", "feature", "error", "bias", "start", "logit")
EMBEDDING, POSITION, FEATURE, ERROR, BIAS, START, LOGIT = range(len(KINDS))
CONSTANTS: Final = (POSITION, BIAS, START)
"""Kinds that circuit-tracer leaves out: shown by us, outside its normalisation."""


@dataclass(frozen=True)
class Nodes:
    """One entry per node.

    `layer`: -1 for embedding and position, the block for feature, error, bias and
    start, n_layers for logits. `index`: token id (embedding, logit), feature index
    (feature), -1 otherwise; a logit node that is a difference or direction has
    `d_vocab + its number` (as circuit-tracer writes it). `activation`: the feature's
    activation, the logit's probability is in `Graph.target_weights`, 0 elsewhere.
    """

    kind: NDArray[np.uint8]
    layer: NDArray[np.int16]
    position: NDArray[np.int32]
    index: NDArray[np.int32]
    activation: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Edges:
    """Attribution rows in CSR form: row r holds sources[indptr[r]:indptr[r+1]].

    `target[r]` is the row's node, `value[r]` its measured value in the model's own
    forward pass; the row's weights sum to it (constants included) up to rounding.
    Exact zeros are not stored.
    """

    target: NDArray[np.int32]
    indptr: NDArray[np.int64]
    source: NDArray[np.int32]
    weight: NDArray[np.float32]
    value: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Graph:
    """An attribution graph, unpruned. Everything shown is a view of this.

    `target_nodes` are the nodes the graph explains (logits, or one feature) with their
    `target_weights` (the model's probability of each logit; 1 for a feature or a
    difference) and human-readable `target_labels`. `dictionaries[layer]` is the id of
    the dictionary whose features live at that layer. `provenance` is plain JSON: model
    and dictionary fingerprints, method with all settings, engine version, residuals,
    counts of what was left out, timings.
    """

    nodes: Nodes
    edges: Edges
    token_ids: NDArray[np.int32]
    tokens: tuple[str, ...]
    target_nodes: NDArray[np.int32]
    target_weights: NDArray[np.float32]
    target_labels: tuple[str, ...]
    n_layers: int
    d_vocab: int
    model: str
    dictionaries: tuple[str, ...]
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def flow(self) -> "Influence":
        """Influence of every node and what else no threshold changes; computed once."""
        from headwater.graph.influence import compute_influence

        return compute_influence(self)

    @cached_property
    def scores(self) -> "Scores":
        """Replacement and completeness of the unpruned graph; computed once."""
        from headwater.graph.scores import compute_scores

        return compute_scores(self)

    def prune(self, node_threshold: float = 0.8, edge_threshold: float = 0.98) -> "PrunedGraph":
        """The view that holds these shares of all influence (see `headwater.graph.prune`)."""
        from headwater.graph.prune import prune

        return prune(self, node_threshold, edge_threshold)

    @cached_property
    def features(self) -> "tuple[Feature, ...]":
        """Every active feature, the most influential first."""
        nodes, influence = self.nodes, self.flow.influence
        chosen = np.flatnonzero(nodes.kind == FEATURE)
        chosen = chosen[np.argsort(-influence[chosen], kind="stable")]
        columns = (nodes.layer, nodes.index, nodes.position, nodes.activation, influence)
        rows = zip(*(column[chosen].tolist() for column in columns), strict=True)
        return tuple(Feature(*row) for row in rows)

    @property
    def prompt(self) -> str:
        """The text that was traced; rebuilt from the tokens when provenance does not say."""
        known = self.provenance.get("prompt")
        return known if isinstance(known, str) else "".join(self.tokens[1:])


@dataclass(frozen=True)
class Feature:
    """One feature at one position. `influence` in units of the targets' weights."""

    layer: int
    index: int
    position: int
    activation: float
    influence: float

    @property
    def id(self) -> str:
        return f"f{self.layer}.{self.index}.{self.position}"
