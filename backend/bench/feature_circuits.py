"""Sparse feature circuits, ours beside the recipe of the paper written straightforwardly: seconds an
example and peak memory, for the effects of nodes (integrated gradients, 10 steps) and for edges, with the
same numbers.

    python -m bench.feature_circuits [--device cuda] [--shape brook|gpt2-small] [--examples 8] [--nodes 300]

The reference runs the whole model with the dictionary spliced in, one site and one step at a time, and
makes one backward pass for every active coordinate of every target (Marks et al. 2024, arXiv 2403.19647,
and the code of saprmarks/feature-circuits). It makes them example by example, which is kinder to it than
its own batches."""

import argparse
import ctypes
import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from headwater.attribution.circuit_methods import SparseFeatures
from headwater.attribution.circuits import find_circuit
from headwater.attribution.metrics import metric_value
from headwater.attribution.sparse.sites import Site, sites_of
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.load import load_set
from headwater.graph.circuit import Circuit
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network, load_network
from headwater.lm.network_weights import AttentionWeights, HeadMap, MlpWeights, NetworkBlock, NetworkWeights
from headwater.lm.norm import Norm
from headwater.lm.registry import find_model
from headwater.tasks.bundled import bundled_task
from headwater.tasks.resolve import resolve
from headwater.tasks.task import Readout, TokenExample, TokenTask

SETS = {"attn": "attn", "mlp": "mlp-out", "resid": "resid"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--shape", choices=["brook", "gpt2-small"], default="brook")
    parser.add_argument("--task", default="agreement_noun_phrase")
    parser.add_argument("--examples", type=int, default=8)
    parser.add_argument("--reference-examples", type=int, default=2)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print(json.dumps(measure(given), indent=1))


def measure(given: argparse.Namespace) -> dict[str, Any]:
    if given.shape == "brook":
        network, sets, task = brook(given.device, given.task, given.examples)
    else:
        network, sets, task = gpt2_small(given.device, given.examples)
    asked = {"method": "sfc", "max_nodes": given.nodes, "edges_per_node": 1_000}
    method = SparseFeatures.model_validate(asked)
    few = task.select(list(range(min(given.reference_examples, len(task.examples)))))
    ours_small = find_circuit(network, sets, few, method)  # warms up, and is compared with the reference
    ours = timed(network, lambda clock: find_circuit(network, sets, task, method, progress=clock))
    reference: dict[str, Any] = {}
    with watched(network, reference):
        sites, [batch] = sites_of(network, sets), batches(few, len(few.examples), network.device)
        start = now(network)
        gradients, effects = reference_nodes(network, sites, batch, method.steps)
        middle = now(network)
        edges = reference_edges(network, sites, few, gradients, ours_small)
        end = now(network)
    n, n_few = len(task.examples), len(few.examples)
    seconds = {"nodes": (middle - start) / n_few, "edges": (end - middle) / n_few}
    reference["seconds_per_example"] = {**seconds, "both": sum(seconds.values())}
    mine = {phase: value / n for phase, value in ours.pop("seconds").items()}
    ours["seconds_per_example"] = {**mine, "both": sum(mine.values())}
    return {
        "machine": torch.cuda.get_device_name()
        if "cuda" in given.device
        else f"CPU, CPU seconds, {given.threads} thread",
        "torch": torch.__version__,
        "shape": given.shape,
        "tokens": float(np.mean(task.lengths)),
        "examples": n,
        "ours": ours,
        "reference": {**reference, "examples": n_few},
        "times_faster": {
            name: round(reference["seconds_per_example"][name] / ours["seconds_per_example"][name], 1)
            for name in ("nodes", "edges", "both")
        },
        "largest_difference": {
            "nodes": compare_nodes(ours_small, effects),
            "edges": compare_edges(ours_small, edges),
        },
    }


# ---- what is run ---------------------------------------------------------------------------------------


def brook(device: str, name: str, examples: int) -> tuple[Network, dict[str, DictionarySet], TokenTask]:
    entry = find_model(None, "brook")
    sets = {part: load_set(entry, chosen, device) for part, chosen in SETS.items()}
    task = resolve(bundled_task(entry, name), entry).task
    return load_network(entry, device), sets, task.select(list(range(min(examples, len(task.examples)))))


def gpt2_small(device: str, examples: int) -> tuple[Network, dict[str, DictionarySet], TokenTask]:
    """Random weights in GPT-2 small's shape, random dictionaries of 4,096 features with 40 active."""
    layers, d, heads, vocab, width = 12, 768, 12, 50_257, 4_096
    g = torch.Generator(device).manual_seed(0)

    def draw(*shape: int, scale: float = 0.02) -> Tensor:
        return scale * torch.randn(*shape, generator=g, device=device)

    norm = Norm(torch.ones(d, device=device), torch.zeros(d, device=device), 1e-5, centers=True)

    def heads_of() -> HeadMap:
        return HeadMap(draw(heads, d, d // heads), torch.zeros(heads, d // heads, device=device))

    zero = torch.zeros(d, device=device)
    blocks = tuple(
        NetworkBlock(
            norm,
            AttentionWeights(heads_of(), heads_of(), heads_of(), draw(heads, d // heads, d), zero, 0.125),
            norm,
            MlpWeights(draw(d, 4 * d), draw(4 * d), draw(4 * d, d), zero, torch.nn.functional.gelu),
        )
        for _ in range(layers)
    )
    embedding = draw(vocab, d)
    weights = NetworkWeights(
        W_E=embedding, W_pos=draw(1024, d), rotary=None, blocks=blocks, final_norm=norm, W_U=embedding.T,
        b_U=torch.zeros(vocab, device=device), n_ctx=1024,
    )  # fmt: skip

    def dictionary(place: str, layer: int) -> Dictionary:
        W_enc = draw(width, d, scale=d**-0.5)
        return Dictionary(
            id=f"random.{place}.{layer}", layer=layer, site_in=place, site_out=place, W_enc=W_enc,
            b_enc=torch.zeros(width, device=device), W_dec=W_enc.clone(), b_dec=zero, threshold=None, k=40,
            W_skip=None, fingerprint="",
        )  # fmt: skip

    places = {"attn": "attn.out", "mlp": "mlp.out", "resid": "resid.post"}
    sets = {
        part: DictionarySet(part, "sae", tuple(dictionary(place, layer) for layer in range(layers)), "")
        for part, place in places.items()
    }
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(examples):
        clean = rng.integers(1, vocab, 16).tolist()
        patch = [*clean[:8], int(rng.integers(1, vocab)), *clean[9:]]
        right, wrong = rng.integers(1, vocab, 2).tolist()
        rows.append(TokenExample(tuple(clean), tuple(patch), (Readout(15, right, wrong),)))
    return Network(weights), sets, TokenTask("random", tuple(rows))


# ---- the reference -------------------------------------------------------------------------------------

Nodes = dict[str, tuple[Tensor, Tensor]]
"""Site name -> (features [batch pos feature], error [batch pos d])."""


def states(network: Network, sites: tuple[Site, ...], ids: Tensor, batch: Batch) -> Nodes:
    found, seen = {}, {}

    def look(place: str, layer: int, value: Tensor) -> Tensor:
        seen[place, layer] = value.flatten(2) if place == "attn.z" else value
        return value

    with torch.no_grad():
        network.forward(ids, batch.lengths, look)
        for site in sites:
            value, dictionary = seen[site.write, site.layer], site.dictionary
            acts = site.encode(seen[site.read, site.layer])
            found[site.name] = (acts, value - acts @ dictionary.W_dec - dictionary.b_dec)
    return found


def reference_nodes(
    network: Network, sites: tuple[Site, ...], batch: Batch, steps: int
) -> tuple[Nodes, dict[str, tuple[Tensor, Tensor]]]:
    """(mean gradients, effects), one site and one step at a time."""
    assert batch.patch is not None
    clean, patch = (states(network, sites, ids, batch) for ids in (batch.clean, batch.patch))
    gradients, effects = {}, {}
    order = batch.examples.argsort()  # batches come sorted by length
    for site in sites:
        (acts, error), (acts_patch, error_patch) = clean[site.name], patch[site.name]
        totals = [torch.zeros_like(acts), torch.zeros_like(error)]
        for step in range(steps):
            share = (step + 0.5) / steps
            leaves = [
                ((1 - share) * a + share * b).requires_grad_()
                for a, b in ((acts, acts_patch), (error, error_patch))
            ]

            def splice(
                place: str, layer: int, value: Tensor, site: Site = site, leaves: list[Tensor] = leaves
            ) -> Tensor:
                if (place, layer) != (site.write, site.layer):
                    return value
                rebuilt = leaves[0] @ site.dictionary.W_dec + site.dictionary.b_dec + leaves[1]
                return rebuilt.view(value.shape)

            logits = network.forward(batch.clean, batch.lengths, splice)
            metric = metric_value("logit_difference", logits, batch.readout).sum()
            for total, gradient in zip(totals, torch.autograd.grad(metric, leaves), strict=True):
                total -= gradient / steps
        gradients[site.name] = (totals[0][order], totals[1][order])
        effects[site.name] = (
            (acts_patch - acts) * totals[0],
            ((error_patch - error) * totals[1]).sum(-1),
        )
    return gradients, effects


def upstream_of(network: Network, sites: tuple[Site, ...], target: Site) -> Iterator[tuple[Site, set[str]]]:
    """(upstream site, names of sites to stop at) with a dictionary on every residual stream."""
    by_name = {site.name: site for site in sites}
    layer, before = target.layer, f"resid{target.layer - 1}"
    attn, mlp = f"attn{layer}", f"mlp{layer}"
    if target.part == "resid":
        pairs: list[tuple[str, set[str]]] = [(mlp, set()), (attn, {mlp}), (before, {attn, mlp})]
    elif target.part == "mlp":
        pairs = [*([] if network.parallel else [(attn, set[str]())]), (before, {attn})]
    else:
        pairs = [(before, set())]
    for name, stops in pairs:
        if name in by_name:
            yield by_name[name], stops


def reference_edges(
    network: Network, sites: tuple[Site, ...], task: TokenTask, gradients: Nodes, circuit: Circuit
) -> dict[tuple[str, str], float]:
    """Mean weights into the circuit's targets, from one backward pass for each active coordinate."""
    targets: dict[str, list[int]] = {}
    for row in sorted(set(circuit.edges.target.tolist())):
        place, _, feature = circuit.names[row].partition("/")
        if feature:
            targets.setdefault(place, []).append(-1 if feature == "error" else int(feature))
    wanted = {circuit.names[row] for row in set(circuit.edges.source.tolist())}
    edges: dict[tuple[str, str], float] = {}
    for number in range(len(task.examples)):
        [batch] = batches(task.select([number]), 1, network.device)
        assert batch.patch is not None
        clean, patch = (states(network, sites, ids, batch) for ids in (batch.clean, batch.patch))
        for target in sites:
            for source, stops in upstream_of(network, sites, target):
                one = _pair(network, sites, batch, target, source, stops, clean)
                slope = tuple(part[number : number + 1] for part in gradients[target.name])
                changes = [b - a for a, b in zip(clean[source.name], patch[source.name], strict=True)]
                for feature in targets.get(target.name, []):
                    name = f"{target.name}/{'error' if feature < 0 else feature}"
                    for weight_features, weight_error in _backwards(one, slope, feature, changes):
                        for index in weight_features.nonzero()[:, 0].tolist():
                            if (key := f"{source.name}/{index}") in wanted:
                                edges[key, name] = edges.get((key, name), 0.0) + float(weight_features[index])
                        if (key := f"{source.name}/error") in wanted:
                            edges[key, name] = edges.get((key, name), 0.0) + weight_error
    return {pair: weight / len(task.examples) for pair, weight in edges.items()}


def _pair(
    network: Network,
    sites: tuple[Site, ...],
    batch: Batch,
    target: Site,
    source: Site,
    stops: set[str],
    clean: Nodes,
) -> tuple[list[Tensor], Tensor, Tensor]:
    """(leaves of the source, the target's features and error) with gradients stopped at sites between."""
    leaves = [part.clone().requires_grad_() for part in clean[source.name]]
    by_write = {(site.write, site.layer): site for site in sites}
    seen: dict[tuple[str, int], Tensor] = {}

    def splice(place: str, layer: int, value: Tensor) -> Tensor:
        site = by_write.get((place, layer))
        if site is not None and site.name == source.name:
            value = (leaves[0] @ site.dictionary.W_dec + site.dictionary.b_dec + leaves[1]).view(value.shape)
        elif site is not None and site.name in stops:
            value = value.detach()
        seen[place, layer] = value.flatten(2) if place == "attn.z" else value
        return value

    network.forward(batch.clean, batch.lengths, splice, stop=target.layer + 1)
    acts = target.encode(seen[target.read, target.layer])
    error = seen[target.write, target.layer] - acts @ target.dictionary.W_dec - target.dictionary.b_dec
    return leaves, acts, error


def _backwards(
    pair: tuple[list[Tensor], Tensor, Tensor], slope: tuple[Tensor, ...], feature: int, changes: list[Tensor]
) -> Iterator[tuple[Tensor, float]]:
    """Position by position: weights of the source's features, and of its error, summed over its
    positions."""
    leaves, acts, error = pair
    for position in range(acts.shape[1]):
        if feature < 0:
            scalar = (slope[1][0, position] * error[0, position]).sum()
        elif acts[0, position, feature] > 0 and slope[0][0, position, feature] != 0:
            scalar = slope[0][0, position, feature] * acts[0, position, feature]
        else:
            continue
        found = torch.autograd.grad(scalar, leaves, retain_graph=True, materialize_grads=True)
        yield (found[0] * changes[0]).sum((0, 1)), float((found[1] * changes[1]).sum())


# ---- measuring -----------------------------------------------------------------------------------------


def now(network: Network) -> float:
    """Seconds on the GPU's clock of a finished queue, or of CPU time: other programs do not count."""
    if network.device.type != "cuda":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def timed(network: Network, work: Callable[[Callable[[str, int, int], None]], Circuit]) -> dict[str, Any]:
    """Seconds of each phase, and the memory above what was held before."""
    started: dict[str, float] = {}

    def clock(phase: str, done: int, total: int) -> None:
        started.setdefault(phase, now(network))

    found: dict[str, Any] = {}
    with watched(network, found):
        work(clock)
        end = now(network)
    found["seconds"] = {
        "nodes": started["edges"] - started["nodes"],
        "edges": end - started["edges"],
    }
    return found


@contextmanager
def watched(network: Network, found: dict[str, Any]) -> Iterator[None]:
    """Peak memory of the work inside, in MB."""
    if network.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        held = torch.cuda.memory_allocated()
        yield
        found["extra_device_mb"] = (torch.cuda.max_memory_allocated() - held) >> 20
        return
    gc.collect()
    ctypes.CDLL(None).malloc_trim(
        0
    )  # what earlier work freed is given back, or it would hide what is used now
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    yield
    found["extra_rss_mb"] = _memory("VmHWM") - before


def _memory(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))


def compare_nodes(circuit: Circuit, effects: dict[str, tuple[Tensor, Tensor]]) -> float:
    """Over the largest effect."""
    largest, worst = 0.0, 0.0
    for row, name in enumerate(circuit.names[:-1]):
        place, _, feature = name.partition("/")
        features, error = effects[place]
        whole = error.sum(1) if feature == "error" else features[..., int(feature)].sum(1)
        largest = max(largest, abs(float(whole.mean())))
        worst = max(worst, abs(float(whole.mean()) - float(circuit.nodes.effect[row])))
    return worst / largest


def compare_edges(circuit: Circuit, edges: dict[tuple[str, str], float]) -> float:
    """Over the largest weight; edges into the metric are not part of the reference."""
    pairs = zip(circuit.edges.source, circuit.edges.target, circuit.edges.weight, strict=True)
    ours = {
        (circuit.names[s], circuit.names[t]): float(w) for s, t, w in pairs if circuit.names[t] != "logits"
    }
    kept = {pair: weight for pair, weight in edges.items() if pair in ours}
    largest = max(map(abs, kept.values()))
    return max(abs(weight - ours[pair]) for pair, weight in kept.items()) / largest


if __name__ == "__main__":
    main()
