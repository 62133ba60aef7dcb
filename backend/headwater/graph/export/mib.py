"""Circuits of heads and MLPs in the files of EAP-IG and of the MIB benchmark.

Two documents, both read and written (Hanna et al. 2024, arXiv 2403.17806; Mueller et al. 2025, 2504.13151):

* MIB circuit: `{"cfg": {n_layers, n_heads, parallel_attn_mlp, d_model}, "nodes": {name: {"in_graph",
  "score"?}}, "edges": {"input->a0.h0<q>": {"score", "in_graph"}}}`
* score file: `{"method", "settings", "scores": {"input->a0.h0<q>": score}}`

Those files know no positions: a circuit with a position axis is written summed over it, without the edges
that carry information between positions. Names are ours (`headwater.graph.circuit`): we took theirs.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from headwater.errors import InvalidGraphFile
from headwater.graph.circuit import (
    ALL_BINS,
    HEAD,
    SLOTS,
    Circuit,
    CircuitEdges,
    CircuitNodes,
    check_circuit,
    format_name,
    parse_name,
)
from headwater.graph.graph import EMBEDDING, LOGIT

LARGEST: Final = 3e38
"""Scores beyond this do not fit the 32 bits a circuit keeps."""

MOST_LAYERS: Final = 10_000

SHAPE_FROM_NAMES: Final = "shape_from_names"
"""Provenance of a score file: the model has at least so many layers and heads as its edges name."""


class MibCircuit(NamedTuple):
    """`kept` [edge]: which edges the file says are in the circuit."""

    circuit: Circuit
    kept: NDArray[np.bool_]


def to_mib(
    circuit: Circuit,
    kept: NDArray[np.bool_] | None = None,
    *,
    d_model: int | None = None,
    parallel: bool | None = None,
) -> dict[str, Any]:
    """`kept` [edge]: what is in the circuit, everything by default. `d_model` and `parallel` (attention and
    MLP read the same stream) are written as given, else as the circuit's provenance says."""
    _require_components(circuit)
    inside = np.ones(len(circuit.edges), bool) if kept is None else kept
    scores, in_graph = _summed(circuit, inside)
    within = {"input", "logits"} | {end for name in in_graph for end in _ends(name)}
    nodes = _node_scores(circuit)
    said = circuit.provenance
    return {
        "cfg": {
            "n_layers": circuit.n_layers,
            "n_heads": circuit.n_heads,
            "parallel_attn_mlp": bool(said.get("parallel", False)) if parallel is None else parallel,
            "d_model": int(said.get("d_model", 0)) if d_model is None else d_model,
        },
        "nodes": {name: {"in_graph": name in within, "score": score} for name, score in nodes.items()},
        "edges": {name: {"score": score, "in_graph": name in in_graph} for name, score in scores.items()},
    }


def to_scores(circuit: Circuit) -> dict[str, Any]:
    """The score file of EAP-IG; `settings` are the method's and what it was run on."""
    _require_components(circuit)
    scores, _ = _summed(circuit, np.ones(len(circuit.edges), bool))
    if circuit.method.get("method") == "peap" and "selection" not in circuit.provenance:
        # Those circuits list only what has an effect at some position; readers look every edge up.
        scores = {name: 0.0 for name in _every_edge(circuit)} | scores
    settings = {key: value for key, value in circuit.method.items() if key != "method"}
    return {
        "method": str(circuit.method.get("method", "")),
        "settings": {
            **settings,
            "model": circuit.model,
            "task": circuit.task,
            "examples": len(circuit.metric_clean),
        },
        "scores": scores,
    }


def from_mib(document: Any) -> MibCircuit:
    """Read a MIB circuit. Raises InvalidGraphFile and says where the document is wrong."""
    _require(isinstance(document, dict), "it is no JSON object")
    cfg, edges, nodes = (document.get(key) for key in ("cfg", "edges", "nodes"))
    _require(isinstance(cfg, dict), 'it has no "cfg"')
    _require(isinstance(edges, dict) and bool(edges), 'it has no "edges"')
    shape = _Shape(
        _whole(cfg, "n_layers", MOST_LAYERS),
        _whole(cfg, "n_heads", 1_000_000),
        bool(cfg.get("parallel_attn_mlp", False)),
    )
    scores, kept = {}, []
    for name, edge in edges.items():
        _require(isinstance(edge, dict), f"edge {name[:60]!r} is no object with a score")
        scores[name] = _number(edge.get("score", 0.0), f"the score of edge {name[:60]!r}")
        kept.append(_truth(edge.get("in_graph", True), f"edge {name[:60]!r}"))
    effects = _read_nodes({} if nodes is None else nodes, shape)
    facts: dict[str, Any] = {"parallel": shape.parallel}
    if "d_model" in cfg:
        facts["d_model"] = _whole(cfg, "d_model", 10_000_000)
    circuit = _build(scores, effects, shape, {"method": "imported"}, facts)
    return MibCircuit(circuit, np.array(kept, bool))


def from_scores(document: Any) -> Circuit:
    """Read a score file. The model's shape is what its names need. Raises InvalidGraphFile."""
    _require(isinstance(document, dict), "it is no JSON object")
    scores = document.get("scores")
    _require(isinstance(scores, dict), 'it has no "scores"')
    _require(bool(scores), 'its "scores" are empty, so no edge is in this circuit')
    numbers = {name: _number(score, f"the score of edge {name[:60]!r}") for name, score in scores.items()}
    ends = [parse_name(end, 0) for name in numbers for end in _ends(name)]
    layers = [end[2] for end in ends if end[0] not in (EMBEDDING, LOGIT)]
    heads = [end[3] for end in ends if end[0] == HEAD]
    # Attention and MLP of one layer may or may not be in parallel: names alone cannot tell, so allow both.
    shape = _Shape(max(layers, default=-1) + 1, max(heads, default=-1) + 1, parallel=False)
    settings = document.get("settings")
    method = {
        **(settings if isinstance(settings, dict) else {}),
        "method": str(document.get("method", "imported")),
    }
    return _build(numbers, {}, shape, method, {SHAPE_FROM_NAMES: True})


def read_mib(data: bytes) -> MibCircuit:
    """Either document, told apart by its keys."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidGraphFile(f"This circuit file is no JSON: {error}. Export it again.") from error
    if isinstance(document, dict) and "scores" in document and "edges" not in document:
        circuit = from_scores(document)
        return MibCircuit(circuit, np.ones(len(circuit.edges), bool))
    return from_mib(document)


@dataclass(frozen=True)
class _Shape:
    n_layers: int
    n_heads: int
    parallel: bool


def _require_components(circuit: Circuit) -> None:
    if circuit.level != "components":
        raise InvalidGraphFile(
            "This circuit's nodes are dictionary features; EAP-IG and MIB files hold heads and MLPs only. "
            "Export it in Headwater's own format."
        )


def _summed(circuit: Circuit, kept: NDArray[np.bool_]) -> tuple[dict[str, float], set[str]]:
    """Scores by name over all bins, and the names of which any bin is kept."""
    scores: dict[str, float] = {}
    inside = set()
    edges = circuit.edges
    names = [name.partition("@")[0] for name in circuit.names]
    columns = zip(
        edges.source.tolist(), edges.target.tolist(), edges.slot.tolist(), edges.weight.tolist(), strict=True
    )
    for row, (source, target, slot, weight) in enumerate(columns):
        if names[source] == names[target]:
            continue  # inside one head, between positions
        name = f"{names[source]}->{names[target]}{f'<{SLOTS[slot]}>' if slot else ''}"
        scores[name] = scores.get(name, 0.0) + weight
        if kept[row]:
            inside.add(name)
    return scores, inside


def _every_edge(circuit: Circuit) -> list[str]:
    """Names of all edges of the circuit's model, by destination."""
    parallel, names = bool(circuit.provenance.get("parallel", False)), []
    sources = ["input"]
    for layer in range(circuit.n_layers):
        heads = [f"a{layer}.h{head}" for head in range(circuit.n_heads)]
        names += [f"{source}->{head}<{slot}>" for head in heads for slot in "qkv" for source in sources]
        names += [f"{source}->m{layer}" for source in (sources if parallel else [*sources, *heads])]
        sources += [*heads, f"m{layer}"]
    return [*names, *(f"{source}->logits" for source in sources)]


def _node_scores(circuit: Circuit) -> dict[str, float]:
    scores: dict[str, float] = {}
    for name, effect in zip(circuit.names, circuit.nodes.effect.tolist(), strict=True):
        plain = name.partition("@")[0]
        scores[plain] = scores.get(plain, 0.0) + effect
    return scores


_EDGE: Final = re.compile(r"([^<>\s]{1,40})->([^<>\s]{1,40}?)(?:<([qkv])>)?", re.ASCII)


def _ends(name: str) -> tuple[str, str]:
    match = _EDGE.fullmatch(name)
    if match is None:
        raise InvalidGraphFile(
            f"{name[:80]!r} names no edge. Edges are written `input->a0.h0<q>`, `a0.h0->m1`, `m1->logits`."
        )
    return match[1], match[2]


def _build(
    scores: dict[str, float],
    effects: dict[str, float],
    shape: _Shape,
    method: dict[str, Any],
    facts: dict[str, Any],
) -> Circuit:
    """Nodes in the order of computation, edges in the file's."""
    ends = [_ends(name) for name in scores]
    names = sorted({"input", "logits", *effects, *(end for pair in ends for end in pair)}, key=_order(shape))
    row = {name: number for number, name in enumerate(names)}
    for name, (source, target) in zip(scores, ends, strict=True):
        _check_edge(name, parse_name(source, shape.n_layers), parse_name(target, shape.n_layers), shape)
    kinds, sites, layers, indices, _ = zip(*(parse_name(name, shape.n_layers) for name in names), strict=True)
    slots = [SLOTS.index(name[-2]) if name.endswith(">") else 0 for name in scores]
    n = len(names)
    return check_circuit(
        Circuit(
            nodes=CircuitNodes(
                kind=np.array(kinds, np.uint8),
                site=np.array(sites, np.uint8),
                layer=np.array(layers, np.int16),
                position=np.zeros(n, np.int32),
                index=np.array(indices, np.int32),
                effect=np.array([effects.get(name, 0.0) for name in names], np.float32),
                spread=np.zeros(n, np.float32),
            ),
            edges=CircuitEdges(
                source=np.array([row[source] for source, _ in ends], np.int32),
                target=np.array([row[target] for _, target in ends], np.int32),
                slot=np.array(slots, np.uint8),
                weight=np.array(list(scores.values()), np.float32),
            ),
            examples=None,
            bins=ALL_BINS,
            metric_clean=np.zeros(0, np.float32),
            metric_patch=np.zeros(0, np.float32),
            level="components",
            n_layers=shape.n_layers,
            n_heads=shape.n_heads,
            model="",
            method=method,
            provenance={"imported": True, **facts},
        )
    )


def _order(shape: _Shape) -> Any:
    def key(name: str) -> tuple[int, int, int]:
        kind, site, layer, index, _ = parse_name(name, shape.n_layers)
        _require(name == format_name(kind, site, layer, index, None), f"node {name[:60]!r} is written oddly")
        _require(
            kind in (EMBEDDING, LOGIT) or site in (1, 2), f"node {name[:60]!r} is a feature, no head or MLP"
        )
        _require(
            layer <= shape.n_layers - (kind != LOGIT),
            f"node {name[:60]!r} lies above the model's {shape.n_layers} layers",
        )
        _require(
            kind != HEAD or index < shape.n_heads, f"node {name[:60]!r} is not among {shape.n_heads} heads"
        )
        return layer, site, index

    return key


def _check_edge(name: str, source: tuple[int, ...], target: tuple[int, ...], shape: _Shape) -> None:
    """An edge runs upwards, and a head's input says which."""
    earlier = source[2] < target[2] or (
        source[2] == target[2] and source[1] < target[1] and not shape.parallel
    )
    _require(
        earlier and source[0] != LOGIT, f"edge {name[:60]!r} does not run from an earlier part to a later one"
    )
    is_split = name.endswith(">")
    _require(
        is_split == (target[0] == HEAD),
        f"edge {name[:60]!r} must end in <q>, <k> or <v> at heads, and only there",
    )


def _read_nodes(nodes: Any, shape: _Shape) -> dict[str, float]:
    _require(isinstance(nodes, dict), '"nodes" is no object')
    order, effects = _order(shape), {}
    for name, node in nodes.items():
        order(name)  # refuses names that are no head or MLP of this model
        score = node.get("score", 0.0) if isinstance(node, dict) else 0.0
        effects[name] = 0.0 if score is None else _number(score, f"the score of node {name[:60]!r}")
    return effects


def _whole(cfg: dict[str, Any], key: str, limit: int) -> int:
    value = cfg.get(key)
    fits = type(value) is int and 0 <= value <= limit
    _require(fits, f'"{key}" in "cfg" is {str(value)[:40]!r}, not a whole number up to {limit}')
    assert isinstance(value, int)
    return value


def _number(value: Any, what: str) -> float:
    fits = type(value) in (int, float) and math.isfinite(value) and abs(value) < LARGEST
    _require(fits, f"{what} is {str(value)[:40]!r}, not a finite number")
    return float(value)


def _truth(value: Any, what: str) -> bool:
    _require(type(value) is bool, f"{what} is in the graph {str(value)[:40]!r}, neither true nor false")
    return bool(value)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidGraphFile(
            f"This is no circuit file of EAP-IG or MIB that can be read: {otherwise}. "
            "Check the program that wrote it."
        )
