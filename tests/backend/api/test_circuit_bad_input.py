"""What a circuit cannot be made of: said in words before anything runs, or as the job's problem."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from answers import check_problem
from circuit_helpers import as_lines, ask, create, find, pairs
from safetensors.numpy import load_file, save_file

ALL = {"split": {"evaluation_share": 0}}
SEPARATE = {"method": "sfc", "positions": "separate"}


def ask_about(
    running: Any, examples: list[dict[str, Any]], method: Any = None, **more: Any
) -> httpx.Response:
    answer: httpx.Response = ask(running, create(running, examples), method, **more)
    return answer


def test_answers_of_several_tokens(server: Any) -> None:
    several = [{**one, "clean_answer": " elephants"} for one in pairs(3)]

    problem = check_problem(ask_about(server, several), 422, "invalid-task")

    assert "None of the 3 examples" in problem["detail"]
    assert "token" in problem["detail"]
    assert [one["line"] for one in problem["problems"]] == [1, 2, 3]


def test_one_example_is_not_split_and_may_be_used_whole(ready: Any) -> None:
    task = create(ready, pairs(1))

    problem = check_problem(ask(ready, task), 422, "invalid-task")
    id = find(ready, task, **ALL)

    assert "one example" in problem["detail"]
    told = ready.client.get(f"/circuits/{id}").json()["circuit"]["task"]
    assert (told["n_examples"], told["n_train"], told["n_evaluation"]) == (1, 1, 0)


def test_different_lengths_need_spans_where_positions_count(ready: Any) -> None:
    mixed = [*pairs(6), *pairs(6, words=2)]

    problem = check_problem(ask_about(ready, mixed, SEPARATE), 422, "invalid-task")
    without = check_problem(
        ask_about(ready, mixed, {"method": "peap", "positions": "spans"}), 422, "invalid-task"
    )

    assert "4 to 5 tokens long" in problem["detail"]
    assert "has no spans" in without["detail"]
    assert find(ready, create(ready, mixed))


def test_prompts_without_a_pair(server: Any) -> None:
    alone = [{key: one[key] for key in ("clean_prefix", "clean_answer", "case")} for one in pairs(4)]

    problem = check_problem(ask_about(server, alone, **ALL), 422, "invalid-task")

    assert "no patch prompt" in problem["detail"]


def test_answers_that_the_model_never_predicts_are_explained_all_the_same(ready: Any) -> None:
    """What the model cannot do is seen in its accuracy, and nothing is divided by zero."""
    never = [{**one, "clean_answer": " Lily", "patch_answer": " the"} for one in pairs(10)]
    task = create(ready, never)

    accuracy = ready.client.post(f"/tasks/{task}/accuracy", json={"model": "stories"}).json()
    id = find(ready, task)
    circuit = ready.client.get(f"/circuits/{id}").json()

    assert accuracy["top1"] == 0
    assert circuit["circuit"]["accuracy"] == 0
    assert "no better than chance" in circuit["circuit"]["methods_text"]
    assert all(np.isfinite(one["effect"]) for one in circuit["nodes"])


def test_effects_that_are_not_finite_fail_in_words(start: Any, model_folder: Path) -> None:
    running = start(worker=True)
    data = running.settings.data
    broken = data / "models" / "broken"
    source = Path(__file__).parents[2] / "models" / "stories260K"
    shutil.copytree(source, broken / "lm")
    weights = load_file(broken / "lm" / "model.safetensors")
    name = next(key for key in weights if "layers.2.mlp.down_proj" in key)
    weights[name] = np.full_like(weights[name], np.float32(3e38))
    save_file(weights, broken / "lm" / "model.safetensors", metadata={"format": "pt"})
    (broken / "headwater.json").write_text(json.dumps({"name": "broken", "lm": "lm", "dictionaries": []}))
    task = create(running, pairs(5))

    body = {"model": "broken", "task": task, "method": {"method": "eap"}, **ALL}
    answer = running.client.post("/circuits", json=body)
    job = running.wait_for(answer.json()["job"]["id"], "failed", "done", timeout_s=120)
    shown = running.client.get(f"/circuits/{answer.json()['id']}")

    assert answer.status_code == 202
    assert (job["state"], job["error"]["type"]) == ("failed", "/problems/unstable-numbers")
    assert "not finite" in job["error"]["detail"]
    assert (shown.status_code, shown.json()["status"]) == (202, "failed")
    assert find(running, task, **ALL), "and the worker goes on"


BAD_BODIES: dict[str, tuple[dict[str, Any], int, str]] = {
    "no such task": ({"task": "nope"}, 404, "unknown-task"),
    "no such model": ({"model": "nope"}, 404, "unknown-model"),
    "no such method": ({"method": {"method": "magic"}}, 422, "invalid-request"),
    "a misspelt setting": ({"method": {"method": "eap", "step": 3}}, 422, "invalid-request"),
    "no steps": ({"method": {"method": "eap-ig-inputs", "steps": 0}}, 422, "invalid-request"),
    "too many steps": ({"method": {"method": "eap-ig-inputs", "steps": 10**9}}, 422, "invalid-request"),
    "infinite": ({"method": {"method": "acdc", "threshold": 1e999}}, 422, "invalid-request"),
    "dictionaries for heads": ({"dictionaries": {"mlp": "transcoders"}}, 422, "invalid-setting"),
    "no such set": ({"method": {"method": "sfc"}, "dictionaries": {"mlp": "x"}}, 404, "unknown-dictionary"),
    "no such site": ({"method": {"method": "sfc"}, "dictionaries": {"eye": "x"}}, 404, "unknown-dictionary"),
    "at another site": (
        {"method": {"method": "sfc"}, "dictionaries": {"resid": "transcoders"}}, 404, "unknown-dictionary"
    ),
    "no such feature": (
        {"method": {"method": "sfc", "metric": {
            "kind": "feature", "site": "mlp", "layer": 1, "index": 9999}}},
        422, "invalid-target",
    ),
    "no examples": ({"examples": 0}, 422, "invalid-request"),
    "all set aside": ({"split": {"evaluation_share": 1.0}}, 422, "invalid-request"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_request_that_cannot_be_served(server: Any, case: str) -> None:
    change, status, type = BAD_BODIES[case]
    body = {"model": "stories", "task": create(server, pairs(6)), "method": {"method": "eap"}, **change}
    content = json.dumps(body).encode()

    answer = server.client.post("/circuits", content=content, headers={"content-type": "application/json"})

    check_problem(answer, status, type)


def test_what_would_not_fit_is_refused_with_both_numbers(start: Any) -> None:
    running = start(memory_limit_mib=64, worker=True)
    task = create(running, pairs(3, words=3))
    wide = {"method": "sfc", "effects": "attribution"}

    small = ask(running, task, **ALL)
    large = ask(running, task, {"method": "peap"}, **ALL)
    problem = ask(running, create(running, long_pairs(300)), wide, dictionaries={"mlp": "wide"}, **ALL)

    assert small.status_code == large.status_code == 202
    found = check_problem(problem, 507, "not-enough-memory")
    assert found["needed_mib"] > found["available_mib"] == 64
    assert "Use shorter or fewer examples" in found["detail"]


def long_pairs(n: int) -> list[dict[str, Any]]:
    start = " ".join(["and the big day was to the little mom"] * (n // 9))
    return [
        {"clean_prefix": f"{start} {word} big", "patch_prefix": f"{start} {word} little",
         "clean_answer": " day", "patch_answer": " mom"}
        for word in ("He", "She", "Lily")
    ]  # fmt: skip


def test_a_server_without_a_worker_shows_what_is_stored_only(start: Any) -> None:
    running = start()
    task = create(running, pairs(4))

    check_problem(ask(running, task), 503, "worker-unavailable")
    check_problem(
        running.client.post(f"/tasks/{task}/accuracy", json={"model": "stories"}), 503, "worker-unavailable"
    )


def test_made_up_ids_name_nothing(client: httpx.Client) -> None:
    for id in ("0" * 64, "nope", "é", "x" * 2000):
        check_problem(client.get(f"/circuits/{id}"), 404, "unknown-circuit")
        check_problem(client.get(f"/circuits/{id}/evaluations"), 404, "unknown-circuit")
        check_problem(client.post(f"/circuits/{id}/evaluations", json={}), 404, "unknown-circuit")
        check_problem(client.get(f"/circuits/{id}/evaluations/1"), 404, "unknown-evaluation")
        check_problem(client.get(f"/circuits/{id}/nodes/a0.h0"), 404, "unknown-circuit")


def test_odd_queries_of_a_circuit(ready: Any) -> None:
    id = find(ready, create(ready, pairs(5)))
    for query in ("nodes=0", "nodes=x", "edges=-1", "min_effect=nan", "format=exe", "table=secrets"):
        check_problem(ready.client.get(f"/circuits/{id}?{query}"), 422, "invalid-request")
    none = ready.client.get(f"/circuits/{id}", params={"min_effect": 1e30}).json()
    assert [one["kind"] for one in none["nodes"]] == ["logit"]


@pytest.mark.parametrize("settings", [
    {"sizes": [float("1e999")]}, {"sizes": []}, {"ablation": "magic"}, {"n_resamples": -1}, {"seeds": 3},
    {"sizes": [0.1] * 500},
])  # fmt: skip
def test_settings_of_an_evaluation_that_mean_nothing(ready: Any, settings: dict[str, Any]) -> None:
    id = find(ready, create(ready, pairs(5)))
    content = json.dumps({"settings": settings}).encode()

    answer = ready.client.post(
        f"/circuits/{id}/evaluations", content=content, headers={"content-type": "application/json"}
    )

    if settings.get("sizes") == []:
        assert answer.status_code in (202, 422)
    else:
        check_problem(answer, 422, "invalid-request")


def test_many_examples_are_queued_by_name_and_not_by_content(ready: Any) -> None:
    """The job's row stays small whatever the task: examples lie in a blob."""
    text = as_lines(pairs(2700, words=3))
    task = ready.client.post("/tasks", json={"name": "many", "text": text}).json()["id"]
    answer = ask(ready, task, {"method": "eap-ig-inputs", "steps": 30})
    job = answer.json()["job"]["id"]
    ready.client.delete(f"/jobs/{job}")

    with sqlite3.connect(ready.settings.data / "headwater.sqlite3", timeout=20) as connection:
        (request,) = connection.execute("SELECT request FROM job WHERE id = ?", (job,)).fetchone()

    assert answer.json()["task"]["n_examples"] == 2700
    assert len(request) < 4000
