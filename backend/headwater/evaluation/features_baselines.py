"""Rankings of nodes that any circuit has to beat: chance, how far a node moves, how steep the metric is
there."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.circuit_methods import Metric
from headwater.attribution.sparse.nodes import attribution_gradients, bin_sums
from headwater.attribution.sparse.passes import Explained, copies_per_pass, pair_of
from headwater.attribution.sparse.sites import Site
from headwater.evaluation.settings import Baseline
from headwater.lm.batch import Positions, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

Scores = dict[str, NDArray[np.float64]]
"""Site name -> [bin node], the error term last. 0: never differs between clean and patch, in no ranking."""


def node_baselines(
    network: Network,
    sites: Sequence[Site],
    task: TokenTask,
    metric: Metric,
    metric_site: Site | None,
    positions: Positions,
    n_bins: int,
    wanted: Sequence[Baseline],
    seed: int,
) -> Mapping[str, Scores]:
    """Means over examples of |change of activation| · |decoder row| and of |gradient| where something
    changes; random scores for the same nodes. Where examples have no pair, nodes change to zero."""
    if not wanted:
        return {}
    activation, gradient = (
        {site.name: np.zeros((n_bins, site.n_features + 1)) for site in sites} for _ in range(2)
    )
    rows = copies_per_pass(network, 1, max(task.lengths))
    for batch in batches(task, rows, network.device, positions=positions, pad=network.causal):
        with torch.no_grad():
            pair = pair_of(network, batch, zero=batch.patch is None)
            explained = Explained(network, batch, metric, pair.clean, metric_site)
            slopes = attribution_gradients(explained, pair, sites, fall=False)
            for site, slope in zip(sites, slopes, strict=True):
                before, after = pair.activations(network, site)
                W_dec, change = site.dictionary.W_dec, after - before
                error = pair.patched(site) - pair.clean.written(site) - change @ W_dec
                moved = torch.cat([change.abs() * W_dec.norm(dim=1), error.norm(dim=-1, keepdim=True)], -1)
                steep = torch.cat(
                    [(slope.gradient @ W_dec.T).abs(), slope.gradient.norm(dim=-1, keepdim=True)], -1
                )
                activation[site.name] += _summed(moved, batch.bins, n_bins)
                gradient[site.name] += _summed(steep * (moved > 0), batch.bins, n_bins)
    generator = np.random.default_rng(seed)
    chance = {name: generator.uniform(0.5, 1.5, one.shape) * (one > 0) for name, one in activation.items()}
    found = {"random": chance, "activation": activation, "gradient": gradient}
    return {name: found[name] for name in wanted}


def _summed(values: Tensor, bins: Tensor, n_bins: int) -> NDArray[np.float64]:
    summed: NDArray[np.float64] = bin_sums(values, bins, n_bins).double().sum(0).cpu().numpy()
    return summed
