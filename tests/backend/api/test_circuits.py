"""Circuits over HTTP: found once, shown in every format, compared and evaluated."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from answers import check_problem
from circuit_helpers import ask, create, evaluate, find, pairs

from headwater.graph.circuit import Circuit
from headwater.graph.circuit_view import cut
from headwater.graph.container import unpack
from headwater.graph.export.circuit_file import from_circuit_file
from headwater.graph.export.mib import from_mib, from_scores

ALL = {"evaluation_share": 0}


@pytest.fixture(scope="module")
def task(server: Any) -> str:
    server.wait_until_ready()
    return create(server, pairs(40), name="words")


@pytest.fixture(scope="module")
def components(server: Any, task: str) -> str:
    return find(server, task)


@pytest.fixture(scope="module")
def features(server: Any, task: str) -> str:
    method = {"method": "sfc", "effects": "attribution", "max_nodes": 50, "edges_per_node": 5}
    return find(server, task, method, examples=12)


def whole(server: Any, id: str) -> Circuit:
    return from_circuit_file(server.client.get(f"/circuits/{id}", params={"format": "headwater"}).json())


def test_a_circuit_is_found_and_then_remembered(ready: Any) -> None:
    task = create(ready, pairs(20))
    first = ask(ready, task)
    job = ready.wait_for(first.json()["job"]["id"], "done", "failed")

    again = ask(ready, task)
    by_another_name = ask(ready, create(ready, pairs(20), name="elsewhere"))

    assert first.status_code == 202
    assert (job["kind"], job["unit"]) == ("circuit", "examples")
    assert job["result"] == {"graph": None, "circuit": first.json()["id"], "evaluation": None}
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert (by_another_name.status_code, by_another_name.json()["id"]) == (200, first.json()["id"])
    assert again.json()["job"] is None
    listed = ready.client.get("/circuits", params={"task": task}).json()["items"]
    assert [one["id"] for one in listed] == [first.json()["id"]]


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"examples": 12, "seed": 3, "split": {"evaluation_share": 0.5, "seed": 2}},
        {"split": {"evaluation_share": 0}},
        {"method": {"method": "sfc", "effects": "attribution"}, "dictionaries": {"mlp": "wide"}},
        {"method": {"method": "hierarchical", "size": 20}},
    ],
)
def test_an_answer_says_how_to_ask_again(ready: Any, choices: dict[str, Any]) -> None:
    asked = ask(ready, create(ready, pairs(20)), **choices).json()
    if asked["job"]:
        ready.wait_for(asked["job"]["id"], "done")

    stored = ready.client.post("/circuits", json=asked["request"])

    assert stored.status_code == 200
    assert (stored.json()["id"], stored.json()["request"]) == (asked["id"], asked["request"])


def test_twenty_who_ask_at_once_share_one_job(ready: Any) -> None:
    task = create(ready, pairs(30))
    method = {"method": "eap-ig-inputs", "steps": 3}
    with ThreadPoolExecutor(20) as people:
        answers = list(people.map(lambda _: ask(ready, task, method), range(20)))

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["job"]["id"] for answer in answers if answer.status_code == 202}) == 1


def test_what_is_told_of_a_circuit(ready: Any, task: str, components: str) -> None:
    view = ready.client.get(f"/circuits/{components}").json()
    told, circuit = view["circuit"], whole(ready, components)

    assert told["task"] == {
        "id": task, "name": "words", "title": "words", "n_examples": 40, "n_train": 28, "n_evaluation": 12,
        "n_dropped": 0, "fingerprint": circuit.task["fingerprint"],
    }  # fmt: skip
    assert told["level"] == "components"
    assert told["bins"] == ["all"]
    assert (told["n_nodes"], told["n_edges"]) == (len(circuit.nodes), len(circuit.edges))
    assert told["metric_clean"] == pytest.approx(float(circuit.metric_clean.mean()))
    assert told["accuracy"] == pytest.approx(float((circuit.metric_clean > 0).mean()))
    assert told["provenance"]["model_fingerprint"]
    assert "edge attribution patching" in told["methods_text"]
    assert "12 examples were set aside" in told["methods_text"]
    assert len(circuit.metric_clean) == 28


def test_json_and_columns_carry_the_same_facts(ready: Any, components: str) -> None:
    from headwater.graph.container import read_stream

    limits = {"nodes": 12, "edges": 30}
    view = ready.client.get(f"/circuits/{components}", params=limits).json()
    columns = ready.client.get(f"/circuits/{components}", params={**limits, "format": "columns"})

    header, body = unpack(columns.content)
    edges = read_stream(
        header, body, "edges",
        {
            "source": np.uint32, "target": np.uint32, "slot": np.uint8, "weight": np.float32,
            "share": np.float32,
        },
    )  # fmt: skip
    assert columns.headers["content-type"] == "application/vnd.headwater.graph"
    assert header["circuit"] == view["circuit"]
    assert header["view"] == view["view"]
    assert view["view"]["nodes_shown"] == len(view["nodes"]) == 12
    assert len(view["edges"]) == len(edges["weight"]) <= 30
    assert [one["weight"] for one in view["edges"]] == pytest.approx(edges["weight"].tolist())
    assert [one["source"] for one in view["edges"]] == [view["nodes"][row]["name"] for row in edges["source"]]


def test_cuts_move_without_computing_anything(ready: Any, components: str) -> None:
    get = ready.client.get
    few = get(f"/circuits/{components}", params={"nodes": 5}).json()
    strong = get(f"/circuits/{components}", params={"min_effect": few["view"]["node_cut"]}).json()

    assert few["view"]["nodes_shown"] == 5
    assert few["view"]["hidden"]
    assert {one["name"] for one in few["nodes"]} <= {one["name"] for one in strong["nodes"]}
    assert all(
        abs(one["effect"]) >= few["view"]["node_cut"] - 1e-6
        for one in strong["nodes"]
        if one["kind"] != "logit"
    )


def test_every_format_of_a_circuit_of_components(ready: Any, components: str) -> None:
    def get(format: str, **more: Any) -> Any:
        return ready.client.get(f"/circuits/{components}", params={"format": format, **more})

    circuit = whole(ready, components)
    scores, mib = get("eap-ig").json(), get("mib").json()
    nodes, edges = (list(csv.reader(io.StringIO(get("csv", table=one).text))) for one in ("nodes", "edges"))
    graph = ElementTree.fromstring(get("graphml", nodes=1000, edges=5000).content)  # noqa: S314 (our own)

    names = {circuit.edge_name(edge): float(circuit.edges.weight[edge]) for edge in range(len(circuit.edges))}
    assert scores["scores"] == pytest.approx(names)
    assert len(from_scores(scores).edges) == len(from_mib(mib).circuit.edges) == len(names)
    assert nodes[0][:3] == ["name", "kind", "layer"]
    assert {row[0] for row in nodes[1:]} <= set(circuit.names)
    assert all(float(row[4]) == pytest.approx(names[row[0]], rel=1e-6) for row in edges[1:])
    found = graph.findall(".//{http://graphml.graphdrawing.org/xmlns}node")
    assert {one.get("id") for one in found} <= set(circuit.names)
    for format in ("headwater", "eap-ig", "mib", "csv", "graphml"):
        answer = get(format)
        assert 'attachment; filename="headwater-circuit-' in answer.headers["content-disposition"]


@pytest.mark.parametrize("select", ["strongest", "connected", "greedy"])
def test_every_format_holds_the_edges_that_were_selected(ready: Any, components: str, select: str) -> None:
    def get(format: str, **more: Any) -> Any:
        asked = {"format": format, "select": select, "edges": 40, "nodes": 1000} | more
        return ready.client.get(f"/circuits/{components}", params=asked)

    circuit = whole(ready, components)
    view = get("json").json()
    names = {one["name"] for one in view["edges"]}
    expected = cut(circuit, 1000, 40, select=select)  # type: ignore[arg-type]
    header, _ = unpack(get("columns").content)
    mib, file = get("mib").json(), get("headwater").json()
    rows = list(csv.reader(io.StringIO(get("csv", table="edges").text)))
    graph = ElementTree.fromstring(get("graphml").content)  # noqa: S314 (our own)

    assert names == {circuit.edge_name(edge) for edge in expected.edge.tolist()}
    assert 0 < len(names) <= 40
    assert header["view"] == view["view"]
    assert view["view"]["selection"] == file["provenance"]["selection"]["selection"] == select
    assert {name for name, edge in mib["edges"].items() if edge["in_graph"]} == names
    assert len(mib["edges"]) == len(circuit.edges)
    assert mib["cfg"]["d_model"] == circuit.provenance["d_model"] > 0
    assert get("eap-ig").json()["scores"].keys() == names
    assert {row[0] for row in rows[1:]} == names
    assert {one.get("id") for one in graph.findall(".//{http://graphml.graphdrawing.org/xmlns}edge")} == names
    assert file["nodes"]["name"] == [circuit.names[row] for row in sorted(expected.node.tolist())]
    assert from_circuit_file(file).names == tuple(file["nodes"]["name"])


def test_a_selection_that_is_none_is_refused(ready: Any, components: str) -> None:
    answer = ready.client.get(f"/circuits/{components}", params={"select": "magic"})

    assert "select" in json.dumps(check_problem(answer, 422, "invalid-request"))


def test_a_circuit_of_features_goes_where_features_fit(ready: Any, features: str) -> None:
    get = ready.client.get
    circuit = whole(ready, features)

    assert circuit.level == "features"
    assert circuit.dictionaries == {"mlp": "stories.transcoders"}
    for format in ("csv", "graphml", "json", "columns"):
        assert get(f"/circuits/{features}", params={"format": format}).status_code == 200
    for format in ("eap-ig", "mib"):
        problem = check_problem(
            get(f"/circuits/{features}", params={"format": format}), 422, "invalid-setting"
        )
        assert "dictionary features" in problem["detail"]


def test_what_a_client_has_is_not_sent_again(ready: Any, components: str) -> None:
    path = f"/circuits/{components}"
    first = ready.client.get(path, headers={"accept-encoding": "zstd"})
    etag = first.headers["etag"]

    again = ready.client.get(path, headers={"accept-encoding": "zstd", "if-none-match": etag})
    other = ready.client.get(path, params={"nodes": 3}, headers={"accept-encoding": "zstd"})

    assert first.headers["content-encoding"] == "zstd"
    assert (again.status_code, again.content) == (304, b"")
    assert other.headers["etag"] != etag


def test_a_node_shows_the_examples_on_which_it_does_most(ready: Any, task: str, components: str) -> None:
    circuit = whole(ready, components)
    head = next(
        row for row in np.argsort(-np.abs(circuit.nodes.effect)).tolist() if circuit.names[row][:1] == "a"
    )
    name = circuit.names[head]

    node = ready.client.get(f"/circuits/{components}/nodes/{name}", params={"limit": 1000}).json()

    effects = circuit.example_effects(head)
    assert node["effect"] == pytest.approx(float(circuit.nodes.effect[head]))
    assert node["effect"] == pytest.approx(float(effects.mean()), abs=1e-6)
    assert [one["effect"] for one in node["per_example"]] == pytest.approx(
        sorted(effects.tolist(), key=lambda effect: -abs(effect))
    )
    first = node["per_example"][0]
    written = ready.client.get(f"/tasks/{task}").json()["examples"][first["example"]]
    assert "".join(first["clean_tokens"][1:]).strip() == written["clean_prefix"]
    assert "".join(first["patch_tokens"][1:]).strip() == written["patch_prefix"]
    assert node["feature"] is None
    assert len({one["example"] for one in node["per_example"]}) == 28


def test_a_feature_leads_to_its_dashboard(ready: Any, features: str) -> None:
    view = ready.client.get(f"/circuits/{features}", params={"nodes": 50}).json()
    name = next(one["name"] for one in view["nodes"] if one["kind"] == "feature" and one["layer"] < 2)

    node = ready.client.get(f"/circuits/{features}/nodes/{quote(name)}").json()

    assert node["feature"]["dictionary"] == f"stories.transcoders.{node['layer']}"
    dashboard = ready.client.get(f"/features/{node['feature']['dictionary']}/{node['feature']['index']}")
    assert dashboard.json()["index"] == node["index"]
    assert node["rank"] >= 1


@pytest.mark.parametrize("name", ["a99.h0", "nope", "../..", "mlp0/1@7", "é", "x" * 3000])
def test_a_node_that_is_not_there(ready: Any, components: str, name: str) -> None:
    answer = ready.client.get(f"/circuits/{components}/nodes/{quote(name, safe='')}")

    assert answer.status_code in (404, 414)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_evaluation_is_made_on_the_examples_set_aside(ready: Any, components: str) -> None:
    settings = {"sizes": [0.1, 0.5, 1.0], "n_resamples": 4}

    first = evaluate(ready, components, settings=settings)
    again = ready.client.post(f"/circuits/{components}/evaluations", json={"settings": settings})
    other = ready.client.post(f"/circuits/{components}/evaluations", json={"settings": {"sizes": [0.1]}})

    result = first["result"]
    assert (result["n_examples"], result["level"]) == (12, "components")
    assert {curve["name"] for curve in result["curves"]} == {"circuit", "random", "activation", "gradient"}
    full = [curve["points"][-1] for curve in result["curves"] if curve["name"] == "circuit"]
    assert [point["faithfulness"] for point in full] == pytest.approx([1.0] * len(full), abs=1e-4)
    assert (again.status_code, again.json()["result"]) == (200, result)
    assert other.json()["id"] != first["id"]
    listed = ready.client.get(f"/circuits/{components}/evaluations").json()["items"]
    assert first["id"] in {one["id"] for one in listed}


def test_one_circuit_is_evaluated_on_the_task_of_another(ready: Any, components: str) -> None:
    swapped = [
        {**one, "clean_answer": one["patch_answer"], "patch_answer": one["clean_answer"]} for one in pairs(20)
    ]
    other = find(ready, create(ready, swapped))

    crossed = evaluate(ready, components, settings={"sizes": [0.5], "baselines": []}, against=other)

    assert crossed["against"] == other
    assert crossed["result"]["n_examples"] == 6


def test_two_circuits_are_compared_beside_chance(ready: Any, task: str, components: str) -> None:
    other = find(ready, task, {"method": "gradient"})

    found = ready.client.post("/circuits/compare", json={"a": components, "b": other, "nodes": 8}).json()
    same = ready.client.post("/circuits/compare", json={"a": other, "b": other, "share": 0.2}).json()

    nodes = found["nodes"]
    assert nodes["n_shared"] + len(nodes["only_a"]) == nodes["n_a"] <= 8
    assert len(nodes["shared"]) == nodes["n_shared"]
    assert nodes["jaccard"] == pytest.approx(
        nodes["n_shared"] / (nodes["n_a"] + nodes["n_b"] - nodes["n_shared"])
    )
    assert 0 < nodes["chance"] < 1
    effects = {one["name"]: one for one in found["effects"]}
    assert set(effects) == {*nodes["shared"], *nodes["only_a"], *nodes["only_b"]}
    assert same["edges"]["jaccard"] == 1
    assert same["nodes"]["correlation"] == pytest.approx(1)


def test_circuits_that_share_nothing_are_not_compared(ready: Any, components: str, features: str) -> None:
    body = {"a": components, "b": features}
    assert (
        "one kind"
        in check_problem(ready.client.post("/circuits/compare", json=body), 422, "invalid-setting")["detail"]
    )
    check_problem(
        ready.client.post("/circuits/compare", json={**body, "b": "0" * 64}), 404, "unknown-circuit"
    )


def test_circuits_are_listed_newest_first_page_by_page(ready: Any, components: str, features: str) -> None:
    first = ready.client.get("/circuits", params={"limit": 1, "model": "stories"}).json()
    second = ready.client.get("/circuits", params={"limit": 1, "cursor": first["next"]}).json()

    assert first["items"][0]["created_at"] >= second["items"][0]["created_at"]
    assert first["items"][0]["id"] != second["items"][0]["id"]
    assert ready.client.get("/circuits", params={"model": "brook"}).json() == {"items": [], "next": None}


def test_brooks_own_task_from_the_button_to_the_download(ready: Any) -> None:
    """What the issue ends on: agreement, its circuit of features, its curve, a dashboard, the paragraph."""
    body = {
        "model": "brook", "task": "brook:agreement_simple", "examples": 16,
        "method": {"method": "sfc", "effects": "attribution", "positions": "spans", "max_nodes": 40},
    }  # fmt: skip
    asked = ready.client.post("/circuits", json=body)
    job = ready.wait_for(asked.json()["job"]["id"], "done", "failed", timeout_s=200)
    assert job["state"] == "done", job
    id = asked.json()["id"]

    view = ready.client.get(f"/circuits/{id}", params={"nodes": 40}).json()

    assert view["circuit"]["bins"][0] == "start"
    assert len(view["circuit"]["bins"]) == 3
    assert set(view["circuit"]["dictionaries"]) == {"attn", "mlp", "resid"}
    feature = next(one for one in view["nodes"] if one["kind"] == "feature")
    node = ready.client.get(f"/circuits/{id}/nodes/{quote(feature['name'])}").json()
    link = node["feature"]
    assert ready.client.get(f"/features/{link['dictionary']}/{link['index']}").status_code == 200
    assert node["bin"] in view["circuit"]["bins"]
    assert "sparse feature circuits" in view["circuit"]["methods_text"]
    assert json.loads(ready.client.get(f"/circuits/{id}", params={"format": "headwater"}).text)[
        "methods_text"
    ]


def test_a_model_in_transformerlens_form_is_asked_in_token_ids(start: Any) -> None:
    """No text, no tokenizer, no dictionaries: a compiled model, registered like any other."""
    running = start(worker=True)
    folder = running.settings.data / "models" / "compiled"
    folder.mkdir()
    lm = Path(__file__).parents[2] / "data" / "circuits" / "tracr" / "xproportion"
    (folder / "headwater.json").write_text(
        json.dumps({"name": "compiled", "lm": str(lm), "dictionaries": []})
    )
    rows = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 3, 1], [0, 1, 1, 2], [0, 2, 2, 1]]
    answers = [[at, 0, None] for at in (1, 2, 3, 1, 2)]  # it computes one number
    text = json.dumps({"clean": rows, "corrupt": rows[::-1], "answer": answers})
    task = running.client.post("/tasks", json={"name": "ids", "text": text}).json()["id"]

    check = running.client.post("/tasks/check", json={"model": "compiled", "task": task}).json()
    accuracy = running.client.post(f"/tasks/{task}/accuracy", json={"model": "compiled"})
    id = find(running, task, {"method": "exact"}, model="compiled")
    result = evaluate(running, id, settings={"sizes": [0.5, 1.0], "baselines": []})["result"]
    node = running.client.get(f"/circuits/{id}/nodes/input").json()

    assert (check["n_ok"], check["preview"][0]["clean_tokens"]) == (5, ["0", "1", "2", "3"])
    assert accuracy.json()["n"] == 5
    assert result["curves"][0]["points"][-1]["faithfulness"] in (None, pytest.approx(1.0, abs=1e-4))
    assert node["per_example"][0]["clean_tokens"][0] == "0"
