"""Requests and models made to break the server: a sentence, and the next one is answered as ever."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

STORIES = Path(__file__).parents[2] / "models" / "stories260K"


@pytest.mark.parametrize("cursor", ["[" * 40_000, '["2020-01-01T00:00:00", "\\ud800"]'], ids=["deep", "half"])
def test_a_made_up_cursor_is_refused(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/graphs", params={"cursor": base64.urlsafe_b64encode(cursor.encode()).decode()})

    assert answer.status_code == 422, answer.text
    assert "cursor" in answer.json()["detail"]


def test_an_event_stream_resumed_from_a_made_up_event_starts_over(ready: Any) -> None:
    id = ready.client.post("/graphs", json={"model": "stories", "prompt": "Made-up events"}).json()["job"][
        "id"
    ]

    with ready.client.stream("GET", f"/jobs/{id}/events", headers={"last-event-id": "9" * 5000}) as stream:
        assert "event: done" in list(stream.iter_lines())


def test_a_model_of_nan_is_told_and_the_next_question_answered(ready: Any) -> None:
    folder = ready.settings.data / "models" / "nan"
    shutil.copytree(STORIES, folder / "lm")
    weights = folder / "lm" / "model.safetensors"
    tensors = {name: np.full_like(tensor, np.nan) for name, tensor in load_file(weights).items()}
    save_file(tensors, weights, {"format": "pt"})
    (folder / "headwater.json").write_text(json.dumps({"name": "nan", "lm": "lm"}))
    body = {"model": "nan", "prompt": "Once", "next_tokens": 2}

    broken = ready.client.post("/tokenize", json=body)
    good = ready.client.post("/tokenize", json={**body, "model": "stories"})

    shutil.rmtree(folder)
    assert broken.status_code == 422, broken.text
    assert "NaN or infinity" in broken.json()["detail"]
    assert len(good.json()["next_tokens"]) == 2


def test_a_default_model_that_fails_in_an_unknown_way_keeps_no_other_from_work(start: Any) -> None:
    running = start(default_model="stories")
    folder = running.settings.data / "models" / "stories"
    running.stop()
    config = folder / "odd" / "config.json"
    shutil.copytree(STORIES, folder / "odd")
    config.write_text(json.dumps({**json.loads(config.read_text()), "rms_norm_eps": "small"}))
    described = json.loads((folder / "headwater.json").read_text())
    odd = folder.parent / "odd"
    odd.mkdir()
    (odd / "headwater.json").write_text(json.dumps({"name": "odd", "lm": str(folder / "odd")}))
    assert described["name"] == "stories"

    second = start(worker=True, default_model="odd")
    second.wait_until_ready()

    assert "odd is not loaded" in second.client.get("/models").json()["worker"]["detail"]
    assert second.trace("Once upon a time")
