"""Tracing over HTTP: the real app, a real database, the real worker."""

import gzip
import io
import json
import sqlite3
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import zstandard

PROMPT = "Once upon a time there was a little"


@pytest.fixture
def graph(ready: Any) -> str:
    """A complete graph's id."""
    id: str = ready.trace(PROMPT)
    return id


def raw(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    """The bytes as sent, content coding left on."""
    with client.stream("GET", path, headers=headers) as response:
        response._content = b"".join(response.iter_raw())
    return response


def read_view(data: bytes) -> dict[str, Any]:
    assert data[:8] == b"HWGRAPH1"
    (length,) = struct.unpack("<I", data[8:12])
    return dict(json.loads(data[12 : 12 + length]))


def test_a_new_prompt_is_traced_and_then_remembered(ready: Any) -> None:
    body = {"model": "stories", "prompt": "The dog ran to the"}

    first = ready.client.post("/graphs", json=body)
    assert first.status_code == 202
    assert first.json()["status"] in ("queued", "running")
    assert first.json()["n_nodes"] is None
    job = ready.wait_for(first.json()["job"]["id"], "done", "failed")
    again = ready.client.post("/graphs", json=body)

    assert job["result"] == {"graph": first.json()["id"], "circuit": None, "evaluation": None}
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["status"] == "done"
    assert again.json()["job"] is None
    assert again.json()["n_nodes"] > 20
    assert again.json()["provenance"]["engine"] == "1"
    assert 0 <= again.json()["replacement_score"] <= 1


def test_a_cached_graph_answers_within_50_ms(ready: Any, graph: str) -> None:
    spent = []
    for _ in range(20):
        begun = time.perf_counter()
        answer = ready.client.post("/graphs", json={"model": "stories", "prompt": PROMPT})
        spent.append(time.perf_counter() - begun)
        assert answer.status_code == 200

    # The best five of twenty: the machine that runs the tests is shared.
    assert sorted(spent)[4] < 0.05


def test_ten_who_ask_at_once_share_one_job(ready: Any) -> None:
    body = {"model": "stories", "prompt": "Ten people ask the same"}
    ask = lambda _: ready.client.post("/graphs", json=body).json()  # noqa: E731

    with ThreadPoolExecutor(10) as people:
        answers = list(people.map(ask, range(10)))

    assert len({answer["id"] for answer in answers}) == 1
    assert len({answer["job"]["id"] for answer in answers if answer["job"]}) == 1
    ready.wait_for(answers[0]["job"]["id"], "done")


def test_the_same_question_in_other_words_is_the_same_graph(ready: Any, graph: str) -> None:
    tokens = ready.client.post("/tokenize", json={"model": "stories", "prompt": PROMPT}).json()
    last = len(tokens["token_ids"]) - 1
    same = [
        {"token_ids": tokens["token_ids"]},
        {"prompt": PROMPT, "dictionaries": "stories.transcoders"},
        {"prompt": PROMPT, "targets": {"kind": "top_logits", "position": last}},
        {"prompt": PROMPT, "method": {"method": "linear", "max_features": None}},
        {"prompt": PROMPT, "method": {"max_features": 5000}},  # what null stands for
    ]

    answers = [ready.client.post("/graphs", json={"model": "stories", **body}) for body in same]

    assert [(answer.status_code, answer.json()["id"]) for answer in answers] == [(200, graph)] * 5


def test_tokens_may_be_named_by_text_or_id(ready: Any) -> None:
    by_text = {"kind": "logit_difference", "plus": " there", "minus": " time"}
    by_id = {"kind": "logit_difference", "plus": 383, "minus": 378}

    graphs = {ready.trace(PROMPT, targets=targets) for targets in (by_text, by_id)}

    assert len(graphs) == 1
    summary = ready.client.get(f"/graphs/{graphs.pop()}").json()["summary"]
    assert [target["label"] for target in summary["targets"]] == [" there −  time"]


def test_a_feature_can_be_the_target(ready: Any, graph: str) -> None:
    nodes = ready.client.get(f"/graphs/{graph}").json()["nodes"]
    late = max((node for node in nodes if node["kind"] == "feature"), key=lambda node: node["layer"])
    target = {"kind": "feature", "layer": late["layer"], "index": late["index"], "position": late["position"]}

    onward = ready.client.get(f"/graphs/{ready.trace(PROMPT, targets=target)}").json()

    assert [one["node"] for one in onward["summary"]["targets"]] == [late["id"]]


def test_json_and_columns_carry_the_same_facts(ready: Any, graph: str) -> None:
    document = ready.client.get(f"/graphs/{graph}").json()
    columns = ready.client.get(f"/graphs/{graph}", params={"format": "columns"})

    header = read_view(columns.content)
    assert columns.headers["content-type"] == "application/vnd.headwater.graph"
    assert header["summary"] == document["summary"]
    assert header["view"] == document["view"]
    assert header["view"]["nodes_shown"] == len(document["nodes"])
    assert document["summary"]["id"] == graph


def test_thresholds_change_what_is_shown_and_nothing_else(ready: Any, graph: str) -> None:
    few, many = (
        ready.client.get(f"/graphs/{graph}", params={"node_threshold": node, "edge_threshold": edge}).json()
        for node, edge in ((0.3, 0.5), (1.0, 1.0))
    )

    assert few["summary"] == many["summary"]
    assert few["view"]["nodes_shown"] < many["view"]["nodes_shown"] <= few["summary"]["n_nodes"]
    assert few["view"]["edges_shown"] < many["view"]["edges_shown"]


def test_the_stored_view_is_the_computed_one(ready: Any, graph: str) -> None:
    stored = ready.client.get(f"/graphs/{graph}?format=columns").content
    computed = ready.client.get(f"/graphs/{graph}?format=columns&node_threshold=0.80000001").content

    assert read_view(stored)["view"]["nodes_shown"] == read_view(computed)["view"]["nodes_shown"]
    assert len(stored) == pytest.approx(len(computed), abs=32)


def test_the_exports_are_what_they_say(ready: Any, graph: str) -> None:
    neuronpedia, npz, whole = (
        ready.client.get(f"/graphs/{graph}", params={"format": name})
        for name in ("neuronpedia", "npz", "headwater")
    )

    assert {"metadata", "nodes", "links"} <= set(neuronpedia.json())
    matrix = np.load(io.BytesIO(npz.content))
    assert matrix["adjacency"].shape == (len(matrix["kind"]),) * 2
    assert whole.json()["format"] == "headwater.graph"
    assert f"headwater-{graph[:12]}.npz" in npz.headers["content-disposition"]


@pytest.mark.parametrize(("accepted", "coding"), [
    ("zstd, gzip, br", "zstd"), ("gzip, deflate", "gzip"), ("identity", None), ("", None),
    ("zstd;q=0, gzip;q=0.5", "gzip"),
    ("*", "zstd"), ("nonsense;q=x", None),
])  # fmt: skip
def test_the_coding_the_client_reads_is_sent(
    ready: Any, graph: str, accepted: str, coding: str | None
) -> None:
    response = raw(ready.client, f"/graphs/{graph}?format=columns", **{"accept-encoding": accepted})

    read = {"zstd": lambda data: zstandard.decompress(data), "gzip": gzip.decompress, None: bytes}[coding]
    assert response.headers.get("content-encoding") == coding
    assert set(response.headers["vary"].split(", ")) == {"Accept-Encoding"}
    assert read(response.content)[:8] == b"HWGRAPH1"


def test_a_graph_too_large_to_prune_here_still_shows_its_stored_view(ready: Any) -> None:
    id = ready.trace("A graph that will be said to be enormous")
    with sqlite3.connect(ready.settings.database) as database:  # as if this machine were far smaller
        database.execute("UPDATE graph SET n_edges = 100000000000 WHERE id = ?", (id,))

    pruned = ready.client.get(f"/graphs/{id}?node_threshold=0.31")
    stored = ready.client.get(f"/graphs/{id}?format=columns")

    assert pruned.status_code == 507
    assert "default thresholds is stored" in pruned.json()["detail"]
    assert stored.status_code == 200


def test_what_the_client_has_is_not_sent_again(ready: Any, graph: str) -> None:
    path = f"/graphs/{graph}?format=columns"
    first = raw(ready.client, path, **{"accept-encoding": "zstd"})
    etag = first.headers["etag"]

    again = raw(ready.client, path, **{"accept-encoding": "zstd", "if-none-match": f'"other", {etag}'})
    coded = raw(ready.client, path, **{"accept-encoding": "gzip", "if-none-match": etag})
    other = raw(
        ready.client, path + "&node_threshold=0.5", **{"accept-encoding": "zstd", "if-none-match": etag}
    )

    assert not etag.startswith("W/")
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (coded.status_code, other.status_code) == (200, 200)


def test_graphs_are_listed_newest_first_in_pages(ready: Any) -> None:
    made = [ready.trace(f"The {animal} was very") for animal in ("cat", "dog", "bird")]

    listed, cursor = [], None
    for _ in range(20):
        page = ready.client.get(
            "/graphs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        listed += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert len(listed) == len(set(listed))
    assert [id for id in listed if id in made] == made[::-1]


def test_a_link_to_a_graph_under_way_shows_its_job(ready: Any, slow: dict[str, Any]) -> None:
    asked = ready.client.post("/graphs", json={"model": "stories", "prompt": PROMPT, **slow}).json()

    waiting = ready.client.get(f"/graphs/{asked['id']}")

    assert waiting.status_code == 202
    assert waiting.json()["job"]["id"] == asked["job"]["id"]
    assert waiting.json()["prompt"] == PROMPT
    ready.wait_for(asked["job"]["id"], "done", "failed")
    assert ready.client.get(f"/graphs/{asked['id']}").status_code == 200


def test_a_graph_whose_file_is_damaged_is_traced_again(ready: Any) -> None:
    id = ready.trace("A damaged file is")
    row_files = sorted(ready.settings.blobs.rglob("*"), key=lambda path: path.stat().st_mtime_ns)
    view = [path for path in row_files if path.is_file()][-1]
    view.write_bytes(view.read_bytes()[:10])

    broken = ready.client.get(f"/graphs/{id}?format=columns", headers={"accept-encoding": "zstd"})
    assert broken.status_code == 503
    assert "Ask for the result again" in broken.json()["detail"]

    assert ready.trace("A damaged file is") == id
    assert ready.client.get(f"/graphs/{id}?format=columns").status_code == 200
