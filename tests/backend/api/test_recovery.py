"""Nothing is lost: killed workers, a second server, a full or unusable data folder."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from programs import Program, worker_pid

from headwater.api.app import serve
from headwater.errors import DataFolderInUse, PortInUse, StorageUnavailable
from headwater.settings import Settings

PROMPT = "One day a boy named Tom"


def test_a_worker_killed_mid_job_is_replaced_and_the_job_tried_again(
    ready: Any, slow: dict[str, Any]
) -> None:
    job = ready.client.post("/graphs", json={"model": "stories", "prompt": PROMPT, **slow}).json()["job"][
        "id"
    ]
    ready.wait_for(job, "running")
    before = worker_pid(ready)
    asked = {"model": "stories", "prompt": "Once", "next_tokens": 1}

    os.kill(before, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(ready.client.post, "/tokenize", json=asked)
        time.sleep(0.3)
        os.kill(before, signal.SIGKILL)
        answer = waiting.result(timeout=20)
    meanwhile = ready.client.post("/tokenize", json=asked)
    done = ready.wait_for(job, "done", "failed", timeout_s=90)

    assert answer.status_code == 503, "whoever waited for the dead worker is told at once"
    assert "killed by signal 9" in answer.json()["detail"]
    assert answer.headers["retry-after"]
    assert meanwhile.json()["token_ids"], "what needs no worker goes on"
    assert (done["state"], done["attempt"]) == ("done", 2)
    worker = ready.client.get("/models").json()["worker"]
    assert worker["pid"] != before
    assert worker["restarts"] == 1


def test_many_who_wait_for_a_stuck_worker_do_not_stop_the_server(ready: Any) -> None:
    stuck = worker_pid(ready)
    asked = {"model": "stories", "prompt": "Once", "next_tokens": 1}

    os.kill(stuck, signal.SIGSTOP)
    try:
        with (
            ThreadPoolExecutor(60) as people,
            httpx.Client(base_url=ready.client.base_url, timeout=30) as other,
        ):
            waiting = [
                people.submit(httpx.post, f"{other.base_url}tokenize", json=asked, timeout=60)
                for _ in range(60)
            ]
            time.sleep(1)
            graphs = other.get("graphs", timeout=10)
            os.kill(stuck, signal.SIGCONT)
            answers = [each.result(timeout=60) for each in waiting]
    finally:
        os.kill(stuck, signal.SIGCONT)

    assert graphs.status_code == 200
    assert {answer.status_code for answer in answers} == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert "wait for the model worker already" in refused.json()["detail"]


def test_a_job_waits_out_a_restart_of_the_server_whatever_its_default_model(start: Any) -> None:
    first = start(worker=True, default_model="none")
    job = first.client.post("/graphs", json={"model": "stories", "prompt": PROMPT}).json()["job"]["id"]
    first.stop()

    second = start(worker=True, default_model="none")

    assert second.wait_for(job, "done", "failed", timeout_s=90)["state"] == "done"
    worker = second.client.get("/models").json()["worker"]
    assert worker["state"] == "ready"
    assert "The default model none is not loaded" in worker["detail"]
    assert "stories" in worker["models"]


def test_a_killed_server_loses_nothing_and_a_job_that_kills_workers_ends(
    model_folder: Path, tmp_path: Path, slow: dict[str, Any]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(model_folder, data)
    first = Program(data)
    body = {"model": "stories", "prompt": PROMPT}
    try:
        stored = first.client.post("/graphs", json=body).json()
        first.wait_for(stored["job"]["id"], "done")
        fatal = first.client.post("/graphs", json=body | slow).json()["job"]["id"]
        waiting = first.client.post("/graphs", json=body | {"prompt": "Tom had a dog"}).json()["job"]["id"]
        first.wait_for(fatal, "running")
    finally:
        first.kill()

    second = Program(data)
    try:
        again = second.wait_for(fatal, "running")
        os.kill(worker_pid(second), signal.SIGKILL)
        failed = second.wait_for(fatal, "failed", "done")
        done = second.wait_for(waiting, "done", "failed")
        kept = second.client.post("/graphs", json=body)
    finally:
        second.kill()

    assert again["attempt"] == 2, "a job under way when the server is killed is tried again"
    assert (failed["state"], failed["error"]["type"]) == ("failed", "/problems/job-failed")
    assert "died 2 times during this job" in failed["error"]["detail"]
    assert done["state"] == "done", "a job that waited is done, even behind one that kills workers"
    assert (kept.status_code, kept.json()["id"]) == (200, stored["id"])


def test_the_worker_dies_with_its_server(ready: Any, tmp_path: Path) -> None:
    program = f"""
        import time
        from pathlib import Path
        from headwater.jobs.supervisor import Supervisor
        from headwater.settings import Settings
        from headwater.store.store import Store
        settings = Settings(data=Path({str(tmp_path / "data")!r}))
        worker = Supervisor(settings, Store.open(settings).database)
        worker.start()
        while not worker.status.pid:
            time.sleep(0.01)
        print(worker.status.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()

    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < deadline, "the worker outlived its server"
        time.sleep(0.1)


def test_a_second_server_on_the_folder_is_refused_with_the_pid(ready: Any) -> None:
    with pytest.raises(DataFolderInUse, match=str(os.getpid())):
        serve(Settings(data=ready.settings.data, port=0))


def test_a_taken_port_is_refused_before_anything_starts(ready: Any, tmp_path: Path) -> None:
    port = int(ready.address.rpartition(":")[2])

    with pytest.raises(PortInUse, match=f"Port {port}"):
        serve(Settings(data=tmp_path / "other", port=port))

    assert not (tmp_path / "other").exists()


def test_a_folder_that_cannot_be_written_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageUnavailable, match="cannot be written"):
        serve(Settings(data=tmp_path / "file" / "data", port=0))


def run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path, ready: Any) -> Iterator[Path]:
    """A real file system of few MiB that holds a copy of the session's data folder."""
    ready.trace("Kept on disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    held = sum(path.stat().st_size for path in ready.settings.data.rglob("*") if path.is_file())
    size = f"size={held // 1024 + 8192}k"
    mounted = run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    if mounted.returncode:
        pytest.skip("mounting needs privileges that this machine does not give")
    try:
        leave = shutil.ignore_patterns("*.sqlite3*")
        shutil.copytree(ready.settings.data, folder, dirs_exist_ok=True, ignore=leave)
        with (
            sqlite3.connect(ready.settings.database) as source,
            sqlite3.connect(folder / "headwater.sqlite3") as copy,
        ):
            source.backup(copy)
        yield folder
    finally:
        run("umount", "-l", str(folder))


def test_a_full_disk_refuses_writes_and_goes_on_reading_and_recovers(
    start: Any, ready: Any, small_disk: Path
) -> None:
    kept = ready.trace("Kept on disk")
    running = start(data=small_disk, worker=True, default_model="none")  # its worker never gets to start
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)

    body = {"model": "stories", "prompt": "No space for this"}
    refused = next(
        answer for _ in range(100) if (answer := running.client.post("/graphs", json=body)).status_code != 202
    )

    assert refused.status_code == 507
    assert refused.json()["type"] == "/problems/storage-full"
    assert "stays readable" in refused.json()["detail"]
    assert running.client.get(f"/graphs/{kept}?format=columns").status_code == 200
    assert kept in [item["id"] for item in running.client.get("/graphs").json()["items"]]

    filler.unlink()
    assert running.client.post("/graphs", json=body).status_code == 202
