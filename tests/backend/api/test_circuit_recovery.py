"""Finished examples of a circuit survive cancel, crash and kill -9: asking again goes on from there."""

import json
import os
import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from circuit_helpers import as_lines, ask, create, find, pairs
from programs import Program, worker_pid

N = 320
SLOW = {"method": "eap-ig-inputs", "steps": 20}
WHOLE = {"split": {"evaluation_share": 0}}
SHARDS = N // 32


def query(data: Path, sql: str, *values: Any) -> list[Any]:
    with sqlite3.connect(data / "headwater.sqlite3", timeout=20) as connection:
        return connection.execute(sql, values).fetchall()


def kept(data: Path, circuit: str) -> int:
    return int(query(data, "SELECT count(*) FROM job_shard WHERE cache_key = ?", circuit)[0][0])


def stored_by(data: Path, job: str) -> int:
    """Shards that the last attempt of this job computed."""
    return int(query(data, "SELECT shards FROM job WHERE id = ?", job)[0][0])


def wait_for_shards(data: Path, circuit: str, n: int) -> None:
    deadline = time.monotonic() + 60
    while kept(data, circuit) < n:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def blobs_of_shards(data: Path) -> list[Any]:
    return query(data, "SELECT sha256 FROM artifact WHERE media_type LIKE '%shard%'")


def numbers(running: Any, circuit: str) -> tuple[Any, Any]:
    file = running.client.get(f"/circuits/{circuit}", params={"format": "headwater"}).json()
    return file["nodes"], file["edges"]


@pytest.fixture(scope="module")
def undisturbed(server: Any) -> tuple[str, Any]:
    """(id, numbers) of the same circuit, computed in one go."""
    server.wait_until_ready()
    id = find(server, create(server, pairs(N), name="undisturbed"), SLOW, **WHOLE)
    return id, numbers(server, id)


def test_a_cancelled_job_keeps_what_is_finished(start: Any, undisturbed: Any) -> None:
    running = start(worker=True)
    running.wait_until_ready()
    data, task = running.settings.data, create(running, pairs(N))
    first = ask(running, task, SLOW, **WHOLE).json()
    id = first["id"]
    wait_for_shards(data, id, 3)

    cancelled = running.client.delete(f"/jobs/{first['job']['id']}")
    over = running.wait_for(first["job"]["id"], "cancelled")
    before = kept(data, id)
    shown = running.client.get(f"/circuits/{id}")
    second = running.client.post("/circuits", json=shown.json()["request"]).json()
    running.wait_for(second["job"]["id"], "done", timeout_s=120)

    assert cancelled.status_code == 200
    assert over["state"] == "cancelled"
    assert (shown.status_code, shown.json()["status"]) == (202, "cancelled")
    assert 3 <= before < SHARDS
    assert second["id"] == id == undisturbed[0]
    assert second["job"]["id"] != first["job"]["id"]
    assert stored_by(data, second["job"]["id"]) == SHARDS - before, "nothing is computed twice"
    assert numbers(running, id) == undisturbed[1]
    assert kept(data, id) == 0, "parts go when the whole is stored"
    assert blobs_of_shards(data) == []


def test_a_worker_killed_again_and_again_finishes_because_it_gets_on(start: Any, undisturbed: Any) -> None:
    running = start(worker=True)
    running.wait_until_ready()
    data = running.settings.data
    answer = ask(running, create(running, pairs(N)), SLOW, **WHOLE).json()
    id, job = answer["id"], answer["job"]["id"]

    seen = []
    for _ in range(2):
        wait_for_shards(data, id, (seen[-1] if seen else 0) + 2)
        os.kill(worker_pid(running), signal.SIGKILL)
        seen.append(kept(data, id))
        running.wait_for(job, "queued", "running", "done")
    done = running.wait_for(job, "done", "failed", timeout_s=120)

    assert seen == sorted(seen)
    assert (done["state"], done["attempt"]) == ("done", 3)
    assert stored_by(data, job) <= SHARDS - seen[-1]
    assert numbers(running, id) == undisturbed[1]


def test_a_killed_server_goes_on_where_it_was(model_folder: Path, tmp_path: Path, undisturbed: Any) -> None:
    data = tmp_path / "data"
    shutil.copytree(model_folder, data)
    first = Program(data)
    try:
        task = first.client.post("/tasks", json={"name": "words", "text": as_lines(pairs(N))}).json()["id"]
        answer = ask(first, task, SLOW, **WHOLE).json()
        wait_for_shards(data, answer["id"], 3)
    finally:
        first.kill()
    before = kept(data, answer["id"])

    second = Program(data)
    try:
        done = second.wait_for(answer["job"]["id"], "done", "failed")
        found = numbers(second, answer["id"])
        tasks = second.client.get("/tasks").json()["items"]
    finally:
        second.kill()

    assert (done["state"], done["attempt"]) == ("done", 2)
    assert before >= 3
    assert stored_by(data, answer["job"]["id"]) <= SHARDS - before
    assert found == undisturbed[1]
    assert task in {one["id"] for one in tasks}


def test_a_damaged_part_is_computed_again(start: Any, undisturbed: Any) -> None:
    running = start(worker=True)
    running.wait_until_ready()
    data, task = running.settings.data, create(running, pairs(N))
    first = ask(running, task, SLOW, **WHOLE).json()
    wait_for_shards(data, first["id"], 4)
    running.client.delete(f"/jobs/{first['job']['id']}")
    running.wait_for(first["job"]["id"], "cancelled")
    before = kept(data, first["id"])
    (cut,), (altered,) = blobs_of_shards(data)[:2]
    paths = [data / "blobs" / sha[:2] / sha for sha in (cut, altered)]
    paths[0].write_bytes(paths[0].read_bytes()[:20])
    paths[1].write_bytes(paths[1].read_bytes()[::-1])

    second = ask(running, task, SLOW, **WHOLE).json()
    running.wait_for(second["job"]["id"], "done", timeout_s=120)

    assert stored_by(data, second["job"]["id"]) == SHARDS - before + 2
    assert numbers(running, first["id"]) == undisturbed[1]


def test_progress_counts_examples(ready: Any) -> None:
    answer = ask(ready, create(ready, pairs(96, words=2)), SLOW, **WHOLE).json()
    with ready.client.stream("GET", f"/jobs/{answer['job']['id']}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data:")]

    jobs = [json.loads(line[5:]) for line in lines]
    at_work = [(job["done"], job["total"]) for job in jobs if job["phase"] == "edge weights"]
    assert jobs[-1]["state"] == "done"
    assert {job["unit"] for job in jobs} == {"examples"}
    assert {total for _, total in at_work} == {96}
    assert {done for done, _ in at_work} <= {0, 32, 64, 96}
    assert at_work == sorted(at_work)
