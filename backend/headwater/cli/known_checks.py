"""Models of which it is known what must come out (METHODS.md 16.3, items 13 and 14). Needs torch."""

import json
from collections.abc import Iterator
from itertools import permutations
from typing import Final

import numpy as np
import torch

from headwater.attribution.circuit_methods import MetricName, read_method
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components.pair import universe_of
from headwater.attribution.metrics import metric_value
from headwater.cli.circuit_checks import NAME
from headwater.cli.verdict import Check, not_applicable
from headwater.evaluation.scores import auroc
from headwater.lm.batch import batches
from headwater.lm.model import LanguageModel
from headwater.lm.network import load_network
from headwater.lm.registry import BUNDLED, ModelEntry, open_model
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks.read import read_task
from headwater.tasks.task import Readout, TokenExample, TokenTask

COMPILED: Final = BUNDLED / "known" / "xproportion"
LIMITS: Final = {"indirect object": (3.0, 4.2), "greater than": (0.7, 0.9)}
"""Mean logit and probability difference that GPT-2 small is known for: about 3.6 and .81."""


def compiled_program() -> Check:
    """A program turned into weights: patching finds the edges that matter, and ranks no other among them."""
    network = load_network(open_model(COMPILED))
    task = read_task((COMPILED / "task.json").read_bytes(), name=COMPILED.name)
    assert isinstance(task, TokenTask)
    circuit = find_circuit(network, {}, task, read_method({"method": "exact"}))
    universe = universe_of(network)
    scores = np.zeros(universe.n_edges)
    for row, weight in enumerate(circuit.edges.weight.tolist()):
        scores[universe.find_edge(circuit.edge_name(row))] = abs(weight)
    true = set(json.loads((COMPILED / "circuit.json").read_text())["edges"])
    figure = auroc(scores, [name in true for name in universe.edge_names])
    what = "AUROC of exact patching on a compiled program with a known circuit"
    return Check(NAME, what, figure, "1", figure == 1)


# ---- GPT-2 small -----------------------------------------------------------------------------------------


def gpt2_small(entry: ModelEntry, model: LanguageModel | None) -> Iterator[Check]:
    metrics = {"indirect object": "logit difference", "greater than": "probability difference"}
    is_small = entry.architecture == "GPT2LMHeadModel" and (entry.n_layers, entry.d_model, entry.d_vocab) == (
        12,
        768,
        50_257,
    )
    if model is None or not is_small:
        for task, metric in metrics.items():
            yield not_applicable(NAME, f"{task}, mean {metric}", "only for GPT-2 small")
        return
    for task, metric, figure in (
        ("indirect object", metrics["indirect object"], mean_metric(model, indirect_object(model.tokenizer))),
        (
            "greater than",
            metrics["greater than"],
            mean_metric(model, greater_than(model.tokenizer), probability=True),
        ),
    ):
        low, high = LIMITS[task]
        limit = f"{low} to {high}"
        yield Check(NAME, f"{task}, mean {metric}", figure, limit, low <= figure <= high)


def mean_metric(model: LanguageModel, task: TokenTask, *, probability: bool = False) -> float:
    network, total = model.network, 0.0
    name: MetricName = "probability_difference" if probability else "logit_difference"
    for batch in batches(task, 8, network.device):
        with torch.no_grad():
            logits = network.forward(batch.clean, batch.lengths)
            total += float(metric_value(name, logits, batch.readout).sum())
    return total / len(task.examples)


NAMES: Final = (
    "Mary",
    "John",
    "Tom",
    "James",
    "Dan",
    "Sid",
    "Martin",
    "Amy",
    "Paul",
    "Anna",
    "Alice",
    "Mark",
)
SCENES: Final = (
    "When{0} and{1} went to the shop,{1} gave the bag to",
    "When{0} and{1} went to the park,{1} gave the ball to",
    "When{0} and{1} went to the shops,{1} gave an apple to",
    "After{0} and{1} went to the park,{1} gave a drink to",
)
EVENTS: Final = ("war", "siege", "famine", "campaign", "expedition", "reign", "strike", "dispute")


def indirect_object(tokenizer: Tokenizer, limit: int = 48) -> TokenTask:
    """Names that are one token; the answer is the one who is named once."""
    names = [f" {name}" for name in NAMES if _is_one_token(tokenizer, f" {name}")]
    examples = []
    for number, (once, twice) in enumerate(permutations(names, 2)):
        ids = tokenizer.encode(SCENES[number % len(SCENES)].format(once, twice))
        right, wrong = tokenizer.token_id(once), tokenizer.token_id(twice)
        examples.append(TokenExample(tuple(ids), None, (Readout(len(ids) - 1, right, wrong),)))
    return TokenTask("indirect object", tuple(examples)).take(limit)


def greater_than(tokenizer: Tokenizer, limit: int = 48) -> TokenTask:
    """Years that are a century and two digits; what is probable after the century is a later year."""
    endings = {year: f"{year:02}" for year in range(100) if _is_one_token(tokenizer, f"{year:02}")}
    tokens = {year: tokenizer.token_id(text) for year, text in endings.items()}
    examples = []
    for century in (14, 15, 16, 17, 18):
        for year in range(2, 99):
            start = tokenizer.encode(f" {century}{year:02}")[1:]
            if year not in tokens or len(start) != 2 or start[1] != tokens[year]:
                continue
            event = EVENTS[year % len(EVENTS)]
            ids = tokenizer.encode(
                f"The {event} lasted from the year {century}{year:02} to the year {century}"
            )
            readouts = tuple(
                Readout(len(ids) - 1, token, None, 1.0 if later > year else -1.0)
                for later, token in tokens.items()
            )
            examples.append(TokenExample(tuple(ids), None, readouts))
    return TokenTask("greater than", tuple(examples)).take(limit)


def _is_one_token(tokenizer: Tokenizer, text: str) -> bool:
    return len(tokenizer.encode(text)) == 2
