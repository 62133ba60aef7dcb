"""One real server with its real worker for the whole session, on the stranger's model.

The model is stories260K with small random transcoders and a small random harvest; nothing of
our own is replaced.
"""

import json
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from safetensors.numpy import save_file

from headwater.api.app import create_app
from headwater.settings import Settings

sys.path.append(str(Path(__file__).parent))  # the helpers beside this file

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
N_LAYERS, D_MODEL, WIDTH, WIDE = 5, 64, 48, 1024


def write_transcoders(folder: Path, width: int, seed: int) -> None:
    """A circuit-tracer set: ReLU transcoders on every MLP, about a third of the features active."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for layer in range(N_LAYERS):
        encoder = random.standard_normal((width, D_MODEL)).astype(np.float32)
        decoder = random.standard_normal((width, D_MODEL)).astype(np.float32)
        save_file(
            {
                "W_enc": encoder / np.float32(np.sqrt(D_MODEL)),
                "W_dec": np.float32(0.15) * decoder,
                "b_enc": np.full(width, -0.5, np.float32),
                "b_dec": np.zeros(D_MODEL, np.float32),
            },
            folder / f"layer_{layer}.safetensors",
        )
    config = {
        "model_name": "stories260K",
        "model_kind": "transcoder_set",
        "feature_input_hook": "mlp.hook_in",
        "feature_output_hook": "mlp.hook_out",
        "scan": "stories",
        "transcoders": [f"layer_{layer}.safetensors" for layer in range(N_LAYERS)],
    }
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML


def write_features(folder: Path) -> None:
    """A harvest of random activations: what dashboards look like does not depend on their meaning."""
    import torch

    from headwater.features.codec import write_harvest
    from headwater.features.harvest import Readout, Source, harvest

    draw = torch.Generator().manual_seed(0)
    rows = torch.randint(259, 512, (20, 24), generator=draw).numpy()
    rows[:, 0] = 1
    names = [f"stories.transcoders.{layer}" for layer in range(2)]

    def activations(tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        seeded = torch.Generator().manual_seed(int(tokens.sum()))
        drawn = torch.rand(*tokens.shape, WIDTH, generator=seeded)
        return {name: torch.where(drawn > 0.95, drawn, 0.0) for name in names}

    sources = [Source(name, torch.randn(WIDTH, D_MODEL, generator=draw)) for name in names]
    readout = Readout(torch.ones(D_MODEL), torch.randn(D_MODEL, 512, generator=draw))
    write_harvest(folder, harvest(rows, activations, sources, readout, start_token=1, batch_rows=5))


def register(data: Path) -> None:
    """`transcoders` traces in no time; `wide` takes long enough to be watched, cancelled and killed."""
    folder = data / "models" / "stories"
    write_transcoders(folder / "transcoders", WIDTH, 1)
    write_transcoders(folder / "wide", WIDE, 2)
    write_features(folder / "features")
    sets = [
        {"set": name, "kind": "transcoder", "format": "circuit-tracer", "path": name}
        for name in ("transcoders", "wide")
    ]
    described = {
        "name": "stories",
        "lm": str(STORIES),
        "dictionaries": sets,
        "default_dictionaries": "transcoders",
        "features": "features",
    }
    (folder / "headwater.json").write_text(json.dumps(described))
    examples = [{"title": "A story", "prompt": "Once upon a time", "why": "It begins like every story."}]
    (folder / "examples.json").write_text(json.dumps(examples))


class Running:
    """An app on a real socket, in a thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app: FastAPI = create_app(settings)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self.app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: self._server.run([self._socket]), daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        self.client = httpx.Client(base_url=f"{self.address}/api/v1", timeout=60)

    def wait_until_ready(self, timeout_s: float = 90) -> None:
        deadline = time.monotonic() + timeout_s
        while self.client.get("/ready").status_code != 200:
            assert time.monotonic() < deadline, self.client.get("/models").json()["worker"]
            time.sleep(0.1)

    def wait_for(self, job_id: str, *states: str, timeout_s: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while (job := self.client.get(f"/jobs/{job_id}").json())["state"] not in states:
            assert time.monotonic() < deadline, job
            assert job["state"] not in ("done", "failed", "cancelled"), job
            time.sleep(0.02)
        return dict(job)

    def trace(self, prompt: str, **more: Any) -> str:
        """The id of the complete graph."""
        answer = self.client.post("/graphs", json={"model": "stories", "prompt": prompt, **more})
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 202:
            job = self.wait_for(answer.json()["job"]["id"], "done", "failed", "cancelled")
            assert job["state"] == "done", job
        return str(answer.json()["id"])

    def stop(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="session")
def model_folder() -> Iterator[Path]:
    """A data folder that holds nothing but the registered model."""
    folder = Path(tempfile.mkdtemp(prefix="headwater-model-"))
    register(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(model_folder: Path) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="headwater-api-") as folder:
        data = Path(folder) / "data"
        shutil.copytree(model_folder, data)
        running = Running(
            Settings(data=data, default_model="stories", lease_s=4, cancel_grace_s=5, worker_nice=0)
        )
        yield running
        running.stop()


@pytest.fixture
def ready(server: Running) -> Running:
    """The session's server, its worker warm."""
    server.wait_until_ready()
    return server


@pytest.fixture
def client(server: Running) -> httpx.Client:
    return server.client


@pytest.fixture
def start(tmp_path: Path, model_folder: Path) -> Iterator[Callable[..., Running]]:
    """Starts a server of one's own, without a worker unless asked; stopped at the end of the test."""
    started: list[Running] = []

    def begin(**settings: Any) -> Running:
        data = settings.pop("data", tmp_path / "data")
        if not data.exists():
            shutil.copytree(model_folder, data)
        chosen = {"worker": False, "worker_nice": 0, "default_model": "stories", **settings}
        running = Running(Settings(data=data, **chosen))
        started.append(running)
        return running

    yield begin
    for running in started:
        running.stop()


@pytest.fixture
def slow() -> dict[str, Any]:
    """Settings of a trace that takes a second or more."""
    return {"dictionaries": "wide", "method": {"max_features": 2500}}
