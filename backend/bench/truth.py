"""Do methods find circuits that are known? Every method on models whose circuits are given.

    python -m bench.truth --data DIR              DIR holds tracr/ and siit/, a folder a model
    python -m bench.truth --data DIR --json OUT   the numbers, by model, as JSON too

Compiled models (tracr) are programs turned into weights: an edge is true when patching it alone changes any
output. Trained models (siit) were taught that chosen heads and MLPs play a program's parts: an edge is true
when it joins two of them as the program does. A ranking is scored by AUROC and average precision of |score|,
over all edges and over all nodes (the input, heads, MLPs; true when an edge of theirs is). Models in which
no edge is true (length: its prompts change nothing) are left out.

The metric is the model's own: sum over positions 1.. of logit(clean answer) - logit(patch answer); of numeric
outputs sign(clean - patch) times the output. KL is read at all those positions, equal answers included.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import load_file

from headwater.attribution.circuit_methods import CircuitMethod, read_method
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.pair import universe_of
from headwater.evaluation.components import evaluate_components
from headwater.evaluation.scores import auroc, average_precision
from headwater.evaluation.settings import EvaluationSettings
from headwater.graph.circuit import Circuit
from headwater.graph.graph import LOGIT
from headwater.lm.network import Network, load_network
from headwater.lm.registry import find_model
from headwater.tasks.task import Readout, TokenExample, TokenTask

IG, ACTIVATIONS = {"method": "eap-ig-inputs"}, {"method": "eap-ig-activations"}
OURS = {"metric": "kl", "aggregate": "mean_abs"}
METHODS: Final[dict[str, dict[str, Any]]] = {
    "random (mean of 20)": {"method": "random"},
    "activation difference": {"method": "activation"},
    "gradient": {"method": "gradient"},
    "EAP": {"method": "eap"},
    "EAP-IG inputs, 5 steps": {**IG, "steps": 5},
    "EAP-IG inputs, 30 steps": {**IG, "steps": 30},
    "EAP-IG activations, 5 steps": {**ACTIVATIONS, "steps": 5},
    "exact patching": {"method": "exact"},
    "EAP-IG activations, 5 steps, KL, mean of absolute values": {**ACTIVATIONS, "steps": 5, **OURS},
    "exact patching, KL, mean of absolute values": {"method": "exact", **OURS},
    "search (ACDC-like), KL": {"method": "acdc"},
}
SEEDS: Final = 20
SAME_ANSWER: Final = 1e-6
"""Numeric answers nearer than this are equal: those of the compiled programs are exact up to rounding."""


@dataclass(frozen=True)
class Case:
    """`edges`: names of the true ones, in our words (`input` for the token embedding). Edges from the
    position embedding are none of ours: it is the same in both prompts, so patching it changes nothing."""

    name: str
    network: Network
    task: TokenTask
    edges: frozenset[str]

    @property
    def universe(self) -> EdgeUniverse:
        return universe_of(self.network)

    @property
    def nodes(self) -> frozenset[str]:
        """What lies at an end of a true edge."""
        ends = (name.partition("<")[0].split("->") for name in self.edges)
        return frozenset(end for pair in ends for end in pair) - {"logits"}


def read_case(folder: Path) -> Case:
    meta, truth = (json.loads((folder / f"{name}.json").read_text()) for name in ("meta", "groundtruth"))
    reference = load_file(folder / "reference.safetensors")
    columns = ("clean_tokens", "corrupt_tokens", "clean_answers", "corrupt_answers")
    examples = tuple(
        TokenExample(
            clean=tuple(clean.tolist()),
            patch=tuple(patch.tolist()),
            readouts=tuple(_readouts(meta["categorical"], right, wrong)),
        )
        for clean, patch, right, wrong in zip(*(reference[name] for name in columns), strict=True)
    )
    true = frozenset(
        edge["name"].replace("tok_embed", "input")
        for edge in truth["edges"]
        if edge.get("in_circuit", edge["causal_resample"])
    )
    network = load_network(find_model(None, folder))
    return Case(f"{folder.parent.name}/{folder.name}", network, TokenTask(folder.name, examples), true)


def _readouts(categorical: bool, right: np.ndarray, wrong: np.ndarray) -> Iterator[Readout]:
    """Positions with equal answers weigh nothing in the metric, but KL is read there too."""
    for position in range(1, len(right)):
        a, b = right[position], wrong[position]
        if categorical:
            yield Readout(position, int(a), int(b), float(a != b))
        else:
            yield Readout(position, 0, None, float(np.sign(a - b)) if abs(a - b) > SAME_ANSWER else 0.0)


def method_for(case: Case, settings: dict[str, Any]) -> CircuitMethod:
    """A single output has no distribution, so KL gives way to the metric there."""
    if case.network.d_vocab_out == 1 and settings.get("metric") == "kl":
        settings = {**settings, "metric": "logit_difference"}
    return read_method(settings)


def edge_scores(case: Case, circuit: Circuit) -> np.ndarray:
    """[edge] in the universe's order; 0 for edges the circuit lacks."""
    scores = np.zeros(case.universe.n_edges)
    for row, weight in enumerate(circuit.edges.weight.tolist()):
        scores[case.universe.find_edge(circuit.edge_name(row))] = weight
    return scores


def score_edges(case: Case, circuit: Circuit) -> tuple[float, float]:
    """(AUROC, AP)"""
    true = np.array([name in case.edges for name in case.universe.edge_names])
    scores = np.abs(edge_scores(case, circuit))
    return auroc(scores, true), average_precision(scores, true)


def score_nodes(case: Case, circuit: Circuit) -> tuple[float, float]:
    """(AUROC, AP)"""
    rows = np.flatnonzero(circuit.nodes.kind != LOGIT).tolist()
    true = np.array([circuit.names[row] in case.nodes for row in rows])
    scores = np.abs(circuit.nodes.effect[rows])
    return auroc(scores, true), average_precision(scores, true)


def measure(case: Case, settings: dict[str, Any], *, curves: bool = False) -> dict[str, Any]:
    """Edge and node scores, CPU seconds; with `curves` CMD and CPR too."""
    variants = [settings]
    if settings["method"] == "random":
        variants = [{**settings, "seed": seed} for seed in range(SEEDS)]
    started, found = time.process_time(), []
    for variant in variants:
        circuit = find_circuit(case.network, {}, case.task, method_for(case, variant))
        found.append((*score_edges(case, circuit), *score_nodes(case, circuit)))
    seconds = (time.process_time() - started) / len(variants)
    names = ("edge_auroc", "edge_ap", "node_auroc", "node_ap")
    result: dict[str, Any] = dict(zip(names, np.mean(found, 0).tolist(), strict=True))
    if settings["method"] == "acdc":
        kept = {circuit.edge_name(row) for row in range(len(circuit.edges))}
        result |= {"extra": sorted(kept - case.edges), "missing": sorted(case.edges - kept)}
    if curves:
        result |= _areas(case, circuit)
    return {**result, "seconds": seconds}


def _areas(case: Case, circuit: Circuit) -> dict[str, float]:
    """Faithfulness is measured with the model's own metric whatever found the circuit."""
    judged = replace(circuit, method={**circuit.method, "metric": "logit_difference"})
    curves = evaluate_components(case.network, case.task, judged, EvaluationSettings(baselines=())).curves
    cmd, cpr = (curve.cmd if curve.ranking == "absolute" else curve.cpr for curve in curves)
    return {"cmd": math.nan if cmd is None else cmd, "cpr": math.nan if cpr is None else cpr}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tracr/ and siit/")
    parser.add_argument("--json", type=Path, help="write the numbers of every model here")
    options = parser.parse_args()
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for family in ("tracr", "siit"):
        folders = sorted(path.parent for path in (options.data / family).glob("*/meta.json"))
        cases = [case for case in map(read_case, folders) if case.edges]
        if not cases:
            sys.exit(
                f"{options.data / family} holds no model with a known circuit (meta.json, groundtruth.json)."
            )
        rows: dict[str, list[dict[str, Any]]] = {}
        for case in cases:
            for name, settings in METHODS.items():
                result = measure(case, settings, curves=family == "siit")
                rows.setdefault(name, []).append(result)
                found.setdefault(name, {})[case.name] = result
        print(table(family, [case.name for case in cases], rows))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


def table(family: str, cases: list[str], rows: dict[str, list[dict[str, Any]]]) -> str:
    areas = ("cmd", "cpr") if family == "siit" else ()
    head = ["ranking", "edges AUROC", "AP", "nodes AUROC", "AP", *(name.upper() for name in areas)]
    lines = [f"\n{family}: mean over {', '.join(cases)}\n"]
    lines += [f"| {' | '.join([*head, 'CPU s a model'])} |", f"|{'---|' * (len(head) + 1)}"]
    for name, results in rows.items():
        columns = ("edge_auroc", "edge_ap", "node_auroc", "node_ap", *areas)
        # A model all of whose nodes are true has no AUROC.
        means = [f"{np.nanmean([result[column] for result in results]):.3f}" for column in columns]
        seconds = f"{np.mean([result['seconds'] for result in results]):.2f}"
        lines.append(f"| {' | '.join([name, *means, seconds])} |")
    searched = zip(cases, next(row for name, row in rows.items() if "search" in name), strict=True)
    exact = [name for name, result in searched if not result["extra"] and not result["missing"]]
    lines.append(f"\nThe search returns exactly the true edges of {', '.join(exact) or 'none'}.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
