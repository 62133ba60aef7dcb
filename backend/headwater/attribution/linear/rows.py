"""Attribution rows: kept as dense blocks while tracing, ranked by influence, stored as CSR.

Axis names: `target` and `source` are rows and columns of one block; `node` counts all nodes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from headwater.graph.graph import Edges


@dataclass(frozen=True)
class Block:
    """Rows of some targets that read inside the same block `layer`.

    `weight[t, s]` is the effect of node `source[s]` on node `target[t]`; `own[t]` the part of the
    target's value that comes from constants at its own (layer, position).
    """

    layer: int
    target: NDArray[np.int64]
    source: NDArray[np.int64]
    weight: Float[Tensor, "target source"]
    own: Float[Tensor, " target"]

    def only(self, rows: NDArray[np.bool_]) -> "Block":
        """Some of its rows, in main memory."""
        kept = torch.from_numpy(np.flatnonzero(rows))
        weight = self.weight if rows.all() else self.weight[kept.to(self.weight.device)]
        own = self.own[kept.to(self.own.device)]
        return Block(self.layer, self.target[rows], self.source, weight.cpu(), own.cpu())


class Influence:
    """Influence of every node on the graph's targets, from the rows known so far (TRACING.md c.5, c.6).

    I = w N + w N² + ..., N the rows' absolute weights over their sum, constants left out of the sum.
    Rows lead to earlier layers only, so one pass from the last layer down gives the whole series.
    """

    def __init__(
        self,
        heads: NDArray[np.int64],
        head_weights: Float[Tensor, " head"],
        shown: Float[Tensor, " node"],
    ) -> None:
        self.shown = shown
        self.known = torch.zeros_like(shown)
        self.start = torch.zeros_like(shown)
        self.start[torch.from_numpy(heads)] = head_weights
        self.blocks: dict[int, list[tuple[Tensor, Tensor, Tensor, Tensor]]] = {}

    def add(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            target = torch.from_numpy(block.target).to(self.shown.device)
            source = torch.from_numpy(block.source).to(self.shown.device)
            total = (block.weight.abs() @ self.shown[source]).clamp(min=1e-10)
            self.blocks.setdefault(block.layer, []).append((target, source, block.weight, 1 / total))

    def use(self, targets: NDArray[np.int64]) -> None:
        """Rows of these nodes count from now on."""
        self.known[torch.from_numpy(targets)] = 1

    def __call__(self) -> Float[Tensor, " node"]:
        influence = self.start.clone()
        for layer in sorted(self.blocks, reverse=True):
            for target, source, weight, scale in self.blocks[layer]:
                flow = influence[target] * self.known[target] * scale
                used = flow.nonzero()[:, 0]
                if len(used):
                    rows = weight if len(used) == len(flow) else weight[used]
                    influence.index_add_(0, source, flow[used] @ rows.abs())
        return influence


def fold(block: Block, into: NDArray[np.int64]) -> Block:
    """The same rows with the effects of nodes left out added to the nodes that take them.

    `into[node]` takes the effects of `node`: itself, or for a feature left out of a capped graph the
    error of its place, which follows it in node order.
    """
    taken_by = into[block.source]
    out = taken_by != block.source
    if not out.any():
        return block
    weight = block.weight.numpy()
    takers, first = np.unique(taken_by[out], return_index=True)
    kept = weight[:, ~out]
    kept[:, np.searchsorted(block.source[~out], takers)] += np.add.reduceat(weight[:, out], first, axis=1)
    return Block(block.layer, block.target, block.source[~out], torch.from_numpy(kept), block.own)


@dataclass(frozen=True)
class Residuals:
    """How far rows are from the measured values: the largest |value − Σ row|, as it is, over Σ|row|,
    and over |value| (which says little where a large input cancels)."""

    max_absolute: float
    max_relative_to_inputs: float
    max_relative_to_value: float


def to_edges(
    blocks: Sequence[Block],
    number: NDArray[np.int32],
    bias_of: NDArray[np.int64],
    value: NDArray[np.float32],
) -> tuple[Edges, Residuals]:
    """All rows in CSR form, sorted by target, exact zeros left out.

    Given per node as counted while tracing: its `number` in the graph, `bias_of` (where the own
    constants of a target go) and its measured `value`.
    """
    target = np.concatenate([block.target for block in blocks])
    order = np.argsort(target)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    own = torch.cat([block.own for block in blocks]).numpy()
    counts = torch.cat([(block.weight != 0).sum(1) for block in blocks]).numpy() + (own != 0)
    indptr = np.zeros(len(order) + 1, np.int64)
    np.cumsum(counts[order], out=indptr[1:])
    source = np.empty(indptr[-1], np.int32)
    weight = np.empty(indptr[-1], np.float32)
    row = 0
    for block in blocks:
        columns = number[block.source]
        for values, node in zip(block.weight.numpy(), block.target, strict=True):
            begin, end = indptr[rank[row]], indptr[rank[row] + 1]
            if own[row]:
                end -= 1
                source[end], weight[end] = number[bias_of[node]], own[row]
            if end - begin == len(values):
                source[begin:end], weight[begin:end] = columns, values
            else:
                present = np.flatnonzero(values)
                source[begin:end], weight[begin:end] = columns[present], values[present]
            row += 1
    edges = Edges(number[target[order]], indptr, source, weight, value[target[order]])
    return edges, _residuals(blocks, value[target], own)


def _residuals(
    blocks: Sequence[Block], value: NDArray[np.float32], own: NDArray[np.floating[Any]]
) -> Residuals:
    sums = torch.cat([block.weight.sum(1, dtype=torch.float64) for block in blocks]).numpy() + own
    inputs = torch.cat([block.weight.abs().sum(1) for block in blocks]).numpy() + np.abs(own)
    residual = np.abs(value - sums)
    return Residuals(
        max_absolute=float(residual.max()),
        max_relative_to_inputs=float((residual / inputs.clip(1e-30)).max()),
        max_relative_to_value=float((residual / np.abs(value).clip(1e-30)).max()),
    )
