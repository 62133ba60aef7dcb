"""The stranger's model (`stories260K`) with random transcoders in circuit-tracer's format."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

os.environ["HF_HUB_OFFLINE"] = "1"
torch.set_num_threads(1)

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
LAYERS, D_MODEL, WIDTH = 5, 64, 48


@pytest.fixture(scope="session")
def stories():
    return STORIES


@pytest.fixture(scope="session")
def transcoders(tmp_path_factory):
    """Weak on purpose: random directions, a few of them active at every token."""
    folder = tmp_path_factory.mktemp("sets") / "random"
    folder.mkdir()
    draw = torch.Generator().manual_seed(0)
    for layer in range(LAYERS):
        tensors = {
            "W_enc": torch.randn(WIDTH, D_MODEL, generator=draw) / 8,
            "b_enc": torch.full((WIDTH,), -0.8),
            "W_dec": torch.randn(WIDTH, D_MODEL, generator=draw) / 40,
            "b_dec": torch.zeros(D_MODEL),
        }
        save_file(tensors, folder / f"layer_{layer}.safetensors")
    listed = "".join(f"- layer_{layer}.safetensors\n" for layer in range(LAYERS))
    (folder / "config.yaml").write_text(
        "model_name: stories\nmodel_kind: transcoder_set\nfeature_input_hook: mlp.hook_in\n"
        f"feature_output_hook: mlp.hook_out\nscan: random\ntranscoders:\n{listed}"
    )
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory, transcoders):
    """A data folder in which the model is registered as `stories`."""
    from headwater.cli.app import app

    folder = tmp_path_factory.mktemp("data")
    added = CliRunner().invoke(
        app, ["models", "add", "stories", "--lm", str(STORIES), "-d", str(transcoders), "--data", str(folder)]
    )
    assert added.exit_code == 0, added.output
    return folder


@pytest.fixture
def run(data, monkeypatch):
    """Run a command in this process against the registered model; `.json` is its parsed answer."""
    from headwater.cli.app import app

    monkeypatch.setenv("HEADWATER_DATA", str(data))
    monkeypatch.setenv("HEADWATER_DEFAULT_MODEL", "stories")

    def invoke(*arguments, stdin=None):
        result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        result.json = json.loads(result.stdout) if "--json" in arguments and result.stdout else None
        return result

    return invoke
