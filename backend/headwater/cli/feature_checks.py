"""The laws of circuits of dictionary features (METHODS.md 16.3, items 1 to 3, 10 and 12). Needs torch."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor

from headwater.attribution.circuit_methods import Hierarchical, read_method
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.edges import SiteNodes, edge_weights, site_state
from headwater.attribution.sparse.gated import GatedPass
from headwater.attribution.sparse.nodes import (
    SiteGradient,
    attribution_gradients,
    end_gradient,
    integrated_gradient,
    path_points,
)
from headwater.attribution.sparse.passes import Explained, Pair, pair_of, run
from headwater.attribution.sparse.sites import Site, sites_of
from headwater.attribution.sparse.sweep import Flow, Start, Sweep
from headwater.cli.circuit_checks import LIMIT, NAME, PROMPTS
from headwater.cli.verdict import Check, below, not_applicable
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.evaluation.features import evaluate_features
from headwater.evaluation.settings import EvaluationSettings
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.lm.network_weights import AttentionWeights, HeadMap, MlpWeights, NetworkBlock, NetworkWeights
from headwater.tasks.task import Readout, TokenExample, TokenTask

STEPS: Final = 10
EXPLAINED: Final = 20
"""Features whose inputs are summed."""
SPLICE: Final = "all sites rebuilt of features and errors (of the largest logit)"
NODES_IN: Final = "all nodes in: the model (of the largest logit)"
NODES_OUT: Final = "all nodes out: the patch run (of the largest logit)"
ONE_STEP: Final = "one left step of integrated gradients against attribution patching (of the largest)"
MIDPOINT: Final = f"completeness residual, midpoint over left end, {STEPS} steps"
EDGES: Final = "edges into a feature against what reaches it directly (of the largest)"
WITH_DICTIONARIES: Final = (SPLICE, NODES_IN, NODES_OUT, ONE_STEP, MIDPOINT, EDGES)


def feature_laws(network: Network, sets: Mapping[str, DictionarySet], task: TokenTask) -> Iterator[Check]:
    sites = sites_of(network, sets)
    [batch] = batches(task, PROMPTS, network.device, positions="sum")
    pair = pair_of(network, batch, zero=False)
    explained = Explained(network, batch, "logit_difference", pair.clean)
    yield _spliced(network, sites, batch, pair)
    yield from _in_and_out(network, sets, sites, task)
    at_once = attribution_gradients(explained, pair, sites)
    left = [integrated_gradient(explained, pair, site, path_points(1, "left")) for site in sites]
    largest = max(float(one.gradient.abs().max()) for one in at_once)
    apart = max(float((a.gradient - b.gradient).abs().max()) for a, b in zip(at_once, left, strict=True))
    # Two orders of summation through all layers: the gradients of a deep model are rounded more than a sum.
    yield below(NAME, ONE_STEP, apart / max(largest, 1e-30), 10 * LIMIT)
    yield _midpoint(network, sites, task)
    yield _edge_sums(network, sites, batch, pair, explained, at_once)


def _spliced(network: Network, sites: tuple[Site, ...], batch: Batch, pair: Pair) -> Check:
    by_place = {(site.write, site.layer): site for site in sites}

    def splice(place: str, layer: int, value: Tensor) -> Tensor:
        site = by_place.get((place, layer))
        if site is None:
            return value
        flat = value.flatten(2) if value.ndim == 4 else value
        # What it reads is the clean run's: with the identity it is what this pass would read as well.
        rebuilt = site.encode(pair.clean.read(network, site)) @ site.dictionary.W_dec + site.dictionary.b_dec
        return (rebuilt + (flat - rebuilt)).view_as(value)

    with torch.no_grad():
        plain = network.forward(batch.clean, batch.lengths)
        spliced = network.forward(batch.clean, batch.lengths, splice)
    figure = float((spliced - plain).abs().max() / plain.abs().max())
    return below(NAME, SPLICE, figure, 1e-4)


def _in_and_out(
    network: Network, sets: Mapping[str, DictionarySet], sites: tuple[Site, ...], task: TokenTask
) -> Iterator[Check]:
    """With nothing in it is the patch run where the last residual stream is a site: nothing goes past it."""
    few = read_method({"method": "sfc", "effects": "attribution", "max_nodes": 1, "edges_per_node": 1})
    circuit = find_circuit(network, dict(sets), task, few)
    settings = EvaluationSettings(sizes=(0,), baselines=())
    found = evaluate_features(network, sets, task, circuit, settings)
    [point] = [curve.points[0] for curve in found.curves if curve.ranking == "absolute"]
    ids = torch.tensor([one.clean for one in task.examples], device=network.device)
    largest = float(network.forward(ids)[:, -1].abs().max())
    if point.completeness is None:  # the metric is the same with nothing in
        yield not_applicable(NAME, NODES_IN, "the patch changes nothing in this model")
    else:
        off = abs(point.completeness - 1) * abs(found.clean - found.empty)
        yield below(NAME, NODES_IN, off / largest, LIMIT)
    if any(site.part == "resid" and site.layer == network.n_layers - 1 for site in sites):
        off = abs(found.empty - float(circuit.metric_patch.mean()))
        yield below(NAME, NODES_OUT, off / largest, LIMIT)
    else:
        yield not_applicable(NAME, NODES_OUT, "no dictionary on the last residual stream")


def _midpoint(network: Network, sites: tuple[Site, ...], task: TokenTask) -> Check:
    """Not a law of every model: where it fails the effects of this one are to be read with their residual."""
    [batch] = batches(task.take(2), 2, network.device, positions="sum")
    pair = pair_of(network, batch, zero=False)
    explained = Explained(network, batch, "logit_difference", pair.clean)
    left, middle = (
        _residual(explained, pair, sites, path_points(STEPS, "left")),
        _residual(explained, pair, sites, path_points(STEPS, "midpoint")),
    )
    ratio = middle / max(left, 1e-30)
    return Check(NAME, MIDPOINT, ratio, "< 1", passed=True, warning=not ratio < 1)


def _residual(explained: Explained, pair: Pair, sites: tuple[Site, ...], points: list[float]) -> float:
    """Sum over sites and examples of |sum of effects - fall|. Effects of a site sum to change . gradient."""
    total = 0.0
    for site in sites:
        found = integrated_gradient(explained, pair, site, points)
        change = pair.patched(site) - pair.clean.written(site)
        total += float(((change * found.gradient).sum((1, 2)) - found.fall).abs().sum())
    return total


def _edge_sums(
    network: Network,
    sites: tuple[Site, ...],
    batch: Batch,
    pair: Pair,
    explained: Explained,
    gradients: tuple[SiteGradient, ...],
) -> Check:
    """From a block's attention and MLP and the residual stream before it to that behind it nothing bends, so
    the edges into an active feature sum to its gradient times its pre-activation's whole change."""
    named = {site.name: number for number, site in enumerate(sites)}
    layer = network.n_layers - 1
    wanted = (f"resid{layer - 1}", f"attn{layer}", f"mlp{layer}", f"resid{layer}")
    target_site = sites[named[wanted[-1]]] if wanted[-1] in named else None
    is_sae = all(sites[named[name]].read == sites[named[name]].write for name in wanted if name in named)
    if target_site is None or not is_sae or not set(wanted) <= set(named):
        return not_applicable(
            NAME, EDGES, "needs SAEs on attention, MLP and residual stream of the last layer"
        )
    before, after = pair.clean.written(target_site), pair.patched(target_site)
    slope = gradients[named[target_site.name]].gradient @ target_site.dictionary.W_dec.T
    change = target_site.dictionary.preactivation(after) - target_site.dictionary.preactivation(before)
    reached = (slope * (target_site.encode(before) > 0) * change).sum((0, 1))
    chosen = reached.abs().topk(min(EXPLAINED, len(reached))).indices.sort().values
    listed, offset = [], 0
    for site in sites:
        count = site.n_features + 1 if site.name in wanted else 0
        feature = torch.arange(count, device=batch.bins.device)
        feature = feature.where(feature < site.n_features, -1)
        nodes = SiteNodes(
            site, torch.zeros_like(feature), feature, torch.arange(count, device=feature.device) + offset
        )
        listed.append(nodes)
        offset += count
    states = [
        site_state(network, pair, nodes, one.gradient) for nodes, one in zip(listed, gradients, strict=True)
    ]
    numbers = torch.arange(len(chosen), device=chosen.device)
    targets = SiteNodes(target_site, torch.zeros_like(chosen), chosen, numbers)
    last = torch.tensor([len(chosen)], device=chosen.device)
    end = Start(*explained.end, Flow(last, end_gradient(explained, pair, [0.0])[None]))
    with torch.no_grad():
        found = edge_weights(
            Sweep(network, sites, pair.clean),
            list(zip(listed, states, strict=True)),
            [(targets, states[named[target_site.name]])],
            end,
            batch.bins,
            n_bins=1,
            n_targets=len(chosen) + 1,
            n_nodes=offset,
        )
    apart = (found.weight.sum(1)[:-1] - reached[chosen]).abs().max()
    return below(NAME, EDGES, float(apart) / max(float(reached.abs().max()), 1e-30), 10 * LIMIT)


# ---- the toy of METHODS.md 2.2 ---------------------------------------------------------------------------


def hierarchical_toy() -> Check:
    """x = 1; h1 = x [1, 2]; x' = x + sum h1 = 4; h2 = [x', x']; y = x' + h2 . [2, 1] = 16, solved by hand."""
    network, sets, task = hand_network()
    circuit = find_circuit(network, sets, task, Hierarchical(metric="logit", size=10))
    pairs = zip(circuit.edges.source, circuit.edges.target, circuit.edges.weight, strict=True)
    edges = {(circuit.names[s], circuit.names[t]): float(w) for s, t, w in pairs}
    direct = [edges.get((f"mlp{layer}/{n}", "logits"), 0.0) for layer in (0, 1) for n in (0, 1)]
    [batch] = batches(task, 1, positions="sum")
    with torch.no_grad():
        clean = run(network, batch.clean, batch.lengths)
    explained = Explained(network, batch, "logit", clean, linear=True)
    passed = GatedPass(network, sites_of(network, sets), explained, 1)
    found = [
        direct,
        *(
            [
                score
                for gate in passed.scores(torch.tensor([threshold]))
                for score in gate.score[0, 0, :-1].tolist()
            ]
            for threshold in (0.1, 5.0)
        ),
    ]
    wanted = [[1, 2, 8, 4], [4, 8, 8, 4], [0, 6, 8, 0]]
    told, limit = ("; ".join(" ".join(f"{x:g}" for x in row) for row in rows) for rows in (found, wanted))
    holds = bool(np.allclose(found, wanted, atol=1e-5))
    return Check(
        NAME, "hierarchical attribution of a toy: direct; threshold 0.1; threshold 5", told, limit, holds
    )


def hand_network() -> tuple[Network, dict[str, DictionarySet], TokenTask]:
    """One number instead of a residual stream, no norms, no attention, and transcoders that are the MLPs."""
    encoders = (torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [1.0]]))
    decoders = (torch.tensor([[1.0], [1.0]]), torch.tensor([[2.0], [1.0]]))
    none, zero = HeadMap(torch.zeros(1, 1, 1), torch.zeros(1, 1)), torch.zeros(1)
    attention = AttentionWeights(none, none, none, torch.zeros(1, 1, 1), zero, 1.0)
    blocks = tuple(
        NetworkBlock(None, attention, None, MlpWeights(W.T, torch.zeros(2), out, zero, torch.relu))
        for W, out in zip(encoders, decoders, strict=True)
    )
    one = torch.ones(1, 1)
    network = Network(NetworkWeights(torch.ones(2, 1), None, None, blocks, None, one, zero, n_ctx=4))
    dictionaries = tuple(
        Dictionary(
            f"hand.{layer}", layer, "mlp.in", "mlp.out", W, torch.zeros(2), out, zero, None, None, None, ""
        )
        for layer, (W, out) in enumerate(zip(encoders, decoders, strict=True))
    )
    task = TokenTask("hand", (TokenExample((0, 1), None, (Readout(1, 0),)),))
    return network, {"mlp": DictionarySet("hand", "transcoder", dictionaries, "")}, task
