"""Circuits of heads and MLPs against a straightforward run, EAP-IG's own numbers, and laws."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bench.truth import read_case
from headwater.attribution.circuit_methods import EapIgInputs, EdgeSearch, PositionAware
from headwater.attribution.circuits import find_circuit
from headwater.attribution.components.masked import run_masked, source_outputs
from headwater.attribution.components.pair import universe_of
from headwater.errors import InvalidGraphFile, InvalidSetting, JobCancelled, UnstableNumbers
from headwater.evaluation.components import Ranking, cross_ablation, evaluate_components
from headwater.evaluation.scores import FRACTIONS
from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
from headwater.graph.export.mib import from_scores, to_scores
from headwater.lm.network import Network, load_network, normed
from headwater.lm.registry import find_model
from headwater.tasks.task import Readout, TokenExample, TokenTask

CIRCUITS = Path(__file__).parents[2] / "data" / "circuits"
PEER = CIRCUITS / "peers" / "eap_ln"
GOLDEN: dict[str, Any] = json.loads((PEER / "peer_eap.json").read_text())


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(find_model(None, PEER))


@pytest.fixture(scope="module")
def task() -> TokenTask:
    data = json.loads((PEER / "data.json").read_text())
    columns = zip(data["clean"], data["corrupt"], data["answer"], strict=True)
    examples = (TokenExample(tuple(c), tuple(p), (Readout(*answer),)) for c, p, answer in columns)
    return TokenTask("peer", tuple(examples))


def some_masks(network: Network, n: int = 5) -> np.ndarray:
    universe = universe_of(network)
    return (np.random.default_rng(0).random((n, *universe.exists.shape)) < 0.6) & universe.exists


def metric_one_by_one(network: Network, example: TokenExample, kept: np.ndarray) -> float:
    """The definition, edge by edge: an input is the sum of what its sources write, in this run or in the
    patch run, and of constants."""
    universe = universe_of(network)
    ids = torch.tensor([example.clean])
    lengths = torch.tensor([len(example.clean)])
    patch = source_outputs(network, torch.tensor([example.patch]), lengths)[0]
    current: list[torch.Tensor] = [network.embed(ids)[0]]
    constant = network.position(ids.shape[1]).clone()

    def read(slot: int, n_sources: int) -> torch.Tensor:
        total = constant.clone()
        for source in range(n_sources):
            total = total + (current[source] if kept[source, slot] else patch[source])
        return total

    for layer in range(network.n_layers):
        block, n_read, n_heads = network.blocks[layer], universe.sources_of_heads(layer), network.n_heads
        inputs = {
            kind: torch.stack(
                [read(universe.slots(layer, kind).start + h, n_read) for h in range(n_heads)], 1
            )
            for kind in "qkv"
        }
        x = {kind: normed(block.attn_norm, value)[None] for kind, value in inputs.items()}
        q, k, v = network.queries(layer, x["q"]), network.keys(layer, x["k"]), network.values(layer, x["v"])
        z = network.mix(network.pattern(layer, q, k, lengths), v)
        heads = network.head_results(layer, z)[0]
        current += [heads[:, h] for h in range(n_heads)]
        constant = constant + block.attn.b_O
        mlp_in = read(universe.mlp_slot(layer), universe.sources_of_mlp(layer))
        current.append(network.mlp(layer, normed(block.mlp_norm, mlp_in)))
    logits = network.unembed(read(universe.logits_slot, universe.n_sources))
    return sum(
        one.weight * float(logits[one.position, one.correct] - logits[one.position, one.wrong])
        for one in example.readouts
        if one.wrong is not None
    )


def test_many_circuits_at_once_do_what_each_does_alone(network: Network, task: TokenTask) -> None:
    masks = some_masks(network)

    runs = run_masked(network, task, masks, batch_size=5)

    for circuit, example in ((0, 0), (1, 3), (2, 15), (4, 7)):
        expected = metric_one_by_one(network, task.examples[example], masks[circuit])
        assert runs.metric[circuit, example] == pytest.approx(expected, abs=1e-5)


def test_everything_inside_is_the_model_and_nothing_inside_the_patch_run(
    network: Network, task: TokenTask
) -> None:
    universe = universe_of(network)
    turned = replace(
        task, examples=tuple(replace(one, clean=one.patch, patch=one.clean) for one in task.examples)
    )
    nothing = np.zeros_like(universe.exists)

    runs = run_masked(network, task, np.stack([universe.exists, nothing]))
    patch_run = run_masked(network, turned, universe.exists[None])

    np.testing.assert_allclose(runs.metric[0], runs.clean, atol=1e-5)
    np.testing.assert_allclose(runs.metric[1], patch_run.clean, atol=1e-5)
    np.testing.assert_allclose(runs.kl[0], 0, atol=1e-5)
    assert (runs.hard[0] == 1).all()


def test_batches_do_not_show(network: Network, task: TokenTask) -> None:
    masks = some_masks(network)

    one, many = (run_masked(network, task, masks, batch_size=size) for size in (1, 16))

    for name in ("metric", "kl", "mse", "hard"):
        np.testing.assert_allclose(getattr(one, name), getattr(many, name), atol=1e-5)


def test_lengths_may_differ(network: Network, task: TokenTask) -> None:
    cut = [
        replace(one, clean=one.clean[:n], patch=(one.patch or ())[:n], readouts=(Readout(n - 1, 3, 5),))
        for one, n in zip(task.examples[:4], (8, 5, 8, 6), strict=True)
    ]
    masks = some_masks(network)

    together = run_masked(network, TokenTask("cut", tuple(cut)), masks)

    for number, example in enumerate(cut):
        alone = run_masked(network, TokenTask("one", (example,)), masks)
        np.testing.assert_allclose(together.metric[:, number], alone.metric[:, 0], atol=1e-5)


@pytest.mark.parametrize("ablation", ["resample", "mean", "mean_position", "zero"])
def test_every_ablation_leaves_the_whole_model_whole(
    network: Network, task: TokenTask, ablation: Any
) -> None:
    universe = universe_of(network)

    runs = run_masked(network, task, universe.exists[None], ablation=ablation)

    np.testing.assert_allclose(runs.metric[0], runs.clean, atol=1e-5)


def test_resampling_everything_is_another_example_with_this_ones_answer(
    network: Network, task: TokenTask
) -> None:
    pair = replace(task, examples=task.examples[:2])
    swapped = tuple(
        replace(one, clean=other.clean, patch=None)
        for one, other in zip(pair.examples, pair.examples[::-1], strict=True)
    )
    universe = universe_of(network)

    runs = run_masked(network, pair, np.zeros_like(universe.exists)[None], ablation="resample")
    other = run_masked(network, TokenTask("swapped", swapped), universe.exists[None], ablation="zero")

    np.testing.assert_allclose(runs.metric[0], other.clean, atol=1e-5)


def test_a_bin_keeps_its_own_positions_only(network: Network, task: TokenTask) -> None:
    """A mask that is the same in every bin is the mask without bins; one that is not is another circuit."""
    masks = some_masks(network, 2)
    same = np.repeat(masks[..., None], 8, 3)
    other = same.copy()
    other[..., :7] = True

    plain, binned, partly = (
        run_masked(network, task, one, positions="separate") for one in (masks, same, other)
    )

    np.testing.assert_allclose(plain.metric, binned.metric, atol=1e-5)
    assert np.abs(partly.metric - binned.metric).max() > 1e-3


def test_what_a_task_cannot_give_is_said(network: Network, task: TokenTask) -> None:
    unpaired = replace(task, examples=tuple(replace(one, patch=None) for one in task.examples))
    alone = replace(task, examples=task.examples[:1])
    masks = some_masks(network, 1)

    with pytest.raises(InvalidSetting, match="no patch prompt"):
        run_masked(network, unpaired, masks)
    with pytest.raises(InvalidSetting, match="Only one example"):
        run_masked(network, alone, masks, ablation="resample")
    with pytest.raises(JobCancelled):
        run_masked(network, task, masks, cancelled=lambda: True)


@pytest.mark.parametrize("method", list(GOLDEN["methods"]))
def test_the_curves_are_those_of_eap_ig(network: Network, task: TokenTask, method: str) -> None:
    golden = GOLDEN["methods"][method]
    circuit = from_scores({"method": method, "scores": golden["scores"]})

    found = evaluate_components(network, task, circuit, EvaluationSettings(baselines=()))

    for curve, name in zip(found.curves, ("abs", "signed"), strict=True):
        expected = golden["mib"][name]
        assert found.clean == pytest.approx(expected["clean"], abs=1e-5)
        assert found.empty == pytest.approx(expected["corrupt"], abs=1e-5)
        sizes = np.array([point.size for point in curve.points])
        # At half the edges the signed ranking cuts through edges whose score is 0: any choice is right.
        tied = np.array([name == "signed" and fraction == 0.5 for fraction in FRACTIONS])
        assert (sizes == expected["edges_kept"])[~tied].all()
        assert np.abs(sizes - expected["edges_kept"])[tied].max(initial=0) <= 4
        values = [point.faithfulness for point in curve.points]
        np.testing.assert_allclose(values, expected["faithfulness"], rtol=1e-5, atol=3e-5)
        assert curve.cpr == pytest.approx(expected["CPR"], abs=3e-5)
        assert curve.cmd == pytest.approx(expected["CMD"], abs=3e-5)


def test_the_result_carries_settings_baselines_and_spread(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, EapIgInputs())
    asked = EvaluationSettings(n_resamples=20, stability_size=0.1, seed=3)

    found = evaluate_components(network, task, circuit, asked)

    assert found.settings == asked
    assert {curve.name for curve in found.curves} == {"circuit", "random", "activation", "gradient"}
    whole = found.curves[0].points[-1]
    assert whole.faithfulness == pytest.approx(1, abs=1e-5)
    assert whole.completeness == pytest.approx(0, abs=1e-5)
    assert whole.hard == 1
    assert whole.quantiles is not None
    assert whole.quantiles.worst5 == pytest.approx(1, abs=1e-2)
    nodes, edges = found.stability
    assert (nodes.of, edges.of, edges.size, edges.total) == ("nodes", "edges", 11, 110)
    assert edges.chance < edges.mean_jaccard <= 1
    assert EvaluationResult.model_validate_json(found.model_dump_json()) == found


def test_greedy_circuits_hold_as_many_edges_as_asked_for(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, EapIgInputs())
    asked = EvaluationSettings(selection="greedy", sizes=(0.1, 0.2), baselines=())

    found = evaluate_components(network, task, circuit, asked)

    assert found.curves[0].cpr is None
    assert all(point.size >= point.asked // 2 for point in found.curves[0].points)


def test_a_searched_circuit_is_no_larger_than_what_was_found(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, EdgeSearch(threshold=0.05))

    found = evaluate_components(network, task, circuit, EvaluationSettings(baselines=()))

    assert 0 < len(circuit.edges) < 110
    assert found.curves[0].points[-1].size == len(circuit.edges)
    assert "no circuit" in found.notes[0]


def test_position_aware_circuits_are_evaluated_at_their_positions(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, PositionAware())

    found = evaluate_components(network, task, circuit, EvaluationSettings(baselines=("random",)))

    assert found.n_items == 110 * 8
    assert found.curves[0].points[-1].faithfulness == pytest.approx(1, abs=1e-4)
    longer = replace(
        task,
        examples=tuple(replace(one, clean=(*one.clean, 1), patch=(*one.patch, 1)) for one in task.examples),  # type: ignore[misc]
    )
    with pytest.raises(InvalidSetting, match="tokens long"):
        evaluate_components(network, longer, circuit)


def test_a_circuit_of_another_model_is_refused(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, EapIgInputs())

    with pytest.raises(InvalidSetting, match="3 layers"):
        evaluate_components(network, task, replace(circuit, n_layers=3))
    with pytest.raises(InvalidSetting, match="between 0 and 1"):
        evaluate_components(network, task, circuit, EvaluationSettings(sizes=(5,)))


def test_cross_ablation_runs_every_circuit_on_every_task(network: Network, task: TokenTask) -> None:
    one, other = (replace(task, examples=task.examples[part]) for part in (slice(0, 8), slice(8, 16)))
    circuits = {name: find_circuit(network, {}, t, EapIgInputs()) for name, t in (("A", one), ("B", other))}

    matrix = cross_ablation(network, {"A": one, "B": other}, circuits, 0.2)

    assert [*matrix] == [*matrix["A"]] == ["A", "B"]
    alone = evaluate_components(network, other, circuits["A"], EvaluationSettings(sizes=(0.2,), baselines=()))
    assert matrix["A"]["B"] == alone.curves[0].points[0]


def test_models_with_one_output_have_no_distribution() -> None:
    case = read_case(CIRCUITS / "tracr" / "xproportion")
    circuit = find_circuit(case.network, {}, case.task, EapIgInputs())

    found = evaluate_components(case.network, case.task, circuit, EvaluationSettings(baselines=()))

    assert found.curves[0].points[-1].hard is None
    assert found.curves[0].points[-1].kl is None
    assert found.curves[0].points[-1].faithfulness == pytest.approx(1, abs=1e-5)


def test_unlisted_edges_are_in_no_circuit(network: Network) -> None:
    universe = universe_of(network)
    logits = universe.logits_slot
    ranking = Ranking(
        universe,
        source=np.array([0]),
        slot=np.array([logits]),
        bin=np.array([0]),
        score=np.array([-1.0]),
        n_bins=1,
    )

    assert np.argwhere(ranking.kept(50, absolute=True)).tolist() == [[0, logits, 0]]


def test_where_nothing_is_to_be_recovered_no_ratio_is_made_of_rounding(
    network: Network, task: TokenTask
) -> None:
    same = replace(task, examples=tuple(replace(one, patch=one.clean) for one in task.examples))
    circuit = find_circuit(network, {}, same, EapIgInputs())

    found = evaluate_components(network, same, circuit)

    assert found.clean == pytest.approx(found.empty, abs=1e-5)
    for curve in found.curves:
        assert curve.cpr is curve.cmd is None
        for point in curve.points:
            assert point.faithfulness is point.completeness is point.quantiles is None
    assert "nothing to recover" in found.notes[-1]


def test_score_files_need_not_name_every_layer_and_head(network: Network, task: TokenTask) -> None:
    few = from_scores({"scores": {"input->m0": 1.0, "m0->logits": 2.0}})

    found = evaluate_components(network, task, few, EvaluationSettings(sizes=(1.0,), baselines=()))

    assert found.curves[0].points[0].size == 2
    with pytest.raises(InvalidSetting, match="10 layers"):
        evaluate_components(network, task, from_scores({"scores": {"m9->logits": 1.0}}))


def test_position_aware_methods_survive_a_task_without_effects(network: Network, task: TokenTask) -> None:
    same = replace(task, examples=tuple(replace(one, patch=one.clean) for one in task.examples))

    circuit = find_circuit(network, {}, same, PositionAware(positions="separate"))

    assert len(circuit.edges) == 0
    scores = to_scores(circuit)["scores"]
    assert set(scores) == set(universe_of(network).edge_names)
    assert not any(scores.values())
    found = evaluate_components(network, same, circuit, EvaluationSettings(baselines=(), n_resamples=2))
    assert found.stability == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_no_result(network: Network, task: TokenTask, value: float) -> None:
    circuit = from_scores({"scores": {"input->logits": 1.0}})
    damaged = load_network(find_model(None, PEER))
    damaged.W_U[0, :2] = value

    with pytest.raises(UnstableNumbers, match="not finite"):
        evaluate_components(damaged, task, circuit, EvaluationSettings(baselines=()))


def test_a_circuit_edited_by_hand_is_refused_in_words(network: Network, task: TokenTask) -> None:
    circuit = find_circuit(network, {}, task, EapIgInputs())
    few = EvaluationSettings(sizes=(0.5,), baselines=(), n_resamples=2)

    with pytest.raises(InvalidGraphFile, match="has metric 'best', which is none"):
        evaluate_components(network, task, replace(circuit, method={**circuit.method, "metric": "best"}), few)
    unknown = evaluate_components(network, task, replace(circuit, method={"method": "mine"}), few)
    assert [one.of for one in unknown.stability] == ["nodes"]


def test_scores_of_other_tools_name_metrics_in_their_own_words(network: Network, task: TokenTask) -> None:
    theirs = from_scores({"settings": {"metric": "my_metric"}, "scores": {"input->logits": 1.0}})

    assert evaluate_components(network, task, theirs, EvaluationSettings(baselines=())).clean
