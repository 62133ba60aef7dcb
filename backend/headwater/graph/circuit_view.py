"""A circuit cut to size: which of its nodes and edges are shown or exported. What is hidden is counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from headwater.graph.circuit import CIRCUIT_KINDS, Circuit, CircuitEdges, CircuitNodes, ExampleEffects
from headwater.graph.graph import EMBEDDING, LOGIT
from headwater.graph.selecting import Kept, greedy, nodes_of, top_n, wiring_of

Selection = Literal["strongest", "connected", "greedy"]
"""`strongest`: the strongest nodes and the strongest edges between them, whether or not they lead anywhere.
`connected`: the strongest edges, less those that lie on no way from the input to the metric (between
features: on no way to the metric), and their nodes. `greedy`: the same, but edges are taken best first from
the metric.
"""

_RULES: Final[dict[Selection, Callable[..., Kept]]] = {"connected": top_n, "greedy": greedy}


@dataclass(frozen=True)
class CircuitView:
    """Some of a circuit's nodes and edges.

    `node`, `edge`: rows of the circuit's columns, strongest first; `source`, `target`: rows of this view;
    `node_cut`, `edge_cut`: |effect| and |weight| of the weakest shown."""

    circuit: Circuit
    select: Selection
    node: NDArray[np.int64]
    edge: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    node_cut: float
    edge_cut: float

    @property
    def kept(self) -> Kept:
        """[edge] of the circuit: is it in this view?"""
        kept = np.zeros(len(self.circuit.edges), bool)
        kept[self.edge] = True
        return kept


def cut(
    circuit: Circuit,
    nodes: int | None = None,
    edges: int | None = None,
    min_effect: float = 0.0,
    min_weight: float = 0.0,
    select: Selection = "strongest",
) -> CircuitView:
    """At most `nodes` nodes by |effect| (the metric always; where edges have to lead somewhere, the input
    too) and `edges` edges between them, chosen by `select`."""
    effect, weight = np.abs(circuit.nodes.effect), np.abs(circuit.edges.weight)
    order, allowed = _admitted(circuit, effect, nodes, min_effect, select)
    inside = allowed[circuit.edges.source] & allowed[circuit.edges.target]
    edge = np.flatnonzero(inside & (weight >= min_weight) & (weight > 0))
    if select != "strongest":
        n = len(edge) if edges is None else edges
        edge = edge[_RULES[select](weight[edge], n, wiring_of(circuit).only(edge))]
        kept = np.zeros(len(weight), bool)
        kept[edge] = True
        allowed &= nodes_of(kept, circuit) | (circuit.nodes.kind == LOGIT)
    edge = edge[np.argsort(-weight[edge], kind="stable")][:edges]
    node = order[allowed[order]]
    row = np.full(len(effect), -1)
    row[node] = np.arange(len(node))
    return CircuitView(
        circuit,
        select,
        node,
        edge,
        row[circuit.edges.source[edge]],
        row[circuit.edges.target[edge]],
        node_cut=float(effect[node[-1]]) if len(node) else 0.0,
        edge_cut=float(weight[edge[-1]]) if len(edge) else 0.0,
    )


def _admitted(
    circuit: Circuit,
    effect: NDArray[np.float32],
    nodes: int | None,
    min_effect: float,
    select: Selection,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """All nodes in the order they are shown in, the metric first, then by |effect|; and [node]: may it be in?

    A node that only passes on what it gets may have no effect of its own (or none that is known), so
    connected circuits need none."""
    kind = circuit.nodes.kind
    order = np.lexsort((np.arange(len(effect)), -effect, kind != LOGIT))
    stays = kind == LOGIT
    if select == "strongest":
        strong = (effect >= min_effect) & (effect > 0)
    else:
        strong = effect >= min_effect
        stays |= (kind == EMBEDDING) & (circuit.level == "components")
    allowed = stays | strong
    if nodes is not None:
        first = order[np.argsort(~stays[order], kind="stable")]
        first = first[allowed[first]]
        allowed[first[max(nodes, 1 if select == "strongest" else int(stays.sum())) :]] = False
    return order, allowed


def view_facts(view: CircuitView) -> dict[str, Any]:
    hidden = np.bincount(view.circuit.nodes.kind, minlength=len(CIRCUIT_KINDS))
    hidden = hidden - np.bincount(view.circuit.nodes.kind[view.node], minlength=len(CIRCUIT_KINDS))
    return {
        "selection": view.select,
        "nodes_total": len(view.circuit.nodes),
        "nodes_shown": len(view.node),
        "edges_total": len(view.circuit.edges),
        "edges_shown": len(view.edge),
        "node_cut": view.node_cut,
        "edge_cut": view.edge_cut,
        "hidden": {kind: n for kind, n in zip(CIRCUIT_KINDS, hidden.tolist(), strict=True) if n},
    }


def part_of(view: CircuitView) -> Circuit:
    """The view as a circuit of its own, rows in their old order. Provenance tells what it was cut from."""
    circuit, node, edge = view.circuit, np.sort(view.node), np.sort(view.edge)
    row = np.full(len(circuit.nodes), -1, np.int32)
    row[node] = np.arange(len(node))
    edges = circuit.edges
    selection = {key: value for key, value in view_facts(view).items() if key != "hidden"}
    return replace(
        circuit,
        nodes=CircuitNodes(**{name: column[node] for name, column in vars(circuit.nodes).items()}),
        edges=CircuitEdges(
            row[edges.source[edge]], row[edges.target[edge]], edges.slot[edge], edges.weight[edge]
        ),
        examples=None if circuit.examples is None else _of_nodes(circuit.examples, node),
        provenance={**circuit.provenance, "selection": selection},
    )


def _of_nodes(examples: ExampleEffects, node: NDArray[np.int64]) -> ExampleEffects:
    counts = np.diff(examples.indptr)[node]
    indptr = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    at = np.repeat(examples.indptr[node] - indptr[:-1], counts) + np.arange(indptr[-1])
    return ExampleEffects(indptr, examples.example[at], examples.effect[at])
