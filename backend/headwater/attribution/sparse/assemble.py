"""What shards of a feature circuit have in common: sums over examples, and the circuit they end in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from headwater.attribution.sparse.places import Keys, NodeSpace, merge_sums
from headwater.graph.circuit import ALL_BINS, Circuit, CircuitEdges, ExampleEffects
from headwater.lm.batch import Positions
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

Arrays = dict[str, NDArray[Any]]

LISTED: Final = 20_000
"""Nodes a circuit lists at least, if there are as many with any effect: sources for edges, and what
thresholds move through. The others are counted."""

EXAMPLE_NODES: Final = 512
"""Effects kept of one example, strongest first."""


def bins_of(task: TokenTask, positions: Positions) -> tuple[str, ...]:
    """Names of the position axis."""
    if positions == "spans":
        return task.span_names or ()
    if positions == "separate":
        return tuple(str(position) for position in range(max(task.lengths)))
    return ALL_BINS


def answer_bin(task: TokenTask, positions: Positions) -> int:
    """Where the metric node is drawn: the bin in which most answers are read."""
    if positions == "sum":
        return 0
    read = Counter(
        (one.spans[readout.position] if positions == "spans" and one.spans else readout.position)
        for one in task.examples
        for readout in one.readouts[:1]
    )
    return read.most_common(1)[0][0] if read else 0


def merge_nodes(parts: Iterable[Arrays], listed: int, targets: int) -> Arrays:
    """Sums of shards to means; the strongest `listed` nodes, in order, and which of them are targets."""
    keys, sums = np.zeros(0, np.int64), [np.zeros(0), np.zeros(0)]
    per_example: dict[str, list[NDArray[Any]]] = {}
    for part in parts:
        keys, sums = merge_sums([keys, part["key"]], [sums[0], part["sum"]], [sums[1], part["squares"]])
        for name, values in part.items():
            if name not in ("key", "sum", "squares"):
                per_example.setdefault(name, []).append(values)
    carry = {name: np.concatenate(values) for name, values in per_example.items()}
    n = len(carry["metric_clean"])
    mean = sums[0] / n
    strength = np.abs(mean)
    order = np.argsort(-strength, kind="stable")
    order = order[strength[order] > 0]
    kept = np.sort(order[:listed])
    is_target = np.isin(kept, order[:targets])
    return carry | {
        "node": keys[kept],
        "effect": mean[kept],
        "spread": np.sqrt(np.maximum(sums[1] / n - mean**2, 0))[kept],
        "target": is_target,
        "n_nodes": np.array(len(order)),
        "unlisted": np.array(strength[order[listed:]].sum()),
    }


def sparse_rows(effects: NDArray[np.floating[Any]], limit: int = EXAMPLE_NODES) -> Arrays:
    """[example node] as the `limit` strongest entries of each example."""
    limit = min(limit, effects.shape[1])
    found = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :limit]
    values = np.take_along_axis(effects, found, 1)
    used = values != 0
    return {
        "example_nodes": used.sum(1),
        "example_node": found[used].astype(np.int32),
        "example_effect": values[used].astype(np.float32),
        "example_dropped": np.array([(effects != 0).sum() - used.sum()]),
    }


class Edges:
    """Sums of the shards' edges, [target node] as sparse pairs."""

    def __init__(self, n_targets: int, n_nodes: int) -> None:
        self.sum = np.zeros((n_targets, n_nodes))
        self.inputs = np.zeros(n_targets)

    @staticmethod
    def arrays(weight: NDArray[np.float64], inputs: NDArray[np.float64]) -> Arrays:
        pair = np.flatnonzero(weight)
        return {"pair": pair, "weight": weight.reshape(-1)[pair].astype(np.float32), "inputs": inputs}

    def add(self, part: Arrays) -> None:
        self.sum.reshape(-1)[part["pair"]] += part["weight"]
        self.inputs += part["inputs"]

    def strongest(self, n_examples: int, per_target: int) -> Arrays:
        """The `per_target` largest mean weights into each target, source and target as columns."""
        mean = self.sum / n_examples
        source = np.argsort(-np.abs(mean), axis=1, kind="stable")[:, :per_target]
        weight = np.take_along_axis(mean, source, 1)
        target, column = np.nonzero(weight)
        return {
            "edge_source": source[target, column],
            "edge_target": target,
            "edge_weight": weight[target, column],
            "edges_measured": np.array((mean != 0).sum()),
            "input_total": self.inputs / n_examples,
        }


def merge_edges(parts: Iterable[Arrays], carry: Arrays, per_target: int) -> Arrays:
    edges = Edges(int(carry["target"].sum()) + 1, len(carry["node"]))
    rows: dict[str, list[NDArray[Any]]] = {}
    for part in parts:
        edges.add(part)
        for name in ("example_nodes", "example_node", "example_effect", "example_dropped"):
            rows.setdefault(name, []).append(part[name])
    joined = {name: np.concatenate(values) for name, values in rows.items()}
    return carry | joined | edges.strongest(len(carry["metric_clean"]), per_target)


def circuit_of(
    network: Network,
    space: NodeSpace,
    task: TokenTask,
    method: BaseModel,
    carry: Arrays,
    *,
    bins: Sequence[str],
    answer_bin: int,
    fall: NDArray[np.floating[Any]],
    provenance: dict[str, Any],
) -> Circuit:
    """`fall`: of the metric, by example; the metric node's own effect."""
    keys: Keys = carry["node"]
    n_nodes = len(keys)
    fell = np.nan_to_num(fall.astype(np.float64))
    nodes = space.columns(
        keys,
        carry["effect"],
        carry["spread"],
        n_layers=network.n_layers,
        metric=(answer_bin, float(fell.mean()), float(fell.std())),
    )
    rows = np.append(np.flatnonzero(carry["target"]), n_nodes)
    return Circuit(
        nodes=nodes,
        edges=CircuitEdges(
            carry["edge_source"].astype(np.int32),
            rows[carry["edge_target"]].astype(np.int32),
            np.zeros(len(carry["edge_source"]), np.uint8),
            carry["edge_weight"].astype(np.float32),
        ),
        examples=_examples(carry, fell),
        bins=tuple(bins),
        metric_clean=carry["metric_clean"].astype(np.float32),
        metric_patch=carry["metric_patch"].astype(np.float32),
        level="features",
        n_layers=network.n_layers,
        n_heads=network.n_heads,
        model="",
        task={"name": task.name, "fingerprint": task.fingerprint, "n_examples": len(task.examples)},
        method=method.model_dump(mode="json"),
        provenance={
            "nodes_possible": space.size,
            "nodes_measured": int(carry["n_nodes"]),
            "nodes_listed": n_nodes,
            "nodes_explained": int(carry["target"].sum()),
            "effects_unlisted": float(carry["unlisted"]),
            "edges_measured": int(carry["edges_measured"]),
            "edges_kept": len(carry["edge_source"]),
            "example_effects_dropped": int(carry["example_dropped"].sum()),
            "start_token": "features of the first token are left out (dictionaries are trained without it); "
            "what changes there is in the error terms",
            **provenance,
        },
    )


def _examples(carry: Arrays, fell: NDArray[np.float64]) -> ExampleEffects:
    """Rows of examples turned to rows of nodes, the metric node last."""
    n_examples, n_nodes = len(fell), len(carry["node"])
    example = np.repeat(np.arange(n_examples), carry["example_nodes"])
    node = np.append(carry["example_node"], np.full(n_examples, n_nodes))
    example = np.append(example, np.arange(n_examples))
    effect = np.append(carry["example_effect"], fell)
    order = np.argsort(node, kind="stable")
    counts = np.bincount(node, minlength=n_nodes + 1)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ExampleEffects(indptr, example[order].astype(np.int32), effect[order].astype(np.float32))
