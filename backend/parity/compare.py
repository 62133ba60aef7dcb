"""How far one of our graphs is from circuit-tracer's, edge by edge."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headwater.graph.graph import CONSTANTS, KINDS, Graph

Place = tuple[str, int, int, int]


@dataclass(frozen=True)
class Peer:
    """`peer.npz` of circuit_tracer_peer.py: adjacency[target, source], one entry of each list per node."""

    adjacency: NDArray[np.float32]
    places: list[Place]
    activation: NDArray[np.float32]
    logit_probabilities: NDArray[np.float32]
    token_ids: list[int]

    @classmethod
    def read(cls, path: Path) -> "Peer":
        with np.load(path) as file:
            columns = (file[name].tolist() for name in ("kind", "layer", "position", "index"))
            return cls(
                adjacency=_adjacency(file),
                places=list(zip(*columns, strict=True)),
                activation=file["activation"],
                logit_probabilities=file["logit_probabilities"],
                token_ids=file["token_ids"].tolist(),
            )


@dataclass(frozen=True)
class Difference:
    """`largest` is the largest |ours - theirs| over the edges of common nodes, in units of the largest edge;
    `missing` and `extra` are nodes only one side has (constants and the peer's empty errors aside)."""

    largest: float
    largest_edge: float
    common_edges: int
    missing: list[Place]
    extra: list[Place]
    activation: float
    probability: float


def compare(graph: Graph, peer: Peer, *, leave_out: tuple[str, ...] = ()) -> Difference:
    """`leave_out`: kinds of source not compared (a capped graph's errors hold what the peer drops)."""
    ours, number = places(graph), {place: i for i, place in enumerate(places(graph))}
    pairs = [(i, number[place]) for i, place in enumerate(peer.places) if place in number]
    theirs_at, ours_at = (np.array(column) for column in zip(*pairs, strict=True))
    compared = np.array([peer.places[i][0] not in leave_out for i in theirs_at])
    theirs = peer.adjacency[np.ix_(theirs_at, theirs_at[compared])]
    dense = dense_rows(graph)[np.ix_(ours_at, ours_at[compared])]
    known = set(peer.places)
    shown = ~np.isin(graph.nodes.kind, CONSTANTS)
    features = [i for i in theirs_at if peer.places[i][0] == "feature"]
    mine = graph.nodes.activation[[number[peer.places[i]] for i in features]]
    logits = [place for place in peer.places if place[0] == "logit"]
    weights = {
        ours[node]: weight for node, weight in zip(graph.target_nodes, graph.target_weights, strict=True)
    }
    return Difference(
        largest=float(np.abs(theirs - dense).max() / np.abs(theirs).max()),
        largest_edge=float(np.abs(theirs).max()),
        common_edges=int(((theirs != 0) & (dense != 0)).sum()),
        missing=[p for p in peer.places if p not in number and not _empty_error(p)],
        extra=[place for place, show in zip(ours, shown, strict=True) if show and place not in known],
        activation=float(np.abs(peer.activation[features] - mine).max(initial=0)),
        probability=max(
            abs(weights.get(p, 0) - float(q)) for p, q in zip(logits, peer.logit_probabilities, strict=True)
        ),
    )


def places(graph: Graph) -> list[Place]:
    nodes = graph.nodes
    kinds = [KINDS[kind] for kind in nodes.kind]
    columns = (nodes.layer.tolist(), nodes.position.tolist(), nodes.index.tolist())
    return list(zip(kinds, *columns, strict=True))


def dense_rows(graph: Graph) -> NDArray[np.float32]:
    """adjacency[target, source]."""
    n, edges = len(graph.nodes), graph.edges
    dense = np.zeros((n, n), np.float32)
    dense[np.repeat(edges.target, np.diff(edges.indptr)), edges.source] = edges.weight
    return dense


def _empty_error(place: Place) -> bool:
    return place[0] == "error" and place[2] == 0


def _adjacency(file: Any) -> NDArray[np.float32]:
    """Dense as the peer writes it, or the lists of non-zeros that `rebuild` keeps."""
    if "adjacency" in file:
        return np.asarray(file["adjacency"], np.float32)
    n = len(file["kind"])
    dense = np.zeros(n * n, np.float32)
    dense[np.cumsum(file["gap"].astype(np.int64))] = file["weight"]
    return dense.reshape(n, n)
