"""Files of others, made to break us: each is refused in words and hides nothing else."""

import io
import json
import shutil
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lm_toys import STORIES

from headwater.errors import InvalidModelFiles
from headwater.lm.registry import broken_models, find_model, list_models, register_model
from headwater.lm.tokenizer import load_tokenizer


@dataclass
class Settings:
    data: Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "data")
    register_model(settings, "good", STORIES)
    return settings


def describe(settings: Settings, described: str | dict[str, Any]) -> Path:
    folder = settings.data / "models" / "bad"
    folder.mkdir()
    if isinstance(described, dict):
        described = json.dumps({"name": "bad", "lm": str(STORIES), "dictionaries": [], **described})
    (folder / "headwater.json").write_text(described)
    return folder


@pytest.mark.parametrize(
    "described",
    [
        {"dictionaries": 5},
        {"examples": 5},
        {"features": 5},
        {"lm": "a\0b"},
        {"lm": "a" * 10_000},
        {"lm": "\ud800"},
        "[" * 200_000,
    ],
    ids=["dictionaries", "examples", "features", "nul", "long", "surrogate", "deep"],
)
def test_a_description_that_makes_no_sense_hides_no_other_model(
    settings: Settings, described: str | dict[str, Any]
) -> None:
    describe(settings, described)

    assert "good" in [model.name for model in list_models(settings)]
    assert "headwater.json" in broken_models(settings)["bad"].detail


@pytest.mark.parametrize("shard", [5, [1], "", "..", "a\0b", "weights.bin", "a\0.safetensors"])
def test_a_list_of_weights_that_names_no_weights_is_refused(settings: Settings, shard: Any) -> None:
    folder = describe(settings, {"lm": "lm"})
    shutil.copytree(STORIES, folder / "lm")
    (folder / "lm" / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": shard}}))

    assert "good" in [model.name for model in list_models(settings)]
    assert broken_models(settings)["bad"].detail


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (BOMB + "model_kind: *m\n", "aliases"),
        ("[" * 100_000, "recursion"),
        ("#" * (2**22 + 1), "more than any config needs"),
        ("!!python/object/apply:os.system [true]", "constructor"),
    ],
    ids=["aliases that unfold without end", "deep", "large", "code"],
)
def test_a_hostile_config_is_a_broken_set(settings: Settings, config: str, reason: str) -> None:
    folder = describe(settings, {"dictionaries": [{"set": "bad", "path": "set"}]})
    (folder / "set").mkdir()
    (folder / "set" / "config.yaml").write_text(config)

    model = next(model for model in list_models(settings) if model.name == "bad")

    assert reason in model.broken_sets[0].error.detail


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "model.safetensors.index.json"])
def test_files_nested_without_end_hide_no_other_model(settings: Settings, tmp_path: Path, file: str) -> None:
    folder = tmp_path / "deep"
    shutil.copytree(STORIES, folder)
    (folder / file).write_text("[" * 200_000)
    describe(settings, {"lm": str(folder)})

    with pytest.raises(InvalidModelFiles, match=file):
        load_tokenizer(find_model(settings, folder))
    assert "good" in [model.name for model in list_models(settings)]


@pytest.mark.parametrize("layer", [-5, 10**30])
def test_a_layer_no_model_has_is_refused(settings: Settings, layer: int) -> None:
    folder = describe(settings, {"dictionaries": [{"set": "bad", "path": "set"}]})
    (folder / "set").mkdir()
    (folder / "set" / "cfg.json").write_text(json.dumps({"hook_name": "mine", "hook_layer": layer}))
    shutil.copy(STORIES / "model.safetensors", folder / "set" / "sae_weights.safetensors")

    model = next(model for model in list_models(settings) if model.name == "bad")

    assert "Layers count from 0" in model.broken_sets[0].error.detail


def test_an_npz_header_is_read_no_further_than_headers_go(settings: Settings) -> None:
    folder = describe(settings, {"dictionaries": [{"set": "bad", "path": "set"}]}) / "set" / "layer_0"
    folder.mkdir(parents=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b_enc.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**22) + b" " * 2**22)
    (folder / "params.npz").write_bytes(packed.getvalue())

    model = next(model for model in list_models(settings) if model.name == "bad")

    assert "not a whole npz file" in model.broken_sets[0].error.detail
