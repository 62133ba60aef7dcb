"""Models, tokens, health."""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx

STORIES = Path(__file__).parents[2] / "models" / "stories260K"


def test_health_answers_at_once(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok", "version": "0.1.0"}


def test_ready_means_the_model_is_warm(ready: Any) -> None:
    status = ready.client.get("/ready").json()

    assert status["status"] == "ready"
    assert status["worker"]["models"][0] == "stories" or "stories" in status["worker"]["models"]


def test_not_ready_is_a_503_with_the_reason(start: Any) -> None:
    running = start(worker=True, default_model="none")

    response = running.client.get("/ready")

    assert response.status_code == 503
    assert response.json()["worker"]["state"] == "starting"


def test_models_are_listed_with_their_dictionaries_and_examples(client: httpx.Client) -> None:
    stories = next(one for one in client.get("/models").json()["models"] if one["name"] == "stories")

    assert (stories["architecture"], stories["n_layers"], stories["d_vocab"]) == ("LlamaForCausalLM", 5, 512)
    assert len(stories["fingerprint"]) == 64
    assert stories["dictionary_sets"][0] == {
        "id": "stories.transcoders",
        "set": "transcoders",
        "kind": "transcoder",
        "site": "mlp",
        "layers": [0, 1, 2, 3, 4],
        "width": 48,
        "default": True,
    }
    assert (stories["has_tokenizer"], stories["can_trace"]) == (True, True)
    assert stories["examples"][0]["prompt"] == "Once upon a time"


def test_models_say_what_can_be_asked_of_them(start: Any, tmp_path: Path) -> None:
    mute = tmp_path / "mute"
    mute.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(STORIES / name, mute)
    running = start()
    for name, lm in (("mute", mute), ("bare", STORIES)):
        folder = running.settings.data / "models" / name
        folder.mkdir()
        (folder / "headwater.json").write_text(json.dumps({"name": name, "lm": str(lm)}))

    found = {one["name"]: one for one in running.client.get("/models").json()["models"]}

    facts = {name: (one["has_tokenizer"], one["can_trace"]) for name, one in found.items()}
    assert facts["stories"] == facts["brook"] == (True, True)
    assert facts["mute"] == (False, False)
    assert facts["bare"] == (True, False), "tracing needs transcoders"
    sites = {one["set"]: one["site"] for one in found["brook"]["dictionary_sets"]}
    assert sites == {"transcoders": "mlp", "attn": "attn", "mlp-out": "mlp", "resid": "resid"}


def test_tokens_come_with_the_models_continuation(ready: Any) -> None:
    body = {"model": "stories", "prompt": "Once upon a time", "next_tokens": 5}

    answer = ready.client.post("/tokenize", json=body).json()

    assert [token["text"] for token in answer["tokens"]] == ["<s>", " Once", " upon", " a", " time"]
    assert [token["special"] for token in answer["tokens"]] == [True, False, False, False, False]
    probabilities = [token["probability"] for token in answer["next_tokens"]]
    assert answer["next_tokens"][0]["text"] == ","
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.9 < probabilities[0] < 1


def test_tokens_alone_need_no_worker(start: Any) -> None:
    answer = (
        start().client.post("/tokenize", json={"model": "stories", "prompt": "Once", "next_tokens": 5}).json()
    )

    assert answer["token_ids"] == [1, 403]
    assert answer["next_tokens"] is None
