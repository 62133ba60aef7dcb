"""Files that are damaged, dangerous or somebody else's: one sentence, status 1, nothing opened."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file


@pytest.fixture
def copied(transcoders, tmp_path):
    """A copy of the good transcoders, to be damaged."""
    return Path(shutil.copytree(transcoders, tmp_path / "copied"))


def refused(result, kind, *says):
    assert result.exit_code == 1
    assert result.json["error"]["type"] == kind
    assert result.json["error"]["detail"].endswith(".")
    for word in says:
        assert word in result.json["error"]["detail"]


def test_dictionaries_of_another_width(run, copied):
    for path in copied.glob("*.safetensors"):
        tensors = load_file(path)
        halved = {k: np.ascontiguousarray(v[..., :32]) for k, v in tensors.items() if k.startswith("W")}
        save_file(tensors | halved | {"b_dec": tensors["b_dec"][:32].copy()}, path)

    result = run("trace", "Once upon a time", "-m", "stories", "-d", copied, "--json")

    refused(result, "dictionary-mismatch", "32", "64", "another model")


def test_dictionaries_with_the_fingerprint_of_another_model(run, copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text() + f"model_fingerprint: {'ab' * 32}\n")

    result = run("trace", "Once upon a time", "-m", "stories", "-d", copied, "--json")

    refused(result, "dictionary-mismatch", "abababababab", "stories")


def test_dictionaries_of_a_deeper_model(run, copied):
    shutil.copy(copied / "layer_0.safetensors", copied / "layer_5.safetensors")

    result = run("trace", "Once upon a time", "-m", "stories", "-d", copied, "--json")

    refused(result, "dictionary-mismatch", "layer 5", "layers 0 to 4")


def truncated(path):
    path.write_bytes(path.read_bytes()[:-1000])


def cut_in_the_header(path):
    path.write_bytes(path.read_bytes()[:100])


def empty(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", [truncated, cut_in_the_header, empty, noise])
def test_damaged_dictionaries_are_named(run, copied, damage):
    damage(copied / "layer_2.safetensors")

    result = run("trace", "Once upon a time", "-m", "stories", "-d", copied, "--json")

    refused(result, "invalid-dictionary-files", "layer_2.safetensors")


@pytest.mark.parametrize("damage", [truncated, cut_in_the_header, empty, noise])
def test_damaged_models_are_named(run, stories, tmp_path, damage):
    folder = shutil.copytree(stories, tmp_path / "model")
    damage(folder / "model.safetensors")

    result = run("doctor", "-m", folder, "--json")

    refused(result, "invalid-model-files", "model.safetensors")


@pytest.mark.parametrize("name", ["sae.pt", "params.pkl", "weights.bin"])
def test_a_pickle_is_never_opened(run, tmp_path, name):
    owned = tmp_path / "owned"
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / name).write_bytes(f"cos\nsystem\n(S'touch {owned}'\ntR.".encode())

    for given in (folder, folder / name):
        refused(run("trace", "Once", "-m", "stories", "-d", given, "--json"), "unsafe-file", name)
    assert not owned.exists()


def test_a_damaged_set_does_not_hide_its_model(run, data, transcoders):
    folder = data / "models" / "halved"
    shutil.copytree(transcoders, folder / "good")
    shutil.copytree(transcoders, folder / "bad")
    truncated(folder / "bad" / "layer_2.safetensors")
    described = json.loads((data / "models" / "stories" / "headwater.json").read_text())
    sets = [{"set": name, "path": name} for name in ("good", "bad")]
    described |= {"name": "halved", "dictionaries": sets, "default_dictionaries": "good"}
    (folder / "headwater.json").write_text(json.dumps(described))
    try:
        told, listed = run("models"), run("models", "list", "--json").json["models"]
        traced = run("trace", "Once upon a time", "-m", "halved", "--json")
        asked = run("trace", "Once upon a time", "-m", "halved", "-d", "bad", "--json")
        checked = run("models", "check", "halved", "--json")
    finally:
        shutil.rmtree(folder)

    found = next(one for one in listed if one["name"] == "halved")
    assert [one["set"] for one in found["dictionary_sets"]] == ["good"]
    assert [one["set"] for one in found["broken_sets"]] == ["bad"]
    assert "halved.bad cannot be used: " in told.stdout
    assert traced.exit_code == 0
    refused(asked, "invalid-dictionary-files", "layer_2.safetensors")
    assert checked.exit_code == 1
    assert [one["id"] for one in checked.json["models"][0]["dictionary_sets"]] == ["halved.good"]


def test_a_second_server_on_the_data_folder_is_told_whose_it_is(tmp_path):
    quiet = os.environ | {"HEADWATER_WORKER": "false", "HEADWATER_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "headwater", "serve", "--port", "0", "--json"]
    first = subprocess.Popen(command, env=quiet, stdout=subprocess.PIPE)
    try:
        address = json.loads(first.stdout.readline())["address"]
        second = subprocess.run(command, env=quiet, capture_output=True, timeout=60, check=False)
        still = httpx.get(f"{address}/api/v1/health", timeout=10).json()["status"]
    finally:
        first.terminate()
        first.wait(20)

    error = json.loads(second.stdout)["error"]
    assert second.returncode == 1
    assert error["type"] == "data-folder-in-use"
    assert str(first.pid) in error["detail"]
    assert still == "ok"
