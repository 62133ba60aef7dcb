"""A circuit as data: scored nodes and edges over a task, nothing cut away yet. No model needed.

Axis names: `node` row of the node columns; `edge` row of the edge columns; `example` number in the task;
`bin` entry of the position axis: a token position, a span, or the one bin "all" when positions are summed.

Effects and weights are in units of the task's metric: how far it falls when a node (or what flows along
an edge) goes from the clean run to the patch run. Positive: it carries the behaviour.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidGraphFile
from headwater.graph.graph import EMBEDDING, ERROR, FEATURE, KINDS, LOGIT

CIRCUIT_KINDS: Final = (*KINDS, "head", "mlp")
HEAD, MLP = len(KINDS), len(KINDS) + 1
SITES: Final = ("embed", "attn", "mlp", "resid", "logits")
"""Where in its layer a node lies, in the order of computation."""

EMBED_SITE, ATTN_SITE, MLP_SITE, RESID_SITE, LOGITS_SITE = range(len(SITES))
SLOTS: Final = ("", "q", "k", "v")
"""Which input of the target an edge enters; "" where there is only one."""

ALL_BINS: Final = ("all",)
Level = Literal["features", "components"]


@dataclass(frozen=True)
class CircuitNodes:
    """One entry per node.

    `kind` indexes CIRCUIT_KINDS: embedding (the input), head, mlp, feature, error, logit (the metric).
    `layer` is -1 for the input and n_layers for the metric; `index` a feature's or head's number, -1 else;
    `effect` the mean over examples; `spread` its standard deviation over examples.
    """

    kind: NDArray[np.uint8]
    site: NDArray[np.uint8]
    layer: NDArray[np.int16]
    position: NDArray[np.int32]
    index: NDArray[np.int32]
    effect: NDArray[np.float32]
    spread: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class CircuitEdges:
    """Direct effects, source -> target (rows of the nodes); `slot` indexes SLOTS. An edge from a head to
    itself at another bin is what that head carries from one position to the other (position-aware EAP)."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    slot: NDArray[np.uint8]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class ExampleEffects:
    """Effects by example in CSR form: node n has `effect[indptr[n]:indptr[n+1]]` on those `example`s;
    it has no effect on examples that are not listed."""

    indptr: NDArray[np.int64]
    example: NDArray[np.int32]
    effect: NDArray[np.float32]


@dataclass(frozen=True)
class Circuit:
    """All that was measured. `metric_clean` and `metric_patch`: the metric of both runs, by example (patch
    is NaN where there is no patch run). `dictionaries`: site -> set id. `task`, `method`, `provenance`: JSON.
    """

    nodes: CircuitNodes
    edges: CircuitEdges
    examples: ExampleEffects | None
    bins: tuple[str, ...]
    metric_clean: NDArray[np.float32]
    metric_patch: NDArray[np.float32]
    level: Level
    n_layers: int
    n_heads: int
    model: str
    dictionaries: dict[str, str] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every node's name; see `format_name`."""
        n, several = self.nodes, len(self.bins) > 1
        columns = (n.kind, n.site, n.layer, n.index, n.position)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return tuple(
            format_name(kind, site, layer, index, at if several else None)
            for kind, site, layer, index, at in rows
        )

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def edge_name(self, edge: int) -> str:
        """`a0.h0->a1.h3<k>`, as EAP-IG writes it; positions as in the node's name."""
        slot = SLOTS[int(self.edges.slot[edge])]
        target = self.names[int(self.edges.target[edge])]
        name, at, position = target.partition("@")
        return (
            f"{self.names[int(self.edges.source[edge])]}->{name}{f'<{slot}>' if slot else ''}{at}{position}"
        )

    def example_effects(self, node: int) -> NDArray[np.float32]:
        """[example]: this node's effect on every example; zeros where none is stored."""
        effects = np.zeros(len(self.metric_clean), np.float32)
        if self.examples is not None:
            part = slice(self.examples.indptr[node], self.examples.indptr[node + 1])
            effects[self.examples.example[part]] = self.examples.effect[part]
        return effects


def format_name(kind: int, site: int, layer: int, index: int, position: int | None) -> str:
    """`input`, `a0.h3`, `m2`, `logits`; `resid3/120` a feature, `attn0/error` an error term; `@4` the bin."""
    at = "" if position is None else f"@{position}"
    if kind == EMBEDDING:
        return f"input{at}"
    if kind == LOGIT:
        return f"logits{at}"
    if kind == HEAD:
        return f"a{layer}.h{index}{at}"
    if kind == MLP:
        return f"m{layer}{at}"
    place = SITES[site] if site == EMBED_SITE else f"{SITES[site]}{layer}"
    return f"{place}/{'error' if kind == ERROR else index}{at}"


_NAME: Final = re.compile(
    r"(?:(?P<input>input)|(?P<logits>logits)|a(?P<al>\d{1,5})\.h(?P<head>\d{1,6})|m(?P<ml>\d{1,5})"
    r"|(?P<site>embed|attn|mlp|resid)(?P<fl>\d{0,5})/(?P<index>\d{1,10}|error))(?:@(?P<bin>\d{1,9}))?",
    re.ASCII,
)


def parse_name(name: str, n_layers: int) -> tuple[int, int, int, int, int]:
    """(kind, site, layer, index, bin; 0 where the name has none). InvalidGraphFile for anything else."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidGraphFile(
            f"{name[:80]!r} names no node. Names are `input`, `a0.h3`, `m2`, `logits`, `resid3/120`, "
            "`attn0/error`, with `@4` behind them for position 4."
        )
    found, at = match.groupdict(), int(match["bin"] or 0)
    if found["input"]:
        return EMBEDDING, EMBED_SITE, -1, -1, at
    if found["logits"]:
        return LOGIT, LOGITS_SITE, n_layers, -1, at
    if found["head"] is not None:
        return HEAD, ATTN_SITE, int(found["al"]), int(found["head"]), at
    if found["ml"] is not None:
        return MLP, MLP_SITE, int(found["ml"]), -1, at
    site, layer = SITES.index(found["site"]), int(found["fl"] or -1)
    if found["index"] == "error":
        return ERROR, site, layer, -1, at
    return FEATURE, site, layer, int(found["index"]), at


def check_circuit(circuit: Circuit) -> Circuit:
    """Every circuit from outside and every result passes here: bounds, equal lengths, finite numbers."""
    nodes, edges = circuit.nodes, circuit.edges
    _require(len({len(column) for column in vars(nodes).values()}) == 1, "its node columns differ in length")
    _require(len({len(column) for column in vars(edges).values()}) == 1, "its edge columns differ in length")
    n = len(nodes)
    _require(n > 0, "it has no nodes")
    for name, column, limit in (
        ("kind", nodes.kind, len(CIRCUIT_KINDS)),
        ("site", nodes.site, len(SITES)),
        ("position", nodes.position, len(circuit.bins)),
        ("layer", nodes.layer, circuit.n_layers + 1),
    ):
        low = -1 if name == "layer" else 0
        _require(bool((column >= low).all() and (column < limit).all()), f"a node's {name} is out of range")
    for name, column, limit in (
        ("source", edges.source, n),
        ("target", edges.target, n),
        ("slot", edges.slot, len(SLOTS)),
    ):
        _require(bool((column >= 0).all() and (column < limit).all()), f"an edge's {name} is out of range")
    finite = (nodes.effect, nodes.spread, edges.weight)
    _require(all(bool(np.isfinite(column).all()) for column in finite), "an effect is not a finite number")
    _require(len(circuit.metric_clean) == len(circuit.metric_patch), "its metrics differ in length")
    if circuit.examples is not None:
        per = circuit.examples
        ends = (
            len(per.indptr) == n + 1 and int(per.indptr[0]) == 0 and int(per.indptr[-1]) == len(per.example)
        )
        _require(ends and bool((np.diff(per.indptr) >= 0).all()), "its effects by example are cut short")
        _require(len(per.example) == len(per.effect), "its effects by example differ in length")
        inside = not len(per.example) or (
            per.example.min() >= 0 and per.example.max() < len(circuit.metric_clean)
        )
        _require(bool(inside), "an effect belongs to an example that is not there")
        _require(bool(np.isfinite(per.effect).all()), "an effect by example is not a finite number")
    return circuit


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidGraphFile(
            f"This is no circuit that can be used: {otherwise}. Export or compute it again."
        )
