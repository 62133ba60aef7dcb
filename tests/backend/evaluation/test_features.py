"""Running circuits of features: both ends exact, what lies between against a straightforward splice."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1] / "attribution" / "sparse"))

from sparse_toys import LAYERS, SAES, TRANSCODERS, random_network, random_task

from headwater.attribution.circuit_methods import FeatureMetric, SparseFeatures
from headwater.attribution.circuits import find_circuit
from headwater.attribution.sparse.sites import sites_of
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import InvalidSetting
from headwater.evaluation.features import evaluate_features
from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
from headwater.graph.circuit import Circuit
from headwater.lm.batch import batches
from headwater.lm.network import Network
from headwater.tasks.task import TokenTask

EVERY = 20_000
ABLATIONS = ["counterfactual", "resample", "mean", "mean_position", "zero"]
CASES = pytest.mark.parametrize(
    ("network", "sets"),
    [
        (random_network(), SAES),
        (random_network(parallel=True, layer_norm=True), SAES),
        (random_network(layer_norm=True), TRANSCODERS),
    ],
    ids=["saes", "parallel", "transcoders"],
)


def found(
    network: Network,
    sets: dict[str, DictionarySet],
    task: TokenTask,
    positions: str = "sum",
    **method: object,
) -> Circuit:
    asked = SparseFeatures(effects="attribution", positions=positions, max_nodes=EVERY)  # type: ignore[arg-type]  # a name
    return find_circuit(network, sets, task, asked.model_copy(update=method))


def with_everything(circuit: Circuit, network: Network, sets: dict[str, DictionarySet]) -> Circuit:
    """The circuit with a score for every node there is, so that the largest circuit is the model."""
    from dataclasses import replace

    from headwater.graph.circuit import CircuitNodes
    from headwater.graph.graph import ERROR, FEATURE

    rows = [
        (FEATURE if index >= 0 else ERROR, site.code, site.layer, bin, index)
        for site in sites_of(network, sets)
        for bin in range(len(circuit.bins))
        for index in range(-1, site.n_features)
    ]
    kind, code, layer, bins, index = (np.array(column) for column in zip(*rows, strict=True))
    effect = np.random.default_rng(0).normal(size=len(rows)).astype(np.float32)
    nodes = CircuitNodes(
        kind.astype(np.uint8), code.astype(np.uint8), layer.astype(np.int16), bins.astype(np.int32),
        index.astype(np.int32), effect, np.zeros_like(effect),
    )  # fmt: skip
    none = np.zeros(0, np.int32)
    edges = type(circuit.edges)(none, none, none.astype(np.uint8), none.astype(np.float32))
    return replace(circuit, nodes=nodes, edges=edges, examples=None)


def points(
    result: EvaluationResult, name: str = "circuit", ranking: str = "absolute"
) -> list[tuple[int, float, float | None]]:
    [curve] = [one for one in result.curves if (one.name, one.ranking) == (name, ranking)]
    return [(point.size, point.metric, point.faithfulness) for point in curve.points]


@CASES
@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize("positions", ["sum", "separate"])
def test_all_nodes_are_the_model_and_none_the_empty_circuit(
    network: Network, sets: dict[str, DictionarySet], ablation: str, positions: str
) -> None:
    task = random_task(4)
    circuit = with_everything(found(network, sets, task, positions), network, sets)
    settings = EvaluationSettings(ablation=ablation, sizes=(0, EVERY), baselines=())  # type: ignore[arg-type]  # a name

    result = evaluate_features(network, sets, task, circuit, settings)

    (_, none, _), (_, everything, faithful) = points(result)
    assert none == result.empty
    assert everything == pytest.approx(result.clean, abs=1e-4)
    assert faithful == pytest.approx(1, abs=1e-4)
    last = result.curves[0].points[-1]
    assert last.completeness == pytest.approx(0, abs=1e-4)
    assert (last.hard, last.kl) == (1, pytest.approx(0, abs=1e-5))


def splice_by_hand(
    network: Network,
    sets: dict[str, DictionarySet],
    task: TokenTask,
    circuit: Circuit,
    size: int,
    errors: str,
    start: int,
) -> float:
    """Mean metric with all but the `size` strongest nodes at their value in the patch run; one example at a
    time."""
    score = np.abs(circuit.nodes.effect[:-1])
    if errors != "circuit":
        score = np.where(circuit.nodes.index[:-1] < 0, 0, score)
    score = np.where(circuit.nodes.layer[:-1] < start, 0, score)
    keep = {
        circuit.names[row].split("@")[0] for row in np.argsort(-score, kind="stable")[:size] if score[row] > 0
    }
    total = 0.0
    for batch in batches(task, 1):
        stored: dict[tuple[str, int], tuple[Tensor, Tensor]] = {}
        for ids, is_patch in ((batch.patch, True), (batch.clean, False)):
            seen: dict[tuple[str, int], Tensor] = {}

            def tap(
                place: str,
                layer: int,
                value: Tensor,
                seen: dict[tuple[str, int], Tensor] = seen,
                is_patch: bool = is_patch,
                stored: dict[tuple[str, int], tuple[Tensor, Tensor]] = stored,
            ) -> Tensor:
                seen[place, layer] = flat = value.flatten(2) if place == "attn.z" else value
                for site in sites_of(network, sets):
                    if (site.write, site.layer) != (place, layer) or layer < start:
                        continue
                    acts = site.encode(seen[site.read, layer])
                    missed = flat - acts @ site.dictionary.W_dec - site.dictionary.b_dec
                    if is_patch:
                        stored[place, layer] = (acts, missed)
                        continue
                    patch_acts, patch_missed = stored[place, layer]
                    for feature in range(site.n_features):
                        if f"{site.name}/{feature}" not in keep:
                            acts[..., feature] = patch_acts[..., feature]
                    if errors == "remove" or (errors == "circuit" and f"{site.name}/error" not in keep):
                        missed = patch_missed
                    return (acts @ site.dictionary.W_dec + site.dictionary.b_dec + missed).view(value.shape)
                return value

            assert ids is not None
            logits = network.forward(ids, batch.lengths, tap)[0, -1]
        total += float(logits[batch.readout.correct] - logits[batch.readout.wrong])
    return total / len(task.examples)


@CASES
@pytest.mark.parametrize(("errors", "start"), [("circuit", 0), ("keep", 0), ("remove", 0), ("circuit", 1)])
def test_circuits_run_as_spliced_by_hand(
    network: Network, sets: dict[str, DictionarySet], errors: str, start: int
) -> None:
    task = random_task(4, ragged=True)
    circuit = found(network, sets, task)
    settings = EvaluationSettings(sizes=(0, 3, 20, 60), errors=errors, start_layer=start, baselines=())  # type: ignore[arg-type]  # names

    result = evaluate_features(network, sets, task, circuit, settings)

    for size, metric, _ in points(result):
        assert metric == pytest.approx(
            splice_by_hand(network, sets, task, circuit, size, errors, start), abs=1e-4
        )


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    network, task = random_network(), random_task(5, ragged=True)
    circuit = found(network, SAES, task, "spans")
    settings = EvaluationSettings(ablation="mean", sizes=(5, 30))
    whole = evaluate_features(network, SAES, task, circuit, settings)

    monkeypatch.setattr("headwater.evaluation.features.copies_per_pass", lambda *_: 4)
    small = evaluate_features(network, SAES, task, circuit, settings)

    for a, b in zip(whole.curves, small.curves, strict=True):
        for one, other in zip(a.points, b.points, strict=True):
            assert one.metric == pytest.approx(other.metric, abs=1e-5)
            assert one.kl == pytest.approx(other.kl, abs=1e-5)


def test_baselines_stand_beside_the_circuit_in_the_same_sizes() -> None:
    network, task = random_network(), random_task(4)
    circuit = found(network, SAES, task)

    result = evaluate_features(network, SAES, task, circuit)

    sizes = [size for size, _, _ in points(result)]
    assert sizes == sorted(set(sizes))
    for name in ("random", "activation", "gradient"):
        assert [size for size, _, _ in points(result, name)] == sizes
    assert (
        len({tuple(m for _, m, _ in points(result, name)) for name in ("circuit", "random", "gradient")}) == 3
    )
    again = evaluate_features(network, SAES, task, circuit)
    assert points(again, "random") == points(result, "random")


def test_strong_nodes_recover_more_than_random_ones() -> None:
    network, task = random_network(layer_norm=True), random_task(12)
    result = evaluate_features(
        network, SAES, task, found(network, SAES, task), EvaluationSettings(sizes=(60, 100, 150))
    )

    def miss(name: str) -> float:
        return sum(abs(1 - faithful) for _, _, faithful in points(result, name) if faithful is not None)

    assert miss("circuit") < miss("random")


def test_stability_is_measured_on_nodes() -> None:
    network, task = random_network(), random_task(6)
    result = evaluate_features(
        network,
        SAES,
        task,
        found(network, SAES, task),
        EvaluationSettings(sizes=(10,), n_resamples=20, baselines=()),
    )
    assert result.stability[0].of == "nodes"
    assert 0 < result.stability[0].mean_jaccard <= 1


def test_a_feature_as_metric_has_a_curve_and_no_distribution() -> None:
    network, task = random_network(), random_task(4)
    metric = FeatureMetric(site="mlp", layer=LAYERS - 1, index=1)
    circuit = found(network, SAES, task, metric=metric)

    result = evaluate_features(
        network, SAES, task, circuit, EvaluationSettings(sizes=(0, 10), baselines=("random",))
    )

    assert result.clean == pytest.approx(float(circuit.metric_clean.mean()), abs=1e-5)
    assert result.curves[0].points[0].kl is None


@pytest.mark.parametrize(
    ("settings", "paired", "words"),
    [
        ({"sizes": (0.5,)}, True, "numbers of nodes"),
        ({"start_layer": 9}, True, "lower start layer"),
        ({"ablation": "counterfactual"}, False, "Choose resample, mean or zero"),
    ],
)
def test_what_cannot_be_evaluated_is_said(settings: dict[str, object], paired: bool, words: str) -> None:
    network, task = random_network(), random_task(3)
    circuit = found(network, SAES, task)
    with pytest.raises(InvalidSetting, match=words):
        evaluate_features(
            network, SAES, random_task(3, paired=paired), circuit, EvaluationSettings.model_validate(settings)
        )


def test_another_models_circuit_is_refused() -> None:
    network, task = random_network(), random_task(3)
    circuit = found(network, SAES, task)
    with pytest.raises(InvalidSetting, match="no dictionary was"):
        evaluate_features(network, TRANSCODERS, task, circuit)


def test_zero_ablation_leaves_the_start_token_alone() -> None:
    network, task = random_network(), TokenTask("one", random_task(1).examples)
    circuit = found(network, SAES, task)
    settings = EvaluationSettings(ablation="zero", sizes=(0,), baselines=())
    assert torch.isfinite(torch.tensor(evaluate_features(network, SAES, task, circuit, settings).empty))


def test_where_nothing_is_to_be_recovered_no_ratio_is_made_of_rounding() -> None:
    from dataclasses import replace

    network, task = random_network(layer_norm=True), random_task(4)
    same = replace(task, examples=tuple(replace(one, patch=one.clean) for one in task.examples))

    result = evaluate_features(
        network, SAES, same, with_everything(found(network, SAES, task), network, SAES)
    )

    assert result.clean == pytest.approx(result.empty, abs=1e-4)
    for curve in result.curves:
        for point in curve.points:
            assert point.faithfulness is point.completeness is point.quantiles is None
    assert "nothing to recover" in result.notes[-1]


def test_a_circuit_without_nodes_has_no_stability() -> None:
    from dataclasses import replace

    network, task = random_network(), random_task(4)
    same = replace(task, examples=tuple(replace(one, patch=one.clean) for one in task.examples))
    circuit = found(network, SAES, same)

    result = evaluate_features(network, SAES, same, circuit, EvaluationSettings(n_resamples=2))

    assert circuit.nodes.effect[:-1].tolist() == []
    assert result.stability == ()


@pytest.mark.parametrize(
    "edited", [{"metric": "best"}, {"metric": {"layer": 1}}, {"positions": 5}, {"metric": []}]
)
def test_a_circuit_edited_by_hand_is_refused_in_words(edited: dict[str, object]) -> None:
    from dataclasses import replace

    from headwater.errors import InvalidGraphFile

    network, task = random_network(), random_task(4)
    circuit = found(network, SAES, task, positions="separate")
    circuit = replace(circuit, method={**circuit.method, **edited})

    with pytest.raises(InvalidGraphFile, match=f"has {next(iter(edited))} .* which is none"):
        evaluate_features(network, SAES, task, circuit)
