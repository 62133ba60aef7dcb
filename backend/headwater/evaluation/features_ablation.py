"""What the nodes of a site carry while they are ablated: features' activations and error terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.sparse.passes import run, without_gain
from headwater.attribution.sparse.sites import Site
from headwater.dictionaries.sites import START_POSITIONS
from headwater.errors import InvalidSetting
from headwater.evaluation.settings import Ablation
from headwater.lm.batch import Batch, Positions, batches
from headwater.lm.network import Network, normed
from headwater.lm.sites import MLP_NORMALIZED, RESID_MID
from headwater.tasks.task import TokenTask


@dataclass(frozen=True)
class Ablated:
    """Of one site on one batch."""

    features: Float[Tensor, "batch pos feature"]
    error: Float[Tensor, "batch pos d_out"]


def site_read(
    network: Network, site: Site, seen: Mapping[tuple[str, int], Tensor]
) -> Float[Tensor, "batch pos d"]:
    """What the site's dictionary reads, from the activations of a pass by (place, layer)."""
    if site.read == MLP_NORMALIZED:
        return normed(without_gain(network.blocks[site.layer].mlp_norm), seen[RESID_MID, site.layer])
    return seen[site.read, site.layer]


def nodes_of(
    network: Network, sites: Sequence[Site], ids: Int[Tensor, "batch pos"], lengths: Int[Tensor, " batch"]
) -> dict[str, Ablated]:
    """Site name -> its nodes in a run of these prompts."""
    found, seen = {}, run(network, ids, lengths)
    for site in sites:
        acts = site.encode(seen.read(network, site))
        missed = seen.written(site) - acts @ site.dictionary.W_dec - site.dictionary.b_dec
        found[site.name] = Ablated(acts, missed)
    return found


class Ablations:
    """`of(batch)` for one kind of ablation. The start token's mean is its own; zero leaves it as it is."""

    def __init__(
        self,
        network: Network,
        sites: Sequence[Site],
        task: TokenTask,
        kind: Ablation,
        positions: Positions,
        seed: int,
    ) -> None:
        self.network, self.sites, self.task, self.kind = network, sites, task, kind
        if kind == "counterfactual" and not task.is_paired:
            raise InvalidSetting(
                f"Some examples of {task.name!r} have no patch prompt, so there is no counterfactual run to "
                "ablate with. Choose resample, mean or zero."
            )
        if kind == "mean_position" and not task.has_equal_lengths:
            raise InvalidSetting(
                f"Examples of {task.name!r} differ in length, so a position has no mean of its own. "
                "Choose mean."
            )
        self._donors = donors(task, seed) if kind == "resample" else []
        self._means: dict[str, Ablated] = {}
        if kind in ("mean", "mean_position"):
            with torch.no_grad():
                self._means = self._mean_nodes(positions)

    def of(self, batch: Batch) -> dict[str, Ablated]:
        """Site name -> what its nodes carry."""
        if self.kind == "counterfactual":
            assert batch.patch is not None
            return nodes_of(self.network, self.sites, batch.patch, batch.lengths)
        if self.kind == "resample":
            return nodes_of(self.network, self.sites, self._donors_of(batch), batch.lengths)
        if self.kind == "zero":
            return self._zeros(batch)
        rows, pos = batch.clean.shape
        return {
            name: Ablated(*(part[:pos].expand(rows, -1, -1) for part in (mean.features, mean.error)))
            for name, mean in self._means.items()
        }

    def _zeros(self, batch: Batch) -> dict[str, Ablated]:
        clean = nodes_of(self.network, self.sites, batch.clean, batch.lengths)
        found = {}
        for name, nodes in clean.items():
            error = torch.zeros_like(nodes.error)
            error[:, :START_POSITIONS] = nodes.error[:, :START_POSITIONS]
            found[name] = Ablated(torch.zeros_like(nodes.features), error)
        return found

    def _donors_of(self, batch: Batch) -> Int[Tensor, "batch pos"]:
        ids = batch.clean.clone()
        for row, example in enumerate(batch.examples.tolist()):
            donor = self.task.examples[self._donors[example]].clean
            ids[row, : len(donor)] = torch.tensor(donor, device=ids.device)
        return ids

    def _mean_nodes(self, positions: Positions) -> dict[str, Ablated]:
        """[pos ...] for the longest example."""
        longest, device = max(self.task.lengths), self.network.device
        totals: dict[str, tuple[Tensor, ...]] = {}
        count = torch.zeros(longest, dtype=torch.float64, device=device)
        for batch in batches(self.task, 16, device, positions=positions, pad=self.network.causal):
            ids = batch.clean if batch.patch is None else batch.patch
            pos, real = ids.shape[1], batch.is_real.double()
            count[:pos] += real.sum(0)
            for name, nodes in nodes_of(self.network, self.sites, ids, batch.lengths).items():
                parts = [
                    torch.einsum("bpf,bp->pf", part.double(), real) for part in (nodes.features, nodes.error)
                ]
                first = tuple(part.new_zeros(longest, part.shape[1]) for part in parts)
                totals.setdefault(name, first)
                for total, part in zip(totals[name], parts, strict=True):
                    total[:pos] += part
        return {name: Ablated(*(self._mean(part, count) for part in parts)) for name, parts in totals.items()}

    def _mean(self, total: Tensor, count: Tensor) -> Tensor:
        if self.kind == "mean_position":
            return (total / count[:, None]).to(self.network.W_E.dtype)
        mean = total.new_zeros(total.shape)
        for part in (slice(0, START_POSITIONS), slice(START_POSITIONS, None)):
            mean[part] = total[part].sum(0) / count[part].sum().clamp(min=1)
        return mean.to(self.network.W_E.dtype)


def donors(task: TokenTask, seed: int) -> list[int]:
    """For every example another one of its length: a random cycle through all of one length."""
    generator, lengths = np.random.default_rng(seed), np.array(task.lengths)
    donor = np.zeros(len(lengths), np.int64)
    for length in np.unique(lengths):
        group = generator.permutation(np.flatnonzero(lengths == length))
        if len(group) < 2:
            raise InvalidSetting(
                f"Only one example of {task.name!r} is {length} tokens long, so there is none to resample "
                "from. Add examples of that length, or ablate with mean, zero or counterfactual."
            )
        donor[group] = np.roll(group, 1)
    return [int(number) for number in donor]
