"""How fast are circuits? Seconds an example and memory of every method, beside the straightforward way.

    python -m bench.circuits                        both cases on one CPU thread (a quarter of an hour)
    python -m bench.circuits --cases brook          the bundled model alone
    python -m bench.circuits --device cuda          on a GPU
    python -m bench.circuits --json                 the numbers as JSON, and nothing else

Cases: brook on its agreement task, and random weights in GPT-2 small's shape with random SAEs of 4,096
features at attention, MLP and residual stream of every layer. References: `reference_components` for heads
and MLPs, the recipe of sparse feature circuits in `feature_circuits`. Both sides run in this process, one
after the other, and their numbers have to agree. Seconds are CPU time on a CPU. Memory is the peak above what
was held before. Methods that have no reference stand alone.
"""

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch

from bench import feature_circuits as features
from bench import reference_components as reference
from bench.tracing import machine
from headwater.attribution.circuit_methods import read_method
from headwater.attribution.circuits import Arrays, computation_of, find_circuit
from headwater.attribution.components.pair import universe_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

STEPS: Final = 5
AGREE: Final = 1e-4
"""Of the largest score: how far ours and a reference may lie apart."""
SAMPLED: Final = 300
"""Edges the reference patches exactly, drawn at random: its time for all of them is taken from these."""
CASES: Final = ("brook", "gpt2-small")


@dataclass(frozen=True)
class Case:
    """`positions`: what position-aware edges are told apart by."""

    name: str
    network: Network
    sets: dict[str, DictionarySet]
    task: TokenTask
    positions: str


@dataclass(frozen=True)
class Slow:
    """What a reference found: `scores`, over `task`'s examples summed, where `where` says among ours."""

    scores: np.ndarray
    where: Any
    share: float = 1.0
    """Of the work that was done; times are for the whole."""


Method = tuple[str, dict[str, Any], Callable[[Case, TokenTask], Slow] | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--cases", nargs="*", choices=CASES, default=CASES)
    parser.add_argument("--examples", type=int, default=16)
    parser.add_argument("--reference-examples", type=int, default=2)
    parser.add_argument("--exact", action="store_true", help="exact patching in the larger case on a CPU too")
    parser.add_argument("--nodes", type=int, default=300, help="features whose inputs are computed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="JSON only")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    result: dict[str, Any] = {"machine": machine(given.device), "threads": given.threads, "cases": {}}
    for name in given.cases:
        result["cases"][name] = measure(name, given, (lambda text: None) if given.json else _say)
    _say(json.dumps(result, indent=1) if given.json else table(result))
    apart = [row["largest_difference"] for case in result["cases"].values() for row in case["rows"]]
    if (worst := max(one for one in apart if one is not None)) > AGREE:
        sys.exit(f"Ours and a reference lie {worst:.1e} of the largest score apart: more than {AGREE:.0e}.")


def measure(name: str, given: Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    case = case_of(name, given)
    rows = []
    for method in methods_of(case, given):
        say(f"{name}: {method[0]} ...")
        rows.append(row_of(case, method, given))
    say(f"{name}: feature circuits, integrated gradients ...")
    rows += feature_rows(case, given)
    return {
        "examples": len(case.task.examples),
        "tokens": float(np.mean(case.task.lengths)),
        "edges": universe_of(case.network).n_edges,
        "features": sum(d.n_features for one in case.sets.values() for d in one.layers),
        "rows": rows,
    }


def case_of(name: str, given: Namespace) -> Case:
    if name == "brook":
        return Case(name, *features.brook(given.device, "agreement_simple", given.examples), "spans")
    return Case(name, *features.gpt2_small(given.device, given.examples), "separate")


def methods_of(case: Case, given: Namespace) -> Iterator[Method]:
    steps = {"steps": STEPS}
    yield "EAP", {"method": "eap"}, partial(edges, reference.eap)
    inputs = partial(reference.eap_ig_inputs, steps=STEPS)
    yield f"EAP-IG inputs, {STEPS} steps", {"method": "eap-ig-inputs", **steps}, partial(edges, inputs)
    moved = partial(reference.eap_ig_activations, steps=STEPS)
    yield (
        f"EAP-IG activations, {STEPS} steps",
        {"method": "eap-ig-activations", **steps},
        partial(edges, moved),
    )
    yield "position-aware edges", {"method": "peap", "positions": case.positions}, positions
    if case.name == "brook" or given.exact or given.device != "cpu":
        yield "exact patching of every edge", {"method": "exact"}, exact
    one_gradient = {"method": "sfc", "effects": "attribution", "max_nodes": given.nodes}
    yield "feature circuit, one gradient", one_gradient, None
    yield "hierarchical, about 200 nodes", {"method": "hierarchical", "size": 200}, None


def row_of(case: Case, method: Method, given: Namespace) -> dict[str, Any]:
    """Ours on all examples (of exact patching on a few), after a warm-up; the reference on a few."""
    name, settings, slow = method
    few = case.task.select(list(range(min(given.reference_examples, len(case.task.examples)))))
    task = few if settings["method"] == "exact" else case.task
    chosen = read_method(settings)
    find_circuit(case.network, case.sets, few, chosen)
    ours, spent = watch(case, lambda: find_circuit(case.network, case.sets, task, chosen))
    row = {"method": name, "examples": len(task.examples), "seconds": spent / len(task.examples), **ours}
    row |= {"reference": None, "times_faster": None, "largest_difference": None}
    if slow is None:
        return row
    theirs, spent, found = watch_slow(case, few, slow)
    seconds = spent / found.share / len(few.examples)
    scores = computation_of(case.network, case.sets, few, chosen).shard("edges", few, 0, {})
    return row | {
        "reference": {"examples": len(few.examples), "seconds": seconds, "share_run": found.share, **theirs},
        "times_faster": seconds / row["seconds"],
        "largest_difference": difference(found, scores),
    }


def difference(found: Slow, ours: Arrays) -> float:
    """The worst edge the reference scored, of the largest of all."""
    mine = np.concatenate([ours[name].ravel() for name in ("scores", "crossing") if name in ours])
    return float(np.abs(mine[found.where] - found.scores).max() / np.abs(mine).max())


def watch(case: Case, work: Callable[[], object]) -> tuple[dict[str, Any], float]:
    """(memory, seconds)"""
    found: dict[str, Any] = {}
    with features.watched(case.network, found):
        started = features.now(case.network)
        work()
        spent = features.now(case.network) - started
    return {"extra_mb": next(iter(found.values()))}, spent


def watch_slow(
    case: Case, few: TokenTask, slow: Callable[[Case, TokenTask], Slow]
) -> tuple[dict[str, Any], float, Slow]:
    kept: list[Slow] = []
    memory, spent = watch(case, lambda: kept.append(slow(case, few)))
    return memory, spent, kept[0]


# ---- references on a task ----------------------------------------------------------------------------------


def edges(scores: Callable[[Network, Batch], torch.Tensor], case: Case, task: TokenTask) -> Slow:
    universe, [batch] = universe_of(case.network), _batches(case, task, "sum")
    found = scores(case.network, batch)[:, universe.edge_source, universe.edge_slot]
    return Slow(found.sum(0).cpu().numpy(), slice(None))


def positions(case: Case, task: TokenTask) -> Slow:
    [batch] = _batches(case, task, case.positions)
    n_bins = len(task.span_names or ()) if case.positions == "spans" else max(task.lengths)
    found = reference.position_aware(case.network, batch, n_bins)
    both = (found.within.sum(0).flatten(), found.crossing.sum(0).flatten())
    return Slow(torch.cat(both).cpu().numpy(), slice(None))


def exact(case: Case, task: TokenTask) -> Slow:
    universe = universe_of(case.network)
    draw = np.random.default_rng(0)
    where = draw.permutation(universe.n_edges)[:SAMPLED]
    sampled = list(zip(universe.edge_source[where].tolist(), universe.edge_slot[where].tolist(), strict=True))
    total = np.zeros(len(where))
    for number in range(len(task.examples)):
        [batch] = _batches(case, task.select([number]), "sum")
        total += reference.exact(case.network, batch, sampled)[0].cpu().numpy()
    return Slow(total, where, len(where) / universe.n_edges)


def _batches(case: Case, task: TokenTask, positions: str) -> list[Batch]:
    return batches(task, len(task.examples), case.network.device, positions=positions)  # type: ignore[arg-type]  # a name


def feature_rows(case: Case, given: Namespace) -> list[dict[str, Any]]:
    asked = Namespace(
        device=given.device,
        shape=case.name,
        task="agreement_simple",
        examples=given.examples,
        reference_examples=given.reference_examples,
        nodes=given.nodes,
        threads=given.threads,
    )
    found = features.measure(asked)
    ours, theirs = found["ours"], found["reference"]
    names = {
        "nodes": "effects of nodes, 10 steps",
        "edges": f"edges into {given.nodes} nodes",
        "both": "both",
    }
    return [
        {
            "method": f"feature circuit: {name}",
            "examples": found["examples"],
            "seconds": ours["seconds_per_example"][phase],
            "extra_mb": _memory_of(ours),
            "reference": {
                "examples": theirs["examples"],
                "seconds": theirs["seconds_per_example"][phase],
                "share_run": 1.0,
                "extra_mb": _memory_of(theirs),
            },
            "times_faster": theirs["seconds_per_example"][phase] / ours["seconds_per_example"][phase],
            "largest_difference": max(found["largest_difference"].values())
            if phase == "both"
            else found["largest_difference"][phase],
        }
        for phase, name in names.items()
    ]


def _memory_of(side: dict[str, Any]) -> int:
    return int(side["extra_rss_mb"] if "extra_rss_mb" in side else side["extra_device_mb"])


# ---- telling ---------------------------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    """In Markdown, as docs/benchmarks/circuits.md shows it."""
    lines = [f"{result['machine']}, {result['threads']} thread(s)."]
    for name, case in result["cases"].items():
        lines += [
            "",
            f"{name}: {case['examples']} examples of {case['tokens']:.1f} tokens, {case['edges']:,} edges, "
            f"{case['features']:,} features",
            "",
            "| method | s an example | reference | times faster | extra MB | reference | apart |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in case["rows"]]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    slow = row["reference"]
    cells = [row["method"], f"{row['seconds']:.3g}"]
    if slow is None:
        cells += ["", "", f"{row['extra_mb']:,}", "", ""]
    else:
        estimated = "" if slow["share_run"] == 1 else " (estimated)"
        cells += [f"{slow['seconds']:.3g}{estimated}", f"{row['times_faster']:.1f}", f"{row['extra_mb']:,}"]
        cells += [f"{slow['extra_mb']:,}", f"{row['largest_difference']:.0e}"]
    return f"| {' | '.join(cells)} |"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
