"""The server as a process of its own, and its worker: things to kill."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx


def worker_pid(running: Any) -> int:
    return int(running.client.get("/models").json()["worker"]["pid"] or 0)


class Program:
    """`headwater serve` as a process of its own, to be killed."""

    def __init__(self, data: Path) -> None:
        settings = {"DATA": str(data), "DEFAULT_MODEL": "none", "WORKER_NICE": "0"}
        environment = os.environ | {f"HEADWATER_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "headwater", "serve", "--port", "0", "--json"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        address = json.loads(self.process.stdout.readline())["address"]
        self.client = httpx.Client(base_url=f"{address}/api/v1", timeout=60)

    def job(self, id: str) -> dict[str, Any]:
        return dict(self.client.get(f"/jobs/{id}").json())

    def wait_for(self, id: str, *states: str) -> dict[str, Any]:
        deadline = time.monotonic() + 90
        while (job := self.job(id))["state"] not in states:
            assert time.monotonic() < deadline, job
            time.sleep(0.02)
        return job

    def kill(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
