"""One batch of clean and patch prompts, run: what every method on heads and MLPs starts from."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.circuit_methods import MetricName
from headwater.attribution.components.answers import Answers
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.runs import SOURCE_SITES, Run, record, source_differences
from headwater.errors import InvalidTask
from headwater.lm.batch import Batch
from headwater.lm.network import Network

WORK_BYTES: Final = {"cpu": 256 * 2**20, "cuda": 4 * 2**30}
"""About how much memory a step of the work may take. On a CPU more is slower: caches are small."""


@dataclass(frozen=True)
class Pair:
    network: Network
    universe: EdgeUniverse
    batch: Batch
    answers: Answers
    clean: Run
    patch: Run

    @cached_property
    def delta(self) -> Float[Tensor, "batch source pos d_model"]:
        """patch - clean of every source."""
        return source_differences(self.network, self.universe, self.clean, self.patch, self.batch.lengths)

    @cached_property
    def metric_clean(self) -> Float[Tensor, " batch"]:
        with torch.no_grad():
            return self.answers.values(self.clean["resid.final", self.network.n_layers])

    @cached_property
    def metric_patch(self) -> Float[Tensor, " batch"]:
        with torch.no_grad():
            return self.answers.values(self.patch["resid.final", self.network.n_layers])

    @cached_property
    def copies_at_once(self) -> int:
        """How many copies of the batch a forward and backward pass may hold."""
        positions = self.batch.clean.numel()
        per_copy = positions * bytes_per_position(self.network, self.batch.clean.shape[1])
        return max(1, work_bytes(self.network) // (per_copy + self.answers.bytes_per_copy))


def run_pair(
    network: Network, batch: Batch, metric: MetricName, sites: Collection[str] = SOURCE_SITES
) -> Pair:
    if batch.patch is None:
        raise InvalidTask(
            "Edges between heads and MLPs compare two prompts, and an example has no patch prompt. Give "
            "every example one."
        )
    universe = universe_of(network)
    clean = record(network, batch.clean, batch.lengths, sites)
    patch = record(network, batch.patch, batch.lengths, sites)
    answers = Answers(network, batch, metric, clean["resid.final", network.n_layers])
    return Pair(network, universe, batch, answers, clean, patch)


def universe_of(network: Network) -> EdgeUniverse:
    return EdgeUniverse(network.n_layers, network.n_heads, network.parallel)


def work_bytes(network: Network) -> int:
    return WORK_BYTES.get(network.device.type, WORK_BYTES["cpu"])


def bytes_per_position(network: Network, n_pos: int) -> int:
    """What one position of a forward pass keeps for its backward pass (estimate, single precision)."""
    mlp = network.blocks[0].mlp.W_in.shape[1]
    per_layer = 16 * network.d_model + 4 * mlp + 3 * network.n_heads * n_pos
    return 4 * network.n_layers * per_layer


def examples_at_once(network: Network, n_pos: int) -> int:
    """How many examples a batch may hold: sources and slots are [batch, source or slot, pos, d_model]."""
    universe = universe_of(network)
    held = 4 * (universe.n_sources + universe.n_slots) * network.d_model
    return max(1, work_bytes(network) // (n_pos * (held + bytes_per_position(network, n_pos))))
