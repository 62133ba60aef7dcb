"""Scores of edges between heads and MLPs as a `Circuit`: nodes at bins, edges with slots, effects by example.

Rows while it is put together: `bin * (n_sources + 1) + source`, the metric being the last of each bin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from headwater.attribution.components.graph import QKV, EdgeUniverse
from headwater.graph.circuit import (
    ATTN_SITE,
    EMBED_SITE,
    HEAD,
    LOGITS_SITE,
    MLP,
    MLP_SITE,
    SLOTS,
    Circuit,
    CircuitEdges,
    CircuitNodes,
    ExampleEffects,
)
from headwater.graph.graph import EMBEDDING, LOGIT
from headwater.tasks.task import TokenTask

MAX_EDGES: Final = 1_000_000
"""Position-aware circuits of long prompts have millions of edges: the strongest are kept, others counted."""


@dataclass(frozen=True)
class EdgeColumns:
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    slot: NDArray[np.uint8]
    weight: NDArray[np.float64]
    n_measured: int


def within_columns(universe: EdgeUniverse, weights: NDArray[np.float64]) -> EdgeColumns:
    """Edges between nodes of one bin, from `weights` [bin edge]."""
    n_bins, n_rows = len(weights), universe.n_sources + 1
    first = np.arange(n_bins)[:, None] * n_rows
    source = universe.edge_source + first
    target = universe.source_of_slot[universe.edge_slot] + first
    slot = np.broadcast_to(_slot_codes(universe)[universe.edge_slot], weights.shape)
    return EdgeColumns(source.ravel(), target.ravel(), slot.ravel(), weights.ravel(), weights.size)


def crossing_columns(universe: EdgeUniverse, weights: NDArray[np.float64]) -> EdgeColumns:
    """Edges from a head to itself, from `weights` [layer slot head from_bin to_bin]."""
    layer, slot, head, source, target = np.nonzero(weights)
    n_rows = universe.n_sources + 1
    node = np.array([universe.heads(number).start for number in range(universe.n_layers)])[layer] + head
    codes = np.array([SLOTS.index(kind) for kind in QKV], np.uint8)
    return EdgeColumns(
        source * n_rows + node, target * n_rows + node, codes[slot], weights[weights != 0], len(layer)
    )


def join(one: EdgeColumns, other: EdgeColumns) -> EdgeColumns:
    return EdgeColumns(
        np.concatenate([one.source, other.source]),
        np.concatenate([one.target, other.target]),
        np.concatenate([one.slot, other.slot]),
        np.concatenate([one.weight, other.weight]),
        one.n_measured + other.n_measured,
    )


def strongest(edges: EdgeColumns, limit: int = MAX_EDGES) -> EdgeColumns:
    """Edges that do something, at most `limit` of them by |weight|, in their own order."""
    kept = np.nonzero(edges.weight)[0]
    if len(kept) > limit:
        order = np.argsort(-np.abs(edges.weight[kept]), kind="stable")
        kept = np.sort(kept[order[:limit]])
    return EdgeColumns(
        edges.source[kept], edges.target[kept], edges.slot[kept], edges.weight[kept], edges.n_measured
    )


def assemble(
    universe: EdgeUniverse,
    edges: EdgeColumns,
    effects: NDArray[np.float32],
    bins: Sequence[str],
    metric_clean: NDArray[np.float32],
    metric_patch: NDArray[np.float32],
    *,
    task: dict[str, Any],
    method: dict[str, Any],
) -> Circuit:
    """`effects` [example bin source]: the sum of the node's outgoing edges at its own bin.

    Every node of the model is there when positions are summed; with bins, those with an edge or an effect,
    and the metric where there is none.
    The metric's own effect is how far it falls between the runs.
    """
    fall = np.broadcast_to((metric_clean - metric_patch)[:, None, None], (*effects.shape[:2], 1))
    by_node = np.concatenate([effects, fall], 2).reshape(len(effects), -1)
    used = np.zeros(by_node.shape[1], bool)
    used[edges.source] = used[edges.target] = True
    sources = np.arange(by_node.shape[1]) % (universe.n_sources + 1) != universe.n_sources
    used |= sources & (by_node != 0).any(0)
    used[-1] |= not used.any()
    keep = np.nonzero(used)[0] if len(bins) > 1 else np.arange(by_node.shape[1])
    row = np.full(by_node.shape[1], -1)
    row[keep] = np.arange(len(keep))
    return Circuit(
        nodes=_nodes(universe, keep, by_node[:, keep]),
        edges=CircuitEdges(
            row[edges.source].astype(np.int32),
            row[edges.target].astype(np.int32),
            edges.slot.astype(np.uint8),
            edges.weight.astype(np.float32),
        ),
        examples=example_effects(by_node[:, keep]),
        bins=tuple(bins),
        metric_clean=metric_clean.astype(np.float32),
        metric_patch=metric_patch.astype(np.float32),
        level="components",
        n_layers=universe.n_layers,
        n_heads=universe.n_heads,
        model="",
        task=task,
        method=method,
        provenance={
            "edges_measured": edges.n_measured,
            "edges_kept": len(edges.weight),
        },
    )


def _nodes(universe: EdgeUniverse, keep: NDArray[np.int64], effects: NDArray[np.float32]) -> CircuitNodes:
    position, source = np.divmod(keep, universe.n_sources + 1)
    layer, place = np.divmod(source - 1, universe.n_heads + 1)
    is_mlp = place == universe.n_heads
    kind, site = np.where(is_mlp, MLP, HEAD), np.where(is_mlp, MLP_SITE, ATTN_SITE)
    index = np.where(is_mlp, -1, place)
    for at, its_kind, its_site, its_layer in (
        (source == 0, EMBEDDING, EMBED_SITE, -1),
        (source == universe.n_sources, LOGIT, LOGITS_SITE, universe.n_layers),
    ):
        kind[at], site[at], layer[at], index[at] = its_kind, its_site, its_layer, -1
    return CircuitNodes(
        kind.astype(np.uint8),
        site.astype(np.uint8),
        layer.astype(np.int16),
        position.astype(np.int32),
        index.astype(np.int32),
        effects.mean(0, dtype=np.float64).astype(np.float32),
        effects.std(0, dtype=np.float64).astype(np.float32),
    )


def example_effects(effects: NDArray[np.float32]) -> ExampleEffects:
    """[example node] as CSR by node; zeros are left out."""
    node, example = np.nonzero(effects.T)
    counts = np.bincount(node, minlength=effects.shape[1])
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ExampleEffects(indptr, example.astype(np.int32), effects.T[node, example].astype(np.float32))


def _slot_codes(universe: EdgeUniverse) -> NDArray[np.uint8]:
    """[slot]: entry of SLOTS; 0 for MLPs and the logits."""
    codes = np.zeros(universe.n_slots, np.uint8)
    for layer in range(universe.n_layers):
        for kind in QKV:
            codes[universe.slots(layer, kind)] = SLOTS.index(kind)
    return codes


def task_facts(task: TokenTask) -> dict[str, Any]:
    return {"name": task.name, "fingerprint": task.fingerprint, "n_examples": len(task.examples)}
