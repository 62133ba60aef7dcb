"""Tasks over HTTP: listed, written, changed by one person at a time, checked and scored."""

import json
from typing import Any

import httpx
import pytest
from answers import check_problem
from circuit_helpers import as_lines, create, pairs


def test_bundled_tasks_are_listed_and_read(client: httpx.Client) -> None:
    listed = client.get("/tasks", params={"model": "brook"}).json()["items"]
    first = listed[0]

    task = client.get(f"/tasks/{first['id']}", params={"offset": 1, "limit": 2})

    assert first["id"] == f"brook:{first['name']}"
    assert (first["bundled"], first["model"], first["version"]) == (True, "brook", 0)
    assert first["n_examples"] > 50
    assert first["has_spans"]
    assert {"brook:indirect_object", "brook:sums", "brook:brackets"} <= {one["id"] for one in listed}
    assert task.headers["etag"] == '"0"'
    assert [one["example"] for one in task.json()["examples"]] == [1, 2]
    assert task.json()["examples"][0]["clean_ids"] is None


def test_a_task_comes_back_as_it_was_given(server: Any) -> None:
    examples = pairs(5)
    examples[0]["spans"] = {"start of it": [1, 3], "the rest": [3, 5]}
    examples[1]["clean_answers"] = [" day", " mom"]
    id = create(server, examples, name="kept")

    task = server.client.get(f"/tasks/{id}").json()

    assert (task["name"], task["title"], task["version"], task["bundled"]) == ("kept", "kept", 1, False)
    assert task["n_examples"] == 5
    assert task["cases"] == ["He"]
    given = [
        {key: one[key] for key in example} for one, example in zip(task["examples"], examples, strict=True)
    ]
    assert given == examples


@pytest.mark.parametrize("form", ["jsonl", "csv", "token ids"])
def test_files_are_imported_whatever_they_are_called(server: Any, form: str) -> None:
    csv = "clean_prefix,patch_prefix,clean_answer,patch_answer\r\nHe was big,He was little, day, mom\r\n"
    ids = json.dumps({"clean": [[1, 2, 3]], "corrupt": [[1, 2, 4]], "answer": [[2, 5, 6]]})
    text = {"jsonl": as_lines(pairs(3)), "csv": csv, "token ids": ids}[form]

    answer = server.client.post("/tasks", json={"name": form, "text": text, "filename": "whatever.dat"})

    task = answer.json()
    assert answer.status_code == 201, task
    assert answer.headers["location"] == f"/api/v1/tasks/{task['id']}"
    assert task["n_examples"] == (3 if form == "jsonl" else 1)
    if form == "token ids":
        assert task["kind"] == "tokens"
        assert task["examples"][0]["clean_ids"] == [1, 2, 3]
        assert task["examples"][0]["readouts"] == [[2, 5, 6, 1.0]]
        assert task["examples"][0]["clean_prefix"] is None


def test_only_who_saw_the_newest_version_changes_a_task(server: Any) -> None:
    client, id = server.client, create(server, pairs(3), name="contested")

    changed = client.put(f"/tasks/{id}", json={"title": "Mine", "version": 1})
    late = client.put(f"/tasks/{id}", json={"title": "Also mine", "version": 1})
    unsure = client.put(f"/tasks/{id}", json={"title": "Whatever"})
    by_header = client.put(f"/tasks/{id}", json={"examples": pairs(2)}, headers={"if-match": '"2"'})

    assert (changed.json()["title"], changed.json()["version"]) == ("Mine", 2)
    assert changed.headers["etag"] == '"2"'
    assert check_problem(late, 412, "task-changed")["version"] == 2
    check_problem(unsure, 428, "version-needed")
    assert (by_header.json()["n_examples"], by_header.json()["title"]) == (2, "Mine")
    assert by_header.json()["version"] == 3


def test_a_task_is_removed_once(server: Any) -> None:
    client, id = server.client, create(server, pairs(3))

    check_problem(client.delete(f"/tasks/{id}"), 428, "version-needed")
    check_problem(client.delete(f"/tasks/{id}", params={"version": 7}), 412, "task-changed")
    removed = client.delete(f"/tasks/{id}", params={"version": 1})

    assert (removed.status_code, removed.content) == (204, b"")
    check_problem(client.get(f"/tasks/{id}"), 404, "unknown-task")
    check_problem(client.delete(f"/tasks/{id}", params={"version": 1}), 404, "unknown-task")
    assert id not in {one["id"] for one in client.get("/tasks").json()["items"]}


def test_writing_a_bundled_task_makes_a_copy(server: Any) -> None:
    client, original = server.client, "brook:agreement_simple"
    before = client.get(f"/tasks/{original}").json()

    copy = client.put(f"/tasks/{original}", json={"title": "My own agreement"})

    assert copy.status_code == 201
    assert copy.headers["location"].endswith(copy.json()["id"])
    assert (copy.json()["title"], copy.json()["bundled"]) == ("My own agreement", False)
    assert copy.json()["n_examples"] == before["n_examples"]
    assert copy.json()["examples"] == before["examples"]
    assert client.get(f"/tasks/{original}").json() == before
    check_problem(client.delete(f"/tasks/{original}", params={"version": 0}), 409, "bundled-task")


def test_a_check_says_how_a_model_reads_a_task_and_what_it_cannot_use(server: Any) -> None:
    examples = pairs(3, words=2)
    examples[1]["clean_answer"] = " elephant"
    examples[2]["patch_prefix"] += " big"
    examples[2]["clean_prefix"] += " big"

    found = server.client.post("/tasks/check", json={"model": "stories", "examples": examples}).json()

    assert (found["n_ok"], found["n_dropped"]) == (2, 1)
    assert found["problems"][0]["line"] == 2
    assert "token" in found["problems"][0]["reason"]
    assert (found["equal_lengths"], found["lengths"]) == (False, [4, 5])
    first = found["preview"][0]
    assert first["clean_tokens"] == ["<s>", " He", " He", " big"]
    assert first["answers"] == [" day", " mom"]


def test_a_check_of_a_broken_file_names_its_lines(server: Any) -> None:
    text = as_lines(pairs(2)) + '\n{"clean_prefix": "Once"}\n'

    found = server.client.post("/tasks/check", json={"model": "stories", "text": text}).json()

    assert found["n_ok"] == 0
    assert [(one["line"], one["field"]) for one in found["problems"]] == [(3, "clean_answer")]


def test_the_models_own_accuracy_is_measured(ready: Any) -> None:
    id = create(ready, pairs(40))

    found = ready.client.post(f"/tasks/{id}/accuracy", json={"model": "stories", "limit": 30}).json()

    assert (found["n"], found["n_total"], len(found["per_example"])) == (30, 40, 30)
    right = [one["correct"] for one in found["per_example"]]
    assert found["accuracy"] == pytest.approx(sum(right) / 30)
    assert {one["example"] for one in found["per_example"]} <= set(range(40))
    assert sum(one["n"] for one in found["by_case"]) == 30
    again = ready.client.post(f"/tasks/{id}/accuracy", json={"model": "stories", "limit": 30}).json()
    assert again == found


BAD_TASKS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "either text or examples"),
    "both": ({"text": "{}", "examples": []}, "either text or examples"),
    "no examples": ({"examples": []}, "is empty"),
    "empty text": ({"text": ""}, ""),
    "binary": ({"text": "\x00\x01\x02"}, ""),
    "no json": ({"text": "{" * 100_000}, ""),
    "wrong fields": ({"text": '{"a": 1}\n'}, "The format is not known"),
    "bad line": ({"text": as_lines(pairs(1)) + "\n{nonsense\n"}, "2"),
    "gap between spans": (
        {"examples": [{"clean_prefix": "a", "clean_answer": "b", "spans": {"x": [2, 3]}}]}, "begin at 1"
    ),
    "unknown field": ({"examples": [{"clean_prefix": "a", "clean_answer": "b", "clam": 1}]}, "clam"),
    "not text": ({"examples": [{"clean_prefix": 3, "clean_answer": "b"}]}, "valid string"),
    "infinite weight": ({"text": '{"clean": [[1]], "answer": [[0, 1, 2, Infinity]]}'}, ""),
    "name": ({"name": "x" * 1000, "examples": []}, "at most 64"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TASKS)
def test_a_task_that_cannot_be_read_says_why(client: httpx.Client, case: str) -> None:
    body, says = BAD_TASKS[case]

    answer = client.post("/tasks", json={"name": "bad", **body})

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_paths_and_made_up_ids_name_nothing(client: httpx.Client) -> None:
    for id in ("nope", "..%2F..%2Fetc", "brook:..", "brook:nope", "x" * 500, "é", "%00"):
        answer = client.get(f"/tasks/{id}")
        assert answer.status_code == 404, (id, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    check_problem(client.get("/tasks/nomodel:x"), 404, "unknown-model")
    check_problem(client.get("/tasks", params={"model": "nomodel"}), 404, "unknown-model")


def test_a_file_of_examples_may_be_larger_than_other_requests(start: Any) -> None:
    running = start(max_body_kib=8, max_task_kib=64)
    large, too_large = ({"name": "big", "text": as_lines(pairs(n))} for n in (200, 1000))

    assert running.client.post("/tasks", json=large).status_code == 201
    check_problem(running.client.post("/tasks", json=too_large), 413, "too-large")
    check_problem(running.client.post("/circuits", json={"model": "x" * 10_000}), 413, "too-large")
