"""Whatever people send: a clear sentence, the right status, a request id, and nothing breaks."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from answers import check_problem
from safetensors.numpy import load_file, save_file

OK = {"model": "stories", "prompt": "Once upon a time"}


BAD_PROMPTS = {
    "empty": ("", "invalid-prompt", "is empty"),
    "blank": (" \n\t ", "invalid-prompt", "is empty"),
    "long": ("x" * 100_000, "invalid-prompt", "100,000 characters"),
    "control": ("a\x00b", "invalid-prompt", "control character U\\+0000"),
    "escape": ("\x1b[31m", "invalid-prompt", "control character U\\+001B"),
}


@pytest.mark.parametrize("path", ["/graphs", "/tokenize"])
@pytest.mark.parametrize(("prompt", "type", "says"), BAD_PROMPTS.values(), ids=BAD_PROMPTS)
def test_prompts_that_cannot_be_read(
    client: httpx.Client, path: str, prompt: str, type: str, says: str
) -> None:
    problem = check_problem(client.post(path, json={"model": "stories", "prompt": prompt}), 422, type)
    assert re.search(says, problem["detail"])


@pytest.mark.parametrize("path", ["/graphs", "/tokenize"])
def test_half_a_character_is_refused(client: httpx.Client, path: str) -> None:
    body = b'{"model": "stories", "prompt": "half \\ud83d"}'

    response = client.post(path, content=body, headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_emoji_are_traced_like_anything_else(ready: Any) -> None:
    tokens = ready.client.post("/tokenize", json={"model": "stories", "prompt": "A cat 🐈‍⬛ ran"}).json()[
        "tokens"
    ]

    assert "<0xF0>" in [token["text"] for token in tokens]
    assert ready.trace("A cat 🐈‍⬛ ran")


def test_a_prompt_beyond_the_context_is_told_how_much_fits(client: httpx.Client) -> None:
    long = "Once upon a time " * 400

    tokenized = client.post("/tokenize", json={"model": "stories", "prompt": long}).json()
    problem = check_problem(
        client.post("/graphs", json={"model": "stories", "prompt": long}), 422, "prompt-too-long"
    )

    assert (tokenized["fits"], tokenized["n_ctx"]) == (False, 512)
    assert problem["tokens"] == len(tokenized["token_ids"])
    assert problem["max_tokens"] == 512
    assert "characters fit" in problem["detail"]


def test_bytes_that_are_not_utf_8(client: httpx.Client) -> None:
    response = client.post(
        "/graphs",
        content=b'{"model": "stories", "prompt": "\xff\xfe"}',
        headers={"content-type": "application/json"},
    )
    check_problem(response, 400, "not-utf-8")


BODIES = {
    "nothing": b"",
    "not json": b"{model: stories}",
    "cut short": b'{"model": "stories"',
    "a list": b"[]",
    "a number": b"7",
    "nested deep": b"[" * 50_000,
    "nan": b'{"model": "stories", "prompt": "a", "targets": {"kind": "top_logits", "probability": NaN}}',
    "infinity": b'{"model": "stories", "prompt": "a", "targets": {"kind": "top_logits", "probability": Infinity}}',  # noqa: E501
    "huge number": b'{"model": "stories", "prompt": "a", "method": {"max_features": 1e400}}',
    "nan where text belongs": b'{"model": NaN, "prompt": "a"}',
    "misspelt field": b'{"model": "stories", "prompt": "a", "methd": {}}',
    "text for a number": b'{"model": "stories", "prompt": "a", "method": {"max_features": "5"}}',
    "zero features": b'{"model": "stories", "prompt": "a", "method": {"max_features": 0}}',
    "both texts": b'{"model": "stories", "prompt": "a", "token_ids": [1, 2]}',
    "no text": b'{"model": "stories"}',
    "negative token": b'{"model": "stories", "token_ids": [1, -2]}',
    "unknown method": b'{"model": "stories", "prompt": "a", "method": {"method": "magic"}}',
    "unknown target": b'{"model": "stories", "prompt": "a", "targets": {"kind": "magic"}}',
    "probability 2": b'{"model": "stories", "prompt": "a", "targets": {"kind": "top_logits", "probability": 2}}',  # noqa: E501
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies_that_are_no_request(client: httpx.Client, body: bytes) -> None:
    response = client.post("/graphs", content=body, headers={"content-type": "application/json"})

    assert response.status_code in (400, 422), response.text
    problem = check_problem(response, response.status_code, json.loads(response.text)["type"].split("/")[-1])
    assert problem["type"] in ("/problems/invalid-request", "/problems/unreadable-body")


def test_a_misspelt_field_is_pointed_at(client: httpx.Client) -> None:
    problem = check_problem(
        client.post("/graphs", json={**OK, "method": {"max_feature": 5}}), 422, "invalid-request"
    )

    assert problem["errors"] == [
        {"pointer": "/method/max_feature", "detail": "Extra inputs are not permitted"}
    ]


UNKNOWN = {
    "model": ({"model": "nope"}, 404, "unknown-model"),
    "model that is a path": ({"model": "../../etc"}, 404, "unknown-model"),
    "dictionaries": ({"dictionaries": "nope"}, 404, "unknown-dictionary"),
    "token text": ({"targets": {"kind": "tokens", "tokens": ["no such token"]}}, 422, "invalid-target"),
    "token id": ({"targets": {"kind": "tokens", "tokens": [512]}}, 422, "invalid-target"),
    "same tokens": (
        {"targets": {"kind": "logit_difference", "plus": 261, "minus": 261}},
        422,
        "invalid-target",
    ),
    "position": ({"targets": {"kind": "top_logits", "position": 99}}, 422, "invalid-target"),
    "start position": ({"targets": {"kind": "top_logits", "position": 0}}, 422, "invalid-target"),
    "layer": ({"targets": {"kind": "feature", "layer": 5, "index": 0}}, 422, "invalid-target"),
    "feature": ({"targets": {"kind": "feature", "layer": 0, "index": 48}}, 422, "invalid-target"),
    "no start token": ({"prompt": None, "token_ids": [5, 6]}, 422, "invalid-prompt"),
    "token beyond": ({"prompt": None, "token_ids": [1, 512]}, 422, "invalid-prompt"),
    "too many tokens": ({"prompt": None, "token_ids": [1] * 600}, 422, "prompt-too-long"),
    "start token only": ({"prompt": None, "token_ids": [1]}, 422, "invalid-prompt"),
}


@pytest.mark.parametrize(("change", "status", "type"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_does_not_exist_is_said_before_anything_is_queued(
    client: httpx.Client, change: dict[str, Any], status: int, type: str
) -> None:
    check_problem(client.post("/graphs", json={**OK, **change}), status, type)


@pytest.mark.parametrize("path", [
    "/graphs/nope", "/graphs/" + "0" * 64, "/graphs/nope/interventions/nope", "/jobs/nope",
    "/jobs/nope/events",
    "/features/nope/0", "/features/stories.nope.0/0", "/features/stories.transcoders.9/0",
    "/features/stories.transcoders.0/48", "/features/stories.transcoders.0/-1",
    "/features?dictionary=nope.x.0",
    "/nope", "/graphs/%00", "/graphs/..%2f..%2fetc%2fpasswd", "/features/%F0%9F%90%88/0",
])  # fmt: skip
def test_unknown_things_are_404(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", [
    "node_threshold=-0.1", "node_threshold=1.1", "edge_threshold=2", "node_threshold=nan",
    "edge_threshold=inf",
    "node_threshold=a", "format=xml", "node_threshold=",
])  # fmt: skip
def test_thresholds_and_formats_out_of_range(ready: Any, query: str) -> None:
    id = ready.trace("Thresholds are")
    check_problem(ready.client.get(f"/graphs/{id}?{query}"), 422, "invalid-request")


@pytest.mark.parametrize("path", [
    "/graphs?limit=0", "/graphs?limit=201", "/graphs?cursor=nonsense", "/features?limit=x",
    "/features?q=a&cursor=nonsense", "/features/stories.transcoders.0/x",
])  # fmt: skip
def test_pages_out_of_range(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_a_large_body_is_refused_unread(client: httpx.Client) -> None:
    check_problem(client.post("/graphs", json={**OK, "prompt": "x" * 2**20}), 413, "too-large")


def test_a_large_body_without_a_length_is_refused(client: httpx.Client) -> None:
    pieces = (b" " * 65536 for _ in range(32))
    response = client.post("/graphs", content=pieces, headers={"content-type": "application/json"})
    check_problem(response, 413, "too-large")


def test_another_content_type_is_no_request(client: httpx.Client) -> None:
    response = client.post("/graphs", content=json.dumps(OK), headers={"content-type": "text/plain"})
    check_problem(response, 422, "invalid-request")


def test_a_trace_that_would_not_fit_is_refused_before_it_starts(start: Any) -> None:
    running = start(worker=True, memory_limit_mib=64, default_model="none")
    body = {**OK, "model": "brook", "prompt": "the " * 240}

    problem = check_problem(running.client.post("/graphs", json=body), 507, "not-enough-memory")

    assert problem["needed_mib"] > problem["available_mib"] == 64


def test_a_cap_above_what_is_active_costs_nothing(ready: Any) -> None:
    assert ready.trace("A generous cap", method={"max_features": 1_000_000})


def test_a_full_queue_says_when_to_come_back(start: Any) -> None:
    running = start(worker=True, max_queue=1, default_model="none")  # its worker is still starting
    running.client.post("/graphs", json=OK)

    refused = running.client.post("/graphs", json={**OK, "prompt": "Another"})

    check_problem(refused, 503, "queue-full")
    assert int(refused.headers["retry-after"]) > 0


def test_a_server_without_a_worker_says_so(start: Any) -> None:
    check_problem(start().client.post("/graphs", json=OK), 503, "worker-unavailable")


def add_model(ready: Any, name: str) -> Path:
    """Another model folder beside the good one, to be damaged; its dictionaries' folder."""
    folder = ready.settings.models / name
    good = ready.settings.models / "stories"
    shutil.copytree(good / "transcoders", folder / "transcoders")
    described = json.loads((good / "headwater.json").read_text())
    described |= {"name": name, "dictionaries": described["dictionaries"][:1], "features": None}
    (folder / "headwater.json").write_text(json.dumps(described))
    return Path(folder / "transcoders")


def outcome(ready: Any, model: str) -> dict[str, Any]:
    """The problem, whether it is noticed when asked or when loaded."""
    answer = ready.client.post("/graphs", json={**OK, "model": model})
    if answer.status_code != 202:
        return dict(answer.json())
    job = ready.wait_for(answer.json()["job"]["id"], "failed")
    assert job["attempt"] == 1
    return dict(job["error"])


def test_a_dictionary_of_another_width_is_named_as_such(ready: Any) -> None:
    for path in add_model(ready, "narrow").glob("*.safetensors"):
        weights = load_file(path)
        halved = {
            name: np.ascontiguousarray(w[..., :32]) if name[0] == "W" else w for name, w in weights.items()
        }
        save_file(halved | {"b_dec": weights["b_dec"][:32].copy()}, path)

    problem = outcome(ready, "narrow")

    assert problem["type"] in ("/problems/dictionary-mismatch", "/problems/invalid-dictionary-files")
    assert "32" in problem["detail"]
    assert "64" in problem["detail"]


def test_a_truncated_dictionary_is_named_as_such(ready: Any) -> None:
    path = add_model(ready, "truncated") / "layer_2.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])

    problem = outcome(ready, "truncated")

    assert problem["type"] == "/problems/invalid-dictionary-files"
    assert "layer_2.safetensors" in problem["detail"]


def test_a_pickle_is_never_opened(ready: Any) -> None:
    folder = add_model(ready, "pickled")
    for path in folder.glob("*"):
        path.unlink()
    (folder / "sae.pt").write_bytes(b"cos\nsystem\n(S'touch /tmp/headwater-owned'\ntR.")

    problem = outcome(ready, "pickled")

    assert problem["type"] in ("/problems/unsafe-file", "/problems/invalid-dictionary-files")
    assert not Path("/tmp/headwater-owned").exists()  # noqa: S108


def test_broken_models_do_not_hide_the_good_one(ready: Any) -> None:
    assert "stories" in [model["name"] for model in ready.client.get("/models").json()["models"]]
    assert ready.trace("Good models go on")
