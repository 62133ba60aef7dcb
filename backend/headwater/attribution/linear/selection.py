"""Which features are explained in turn, and in what batches."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.linear.network import Network
from headwater.attribution.linear.rows import Block, Influence
from headwater.attribution.linear.sweep import Batch, sweep
from headwater.attribution.linear.targets import Heads
from headwater.errors import JobCancelled
from headwater.graph.graph import CONSTANTS

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]


class Run:
    """Sweeps chunk by chunk, telling how far it is and stopping when asked."""

    def __init__(
        self, network: Network, progress: Progress | None, cancelled: Cancelled | None, device: torch.device
    ) -> None:
        self.network, self.progress, self.cancelled, self.device = network, progress, cancelled, device
        self.done, self.total = 0, 0

    def heads(self, heads: Heads) -> list[Block]:
        n = len(heads.index)
        return self._sweep(
            len(self.network.nodes) + 1 + np.arange(n), np.full(n, heads.layer), np.full(n, heads.position),
            heads.entry, heads.constant,
        )  # fmt: skip

    def features(self, wanted: NDArray[np.int64]) -> list[Block]:
        """Rows of these features (numbers into `network.features`)."""
        node = self.network.features[wanted]
        nodes = self.network.nodes
        layer, position = nodes.layer[node].astype(np.int64), nodes.position[node].astype(np.int64)
        blocks = []
        for part in chunks(position, layer, self.network.entry.shape[1], self.device):
            own = torch.from_numpy(wanted[part]).to(self.device)
            entry, constant = self.network.entry[own], self.network.constant[own]
            blocks += self._sweep(node[part], layer[part], position[part], entry, constant)
        return blocks

    def _sweep(
        self, node: NDArray[Any], layer: NDArray[Any], position: NDArray[Any], entry: Tensor, constant: Tensor
    ) -> list[Block]:
        if self.cancelled and self.cancelled():
            raise JobCancelled("The trace was cancelled.")
        batch = Batch(node, layer, position, entry, constant)
        blocks = sweep(self.network.maps, self.network.sources, batch)
        self.done += len(node)
        if self.progress:
            self.progress("tracing", min(self.done, self.total), self.total)
        return blocks


def chunks(
    position: NDArray[Any], layer: NDArray[Any], d_model: int, device: torch.device
) -> Iterator[NDArray[np.int64]]:
    """Targets grouped by neighbouring positions, so that little is swept beyond a target's own position,
    and cut so that the gradients of a chunk stay in cache (CPU) or fill the device."""
    few, floats = (48, 1 << 22) if device.type == "cpu" else (1024, 1 << 28)
    order = np.lexsort((-layer, position))
    ends = np.flatnonzero(np.diff(position[order], append=-1)) + 1
    begin = 0
    for end in ends.tolist():
        if end - begin < few and end < len(order):
            continue
        size = max(1, floats // (d_model * (int(position[order[end - 1]]) + 1)))
        for cut in range(begin, end, size):
            yield order[cut : min(cut + size, end)]
        begin = end


def explain_rows(
    run: Run, network: Network, heads: Heads, cap: int | None, ranking_every: int
) -> tuple[list[Block], NDArray[np.bool_]]:
    """Rows of the targets and of every chosen feature; and which features were chosen."""
    n = len(network.features)
    blocks = run.heads(heads)
    if cap is None or cap >= n:
        run.total = n + run.done
        return blocks + run.features(np.arange(n)), np.ones(n, bool)
    run.total = cap + run.done
    return _best_first(run, network, heads, blocks, cap, ranking_every)


def _best_first(
    run: Run, network: Network, heads: Heads, blocks: list[Block], cap: int, ranking_every: int
) -> tuple[list[Block], NDArray[np.bool_]]:
    """The `cap` features of highest influence, ranked anew after every `ranking_every` (TRACING.md c.6).

    Rows are computed for more features than the next few, as large batches are cheaper; a row counts
    only once its feature is chosen, so the choice is the same as without looking ahead.
    """
    node = network.features
    n_nodes = len(network.nodes) + 1 + len(heads.index)
    shown = torch.ones(n_nodes, dtype=heads.weight.dtype, device=run.device)
    shown[: len(network.nodes)] = torch.from_numpy(~np.isin(network.nodes.kind, CONSTANTS)).to(shown)
    head_nodes = np.arange(len(network.nodes) + 1, n_nodes)
    influence = Influence(head_nodes, heads.weight, shown)
    influence.add(blocks)
    influence.use(head_nodes)
    chosen, computed = np.zeros(len(node), bool), np.zeros(len(node), bool)
    while (left := cap - int(chosen.sum())) > 0:
        rank = np.argsort(-influence()[torch.from_numpy(node)].cpu().numpy(), kind="stable")
        open_ = rank[~chosen[rank]]
        best = open_[: min(ranking_every, left)]
        if not computed[best].all():
            ahead = open_[: min(left, max(ranking_every, min(4 * ranking_every, left // 2)))]
            new = run.features(ahead[~computed[ahead]])
            influence.add(new)
            blocks, computed[ahead] = blocks + new, True
        influence.use(node[best])
        chosen[best] = True
    return blocks, chosen
