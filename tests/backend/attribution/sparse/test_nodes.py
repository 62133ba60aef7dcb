"""Effects of nodes: feature-circuits' numbers, the laws of integrated gradients, and a patch measured
directly."""

import numpy as np
import pytest
import torch
from peer_circuit import peer_dictionaries, peer_effects, peer_network, peer_task
from sparse_toys import SAES, TRANSCODERS, random_network, random_task

from headwater.attribution.circuit_methods import FeatureMetric
from headwater.attribution.sparse.nodes import (
    SiteEffects,
    attribution_gradients,
    effects,
    exact_effects,
    integrated_gradient,
    path_points,
)
from headwater.attribution.sparse.passes import Explained, Pair, pair_of, run
from headwater.attribution.sparse.sites import Site, metric_site, sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

CASES = pytest.mark.parametrize(
    ("parallel", "layer_norm", "sets"),
    [(False, False, SAES), (False, True, TRANSCODERS), (True, True, SAES)],
    ids=["saes", "transcoders", "parallel"],
)


def ready(
    network: Network,
    sets: dict[str, DictionarySet],
    task: TokenTask,
    metric: object = "logit_difference",
    *,
    zero: bool = False,
) -> tuple[tuple[Site, ...], Batch, Pair, Explained]:
    [batch] = batches(task, 64)
    pair = pair_of(network, batch, zero=zero)
    site = metric_site(sets, metric) if isinstance(metric, FeatureMetric) else None
    return sites_of(network, sets, metric), batch, pair, Explained(network, batch, metric, pair.clean, site)  # type: ignore[arg-type]  # any metric


def all_effects(network: Network, pair: Pair, site: Site, gradient: torch.Tensor) -> SiteEffects:
    parts = list(effects(network, pair, site, gradient))
    return SiteEffects(
        slice(None), torch.cat([p.features for p in parts]), torch.cat([p.error for p in parts])
    )


def total(found: SiteEffects) -> torch.Tensor:
    return found.features.sum((1, 2)) + found.error.sum(1)


@pytest.mark.parametrize("method", ["attrib", "ig", "exact"])
def test_effects_are_those_of_feature_circuits(method: str) -> None:
    network, sets = peer_network(), peer_dictionaries()
    sites, _, pair, explained = ready(network, sets, peer_task())
    wanted = peer_effects(method)
    largest = max(max(np.abs(features).max(), np.abs(error).max()) for features, error in wanted.values())

    # The peer's splice lets gradients pass MLP outputs through their features alone: see the docstring.
    linear = attribution_gradients(explained, pair, sites, through_features=("mlp",))
    for number, site in enumerate(sites):
        if method == "exact":
            found = exact_effects(explained, pair, site)
        elif method == "ig":
            gradient = integrated_gradient(explained, pair, site, path_points(10, "left"))
            found = all_effects(network, pair, site, gradient.gradient)
        else:
            found = all_effects(network, pair, site, linear[number].gradient)
        features, error = wanted[site.name]
        assert np.abs(found.features.numpy() - features).max() < 1e-5 * largest
        assert np.abs(found.error.numpy() - error).max() < 1e-5 * largest


@CASES
def test_one_left_step_is_attribution_patching(
    parallel: bool, layer_norm: bool, sets: dict[str, DictionarySet]
) -> None:
    network = random_network(parallel=parallel, layer_norm=layer_norm)
    sites, _, pair, explained = ready(network, sets, random_task(ragged=True))

    at_once = attribution_gradients(explained, pair, sites)

    for site, gradient in zip(sites, at_once, strict=True):
        alone = integrated_gradient(explained, pair, site, path_points(1, "left"))
        torch.testing.assert_close(alone.gradient, gradient.gradient, atol=1e-5, rtol=1e-4)


@CASES
@pytest.mark.parametrize("zero", [False, True], ids=["pair", "zero"])
def test_effects_of_a_site_sum_to_what_patching_it_does(
    parallel: bool, layer_norm: bool, sets: dict[str, DictionarySet], zero: bool
) -> None:
    network = random_network(parallel=parallel, layer_norm=layer_norm)
    sites, _, pair, explained = ready(network, sets, random_task(ragged=True), zero=zero)

    for site in sites:
        fine = integrated_gradient(explained, pair, site, path_points(400, "midpoint"))
        sums = total(all_effects(network, pair, site, fine.gradient))
        torch.testing.assert_close(sums, fine.fall, atol=2e-3, rtol=1e-2)


def test_midpoints_leave_less_than_left_ends_and_more_steps_leave_less() -> None:
    network = peer_network()
    sites, _, pair, explained = ready(network, peer_dictionaries(), peer_task())

    def residual(steps: int, rule: str) -> float:
        worst = torch.zeros(())
        for site in sites:
            found = integrated_gradient(explained, pair, site, path_points(steps, rule))  # type: ignore[arg-type]
            worst = torch.maximum(
                worst, (total(all_effects(network, pair, site, found.gradient)) - found.fall).abs().max()
            )
        return float(worst)

    assert residual(10, "midpoint") < residual(10, "left")
    assert residual(40, "midpoint") < residual(4, "midpoint")


@CASES
def test_the_fall_of_a_site_is_that_of_a_whole_pass_with_it_replaced(
    parallel: bool, layer_norm: bool, sets: dict[str, DictionarySet]
) -> None:
    """Resumed in the middle of a block and read where answers are, against one tap in the full model."""
    network = random_network(parallel=parallel, layer_norm=layer_norm)
    sites, batch, pair, explained = ready(network, sets, random_task(ragged=True), zero=True)
    before = explained.of_end(pair.clean.at(*explained.end))

    for site in sites:

        def put(place: str, layer: int, value: torch.Tensor, site: Site = site) -> torch.Tensor:
            if (place, layer) == (site.write, site.layer):
                return pair.patched(site).view(value.shape)
            return value

        after = run(network, batch.clean, batch.lengths, put)
        found = integrated_gradient(explained, pair, site, [0.5])
        torch.testing.assert_close(
            found.fall, before - explained.of_end(after.at(*explained.end)), atol=1e-5, rtol=1e-5
        )


@pytest.mark.parametrize("part", ["attn", "mlp", "resid"])
@pytest.mark.parametrize("parallel", [False, True])
def test_a_feature_as_metric_is_explained_up_to_its_own_place(part: str, parallel: bool) -> None:
    network = random_network(parallel=parallel)
    metric = FeatureMetric(site=part, layer=2, index=4)  # type: ignore[arg-type]  # a parameter
    sites, _, pair, explained = ready(network, SAES, random_task(), metric)

    read = pair.clean.read(network, metric_site(SAES, metric))
    value = SAES[part].at(2).encode(read)[:, -1, 4]
    torch.testing.assert_close(explained.of_end(explained.clean_end()), value)
    assert {site.name for site in sites if site.layer == 2} == {
        "attn": set(), "mlp": set() if parallel else {"attn2"}, "resid": {"attn2", "mlp2"}
    }[part]  # fmt: skip
    for site in sites:
        torch.testing.assert_close(explained.of_site(site, pair.clean.written(site)), value)


def test_features_of_the_start_token_are_left_out_and_its_error_is_kept() -> None:
    network = random_network()
    task = random_task()
    shifted = TokenTask("shifted", tuple(
        type(one)(one.clean, (3, *one.patch[1:]), one.readouts) for one in task.examples if one.patch
    ))  # fmt: skip
    sites, _, pair, explained = ready(network, SAES, shifted)

    found = all_effects(
        network, pair, sites[-1], integrated_gradient(explained, pair, sites[-1], [0.5]).gradient
    )
    first = all_effects(
        network, pair, sites[2], integrated_gradient(explained, pair, sites[2], [0.5]).gradient
    )

    assert not found.features[:, 0].any()
    assert first.error[:, 0].any()
