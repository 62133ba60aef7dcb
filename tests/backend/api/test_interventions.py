"""Ablation over HTTP, measured on the real model."""

from typing import Any

import httpx
import pytest
from safetensors.numpy import load_file, save_file

PROMPT = "Once upon a time there was a little"


@pytest.fixture
def graph(ready: Any) -> str:
    id: str = ready.trace(PROMPT)
    return id


@pytest.fixture
def feature(ready: Any, graph: str) -> dict[str, Any]:
    nodes = ready.client.get(f"/graphs/{graph}?node_threshold=1").json()["nodes"]
    return max((node for node in nodes if node["kind"] == "feature"), key=lambda node: node["influence"])


def ablate(feature: dict[str, Any]) -> dict[str, Any]:
    return {
        "interventions": [
            {"layer": feature["layer"], "index": feature["index"], "positions": [feature["position"]]}
        ]
    }


def test_a_feature_is_switched_off_and_measured(ready: Any, graph: str, feature: dict[str, Any]) -> None:
    result = ready.client.post(f"/graphs/{graph}/interventions", json=ablate(feature)).json()

    moved = [one for one in result["activations"] if one["intervened"]]
    assert [(one["layer"], one["index"], one["after"]) for one in moved] == [
        (feature["layer"], feature["index"], 0.0)
    ]
    assert moved[0]["before"] == pytest.approx(feature["activation"], rel=1e-4)
    assert any(abs(token["measured_change"]) > 1e-5 for token in result["tokens"])
    assert result["kl"] >= 0
    assert result["plan"]["mode"] == "full"


def test_targets_of_the_graph_are_among_the_tokens(ready: Any) -> None:
    id = ready.trace(PROMPT, targets={"kind": "tokens", "tokens": [500, 505]})
    plan = {"interventions": [{"layer": 0, "index": 0, "positions": "all", "mode": "set", "value": 1.0}]}

    result = ready.client.post(f"/graphs/{id}/interventions", json=plan).json()

    assert {500, 505} <= {token["id"] for token in result["tokens"]}


def test_the_same_plan_is_remembered_and_linkable(ready: Any, graph: str, feature: dict[str, Any]) -> None:
    first, again = (
        ready.client.post(f"/graphs/{graph}/interventions", json=ablate(feature)) for _ in range(2)
    )

    linked = ready.client.get(f"/graphs/{graph}/interventions/{first.json()['id']}")

    assert first.json() == again.json() == linked.json()


BAD = {
    "no features": ({"interventions": []}, "invalid-request"),
    "nan": (
        {"interventions": [{"layer": 0, "index": 0, "positions": "all", "mode": "set", "value": "nan"}]},
        "invalid-request",
    ),
    "misspelt": ({"interventions": [], "freeze": True}, "invalid-request"),
    "unknown layer": (
        {"interventions": [{"layer": 9, "index": 0, "positions": [1]}]},
        "invalid-intervention",
    ),
    "unknown feature": (
        {"interventions": [{"layer": 0, "index": 48, "positions": [1]}]},
        "invalid-intervention",
    ),
    "unknown position": (
        {"interventions": [{"layer": 0, "index": 0, "positions": [99]}]},
        "invalid-intervention",
    ),
    "no value": (
        {"interventions": [{"layer": 0, "index": 0, "positions": [1], "mode": "scale"}]},
        "invalid-intervention",
    ),
}


@pytest.mark.parametrize(("plan", "type"), BAD.values(), ids=BAD)
def test_plans_that_cannot_be_run(ready: Any, graph: str, plan: dict[str, Any], type: str) -> None:
    response = ready.client.post(f"/graphs/{graph}/interventions", json=plan)

    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"/problems/{type}"


def test_an_unknown_graph_or_result_is_404(client: httpx.Client, ready: Any, graph: str) -> None:
    plan = {"interventions": [{"layer": 0, "index": 0, "positions": [1]}]}

    assert client.post("/graphs/nope/interventions", json=plan).status_code == 404
    assert client.get(f"/graphs/{graph}/interventions/nope").status_code == 404


def test_a_graph_of_other_weights_is_not_answered_with_these(start: Any) -> None:
    running = start(worker=True)
    running.wait_until_ready()
    graph = running.trace(PROMPT)
    weights = running.settings.data / "models" / "stories" / "transcoders" / "layer_0.safetensors"
    tensors = load_file(weights)
    save_file({**tensors, "W_dec": tensors["W_dec"] * 3}, weights)
    plan = {"interventions": [{"layer": 0, "index": 0, "positions": "all"}]}

    refused = running.client.post(f"/graphs/{graph}/interventions", json=plan)

    assert refused.status_code == 422
    assert "changed after this graph was traced" in refused.json()["detail"]
