"""Headwater in a notebook: load a model, trace a prompt, change features.

    import headwater as hw

    model = hw.load("brook")
    graph = hw.trace(model, "When Mary and John went to the store, John gave a drink to")
    graph.prune(node_threshold=0.8, edge_threshold=0.98).top_paths(5)
    hw.intervene(model, graph.prompt, [hw.Ablate(graph.features[0])]).logit_change(" Mary")

and over a task:

    circuit = hw.find_circuit(model, "agreement_simple")
    hw.evaluate(model, circuit, "agreement_simple").curves[0].points

Everything here is a thin word for what the core does; the core's own functions take and
return the same values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from headwater.attribution.circuit_methods import FEATURE_METHODS, CircuitMethod, read_method
from headwater.attribution.circuits import Progress, identified
from headwater.attribution.circuits import find_circuit as find_task_circuit
from headwater.attribution.linear import trace as trace_linear
from headwater.attribution.methods import (
    ChosenTokens,
    FeatureTarget,
    LinearTracing,
    LogitDifference,
    Targets,
    TopLogits,
    resolve_token,
)
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.errors import InvalidIntervention
from headwater.evaluation.components import evaluate_components
from headwater.evaluation.features import evaluate_features
from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
from headwater.graph.circuit import Circuit
from headwater.graph.graph import FEATURE, Feature, Graph
from headwater.graph.ids import parse_id
from headwater.interventions.plan import (
    FeatureIntervention,
    InterventionPlan,
    InterventionResult,
    TokenChange,
)
from headwater.interventions.run import intervene as run_intervention
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.registry import DictionarySetEntry, find_model
from headwater.lm.site_sets import site_sets
from headwater.settings import load_settings
from headwater.tasks.opened import TaskPart, open_task
from headwater.tasks.task import Task, TokenTask

FeatureName = Feature | str | tuple[int, int, int]
"""A feature of a graph, its node id ("f3.17.9"), or (layer, index, position)."""


@dataclass(frozen=True)
class Model:
    """A language model with one set of dictionaries."""

    lm: LanguageModel
    dictionaries: DictionarySet

    @property
    def name(self) -> str:
        return self.lm.name

    def encode(self, prompt: str) -> list[int]:
        """Token ids, the start token first."""
        return self.lm.tokenizer.encode(prompt)


def load(name_or_folder: str | Path, dictionaries: str | Path | None = None, *, device: str = "cpu") -> Model:
    """An installed model by name, or a folder. `dictionaries`: a set's name or a folder."""
    entry = find_model(load_settings(), name_or_folder, [] if dictionaries is None else [dictionaries])
    return Model(load_model(entry, device), load_set(entry, device=device))


def trace(
    model: Model,
    prompt: str | Sequence[int],
    *,
    targets: Targets | str | Sequence[str | int] | None = None,
    minus: str | int | None = None,
    max_features: int | None = None,
) -> Graph:
    """The attribution graph of a prompt (or of token ids).

    `targets`: nothing for the likeliest next tokens, one token or several, or a `Targets` value;
    with `minus`, the logit difference of two tokens. A node id such as "f3.17.9" explains a
    feature.
    """
    ids = model.encode(prompt) if isinstance(prompt, str) else list(prompt)
    method = LinearTracing(targets=_targets(targets, minus), max_features=max_features)
    graph = trace_linear(model.lm, model.dictionaries, ids, method)
    known = {"prompt": prompt} if isinstance(prompt, str) else {}
    return replace(graph, provenance={**graph.provenance, **known})


def find_circuit(
    model: Model,
    task: str | Path | Task | TokenTask,
    method: str | CircuitMethod | None = None,
    *,
    dictionaries: Mapping[str, str] | None = None,
    split: TaskPart | None = None,
    examples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    **settings: Any,
) -> Circuit:
    """The circuit of a task: effects of nodes, weights of edges, nothing cut away.

    `task`: a bundled task's name, a file, or a task. `method`: a name with its `settings`
    (`"eap-ig-inputs", steps=30`) or a value of `headwater.attribution.circuit_methods`; by default sparse
    feature circuits where the model has dictionaries, else EAP-IG. `dictionaries`: site (`attn`, `mlp`,
    `resid`) -> set name.
    """
    entry = model.lm.entry
    if method is None or isinstance(method, str):
        name = method or ("sfc" if entry.dictionary_sets else "eap-ig-inputs")
        method = read_method({"method": name, **settings})
    opened = open_task(entry, task, part=split, examples=examples, seed=seed)
    sets = site_sets(entry, dictionaries) if method.method in FEATURE_METHODS else {}
    loaded = _load_sites(model, sets)
    found = find_task_circuit(model.lm.network, loaded, opened.task, method, progress=progress)
    return identified(found, entry, sets, opened.facts)


def evaluate(
    model: Model,
    circuit: Circuit,
    task: str | Path | Task | TokenTask,
    settings: EvaluationSettings | None = None,
    *,
    split: TaskPart | None = None,
    examples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> EvaluationResult:
    """How far to trust a circuit: faithfulness and its companions over size, beside baselines.

    On the examples that the task marks for evaluation, or all of them where it marks none.
    """
    entry = model.lm.entry
    opened = open_task(entry, task, part=split, marked_part="evaluation", examples=examples, seed=seed)
    network, part = model.lm.network, opened.task
    if circuit.level == "components":
        return evaluate_components(network, part, circuit, settings, train=opened.train, progress=progress)
    names = {site: name.partition(".")[2] or name for site, name in circuit.dictionaries.items()}
    loaded = _load_sites(model, site_sets(entry, names))
    return evaluate_features(network, loaded, part, circuit, settings, train=opened.train, progress=progress)


def _load_sites(model: Model, sets: Mapping[str, DictionarySetEntry]) -> dict[str, DictionarySet]:
    device = str(model.lm.device)
    return {site: load_set(model.lm.entry, one, device) for site, one in sets.items()}


def intervene(
    model: Model,
    prompt: str | Sequence[int],
    changes: Sequence[FeatureIntervention],
    *,
    mode: Literal["full", "direct"] = "full",
    freeze_attention: bool = False,
) -> "Outcome":
    """Run the model with features changed; measured and predicted effects side by side."""
    ids = model.encode(prompt) if isinstance(prompt, str) else list(prompt)
    if not changes:
        raise InvalidIntervention("Nothing to change: give hw.Ablate, hw.Scale or hw.Set at least once.")
    plan = InterventionPlan(interventions=list(changes), mode=mode, freeze_attention=freeze_attention)
    return Outcome(model, tuple(ids), plan)


def Ablate(feature: FeatureName) -> FeatureIntervention:
    """Switch a feature off."""
    return _change(feature, "ablate", None)


def Scale(feature: FeatureName, factor: float) -> FeatureIntervention:
    """Multiply a feature's activation."""
    return _change(feature, "scale", factor)


def Set(feature: FeatureName, value: float) -> FeatureIntervention:
    """Give a feature this activation, also where it was silent."""
    return _change(feature, "set", value)


@dataclass(frozen=True)
class Outcome:
    """What an intervention did. `result` holds all of it."""

    model: Model
    token_ids: tuple[int, ...]
    plan: InterventionPlan

    @cached_property
    def result(self) -> InterventionResult:
        return self._run(())

    def logit_change(self, token: str | int) -> float:
        """Measured change of the token's logit less the mean logit, in nats."""
        return self._change(token).measured_change

    def predicted_change(self, token: str | int) -> float:
        """The same as the linear graph foretells it."""
        return self._change(token).predicted_change

    def figure(self, template: Literal["light", "dark"] = "light") -> Any:
        """The next token before and after, as a plotly figure."""
        from plotly.graph_objects import Figure  # type: ignore[import-untyped]  # it ships no types

        from headwater.figures.interventions import output_distribution

        return Figure(output_distribution(self.result, template=template))

    def _change(self, token: str | int) -> TokenChange:
        wanted = resolve_token(token, self.model.lm.tokenizer)
        listed = {change.id: change for change in self.result.tokens}
        if wanted not in listed:
            listed = {change.id: change for change in self._run((wanted,)).tokens}
        return listed[wanted]

    def _run(self, targets: tuple[int, ...]) -> InterventionResult:
        model = self.model
        return run_intervention(model.lm, model.dictionaries, self.token_ids, self.plan, targets=targets)


def _targets(targets: Targets | str | Sequence[str | int] | None, minus: str | int | None) -> Targets:
    if isinstance(targets, TopLogits | ChosenTokens | LogitDifference | FeatureTarget):
        return targets
    if targets is None:
        return TopLogits()
    tokens = (targets,) if isinstance(targets, str) else tuple(targets)
    if minus is not None:
        return LogitDifference(plus=tokens[0], minus=minus)
    if isinstance(targets, str) and targets.startswith("f") and targets.count(".") == 2:
        layer, index, position = _place(targets)
        return FeatureTarget(layer=layer, index=index, position=position)
    return ChosenTokens(tokens=tokens)


def _change(
    feature: FeatureName, mode: Literal["ablate", "scale", "set"], value: float | None
) -> FeatureIntervention:
    layer, index, position = _place(feature)
    return FeatureIntervention(layer=layer, index=index, positions=[position], mode=mode, value=value)


def _place(feature: FeatureName) -> tuple[int, int, int]:
    if isinstance(feature, Feature):
        return feature.layer, feature.index, feature.position
    if isinstance(feature, tuple):
        return feature
    node = parse_id(feature)
    if node.kind != FEATURE or node.layer is None or node.index is None:
        raise InvalidIntervention(
            f"{feature} is no feature; only features can be changed. Give f3.17.9, say."
        )
    return node.layer, node.index, node.position
