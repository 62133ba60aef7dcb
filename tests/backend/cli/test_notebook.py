import pytest

import headwater as hw
from headwater.errors import InvalidIntervention, InvalidTarget

PROMPT = "Once upon a time there was"


@pytest.fixture(scope="module")
def model(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWATER_DATA", str(data))
        return hw.load("stories")


@pytest.fixture(scope="module")
def graph(model):
    return hw.trace(model, PROMPT)


def test_the_readmes_example(model, graph):
    paths = graph.prune(node_threshold=0.8, edge_threshold=0.98).top_paths(5)
    change = hw.intervene(model, graph.prompt, [hw.Ablate(graph.features[0])]).logit_change(" a")

    assert len(paths) == 5
    assert isinstance(change, float)


def test_targets_in_all_forms(model, graph):
    assert hw.trace(model, PROMPT, targets=" a").target_labels == (" a",)
    assert hw.trace(model, PROMPT, targets=[" a", 300]).target_labels[0] == " a"
    assert len(hw.trace(model, PROMPT, targets=" a", minus=" the").target_nodes) == 1
    top = graph.features[0]
    target = hw.trace(model, PROMPT, targets=top.id)
    assert target.nodes.index[target.target_nodes[0]] == top.index


def test_token_ids_are_a_prompt_too(model, graph):
    again = hw.trace(model, model.encode(PROMPT))

    assert again.scores.replacement == pytest.approx(graph.scores.replacement)


def test_three_ways_to_switch_off(model, graph):
    top = graph.features[0]
    changes = [
        hw.intervene(model, PROMPT, [change]).logit_change(" a")
        for change in (hw.Ablate(top), hw.Scale(top.id, 0), hw.Set((top.layer, top.index, top.position), 0))
    ]
    assert changes[0] == changes[1] == changes[2]


def test_any_token_can_be_asked_about(model, graph):
    outcome = hw.intervene(model, PROMPT, [hw.Ablate(graph.features[0])], mode="direct")

    for token in (" a", 300, 0):
        assert outcome.logit_change(token) == pytest.approx(outcome.predicted_change(token), abs=1e-4)


def test_the_figure_is_plotly(model, graph):
    assert len(hw.intervene(model, PROMPT, [hw.Ablate(graph.features[0])]).figure("dark").data) == 2


def test_mistakes_are_told(model):
    with pytest.raises(InvalidIntervention, match="Nothing to change"):
        hw.intervene(model, PROMPT, [])
    with pytest.raises(InvalidIntervention, match="is no feature"):
        hw.Ablate("e3")
    with pytest.raises(InvalidTarget):
        hw.trace(model, PROMPT, targets="no such token")


def test_a_circuit_over_a_task_and_how_far_to_trust_it():
    brook = hw.load("brook")

    circuit = hw.find_circuit(brook, "agreement_simple", "eap-ig-inputs", steps=3, examples=12)
    found = hw.evaluate(brook, circuit, "agreement_simple", examples=6)

    assert circuit.method == {
        "method": "eap-ig-inputs",
        "metric": "logit_difference",
        "aggregate": "mean",
        "steps": 3,
    }
    assert circuit.task["n_examples"] == 12
    assert found.n_examples == 6
    assert found.curves[0].points[-1].faithfulness == pytest.approx(1, abs=1e-4)
