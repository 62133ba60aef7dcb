import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from lm_toys import GPT2_PROMPT, STORIES, describe, write_gpt2, write_sae, write_transcoders

from headwater.errors import (
    InvalidDictionaryFiles,
    InvalidModelFiles,
    InvalidSetting,
    UnknownDictionary,
    UnknownModel,
    UnsafeFile,
    UnsupportedModel,
)
from headwater.lm import registry
from headwater.lm.fingerprints import fingerprint
from headwater.lm.model import LanguageModel
from headwater.lm.registry import broken_models, find_model, list_models, register_model


@dataclass
class Settings:
    data: Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data")


@pytest.fixture
def transcoders(tmp_path: Path, gpt2: LanguageModel) -> Path:
    return write_transcoders(tmp_path / "Trans Coders", gpt2, GPT2_PROMPT)


def test_a_hugging_face_folder_is_a_model() -> None:
    entry = find_model(None, STORIES)

    assert entry.name == "stories260k"
    assert (entry.n_layers, entry.d_model, entry.d_vocab, entry.n_ctx) == (5, 64, 512, 512)
    assert entry.architecture == "LlamaForCausalLM"
    assert entry.dictionary_sets == ()


def test_the_registry_and_tokenizer_need_no_torch() -> None:
    code = (
        "import sys; from headwater.lm import registry, tokenizer, dictionary_files;"
        f"entry = registry.find_model(None, {str(STORIES)!r}); entry.fingerprint();"
        "tokenizer.load_tokenizer(entry).encode('Once');"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_registered_model_is_found_by_name(
    settings: Settings, gpt2: LanguageModel, transcoders: Path
) -> None:
    register_model(settings, "mine", gpt2.entry.folder, [transcoders])

    entry = find_model(settings, "mine")

    assert entry in list_models(settings)
    assert not entry.bundled
    found = entry.dictionary_set()
    assert (found.id, found.kind, found.format) == ("mine.trans-coders", "transcoder", "circuit-tracer")
    assert (found.layers, found.width) == ((0, 1, 2), 96)
    assert entry.dictionary_set("mine.trans-coders") is found


def test_a_bundled_model_comes_first(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "BUNDLED", tmp_path / "bundled")
    write_gpt2(tmp_path / "bundled" / "toy" / "lm")
    described = {"name": "toy", "lm": "lm", "dictionaries": [], "features": "features",
                 "examples": [{"title": "A", "prompt": "w2", "why": "b"}]}  # fmt: skip
    (tmp_path / "bundled" / "toy" / "headwater.json").write_text(json.dumps(described))
    register_model(settings, "another", STORIES)

    models = list_models(settings)

    assert [model.name for model in models] == ["toy", "another"]
    assert models[0].bundled
    assert models[0].features_path == tmp_path / "bundled" / "toy" / "features"
    assert models[0].examples[0]["prompt"] == "w2"


@pytest.mark.parametrize("name", ["", "Mine", "../mine", "a/b", "-a", "x" * 65, "a b", "a\n"])
def test_a_name_that_is_no_slug_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(InvalidSetting, match="lower-case letters"):
        register_model(settings, name, STORIES)


def test_a_name_is_given_once(settings: Settings) -> None:
    register_model(settings, "mine", STORIES)

    with pytest.raises(InvalidSetting, match="already"):
        register_model(settings, "mine", STORIES)


def test_an_unsupported_model_is_not_registered(settings: Settings, tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))

    with pytest.raises(UnsupportedModel):
        register_model(settings, "mine", folder)
    assert [m.name for m in list_models(settings)] == [m.name for m in list_models(None)]


def test_an_unknown_model_is_answered_with_those_there_are(settings: Settings) -> None:
    register_model(settings, "mine", STORIES)

    with pytest.raises(UnknownModel, match=r"no model called 'gpt5'. Models here: .*mine.*models add NAME"):
        find_model(settings, "gpt5")
    with pytest.raises(UnknownModel, match="There is no folder"):
        find_model(settings, "./nowhere")


def test_paths_are_not_taken_from_the_network(settings: Settings) -> None:
    with pytest.raises(UnknownModel):
        find_model(settings, str(STORIES), paths=False)


def test_one_broken_model_does_not_hide_the_others(settings: Settings) -> None:
    register_model(settings, "mine", STORIES)
    broken = settings.data / "models" / "broken"
    broken.mkdir()
    (broken / "headwater.json").write_text("{")

    assert "mine" in [model.name for model in list_models(settings)]
    assert "not readable JSON" in broken_models(settings)["broken"].detail
    with pytest.raises(InvalidModelFiles):
        find_model(settings, "broken")


def test_a_set_that_cannot_be_read_does_not_hide_the_others(
    settings: Settings, gpt2: LanguageModel, transcoders: Path, tmp_path: Path
) -> None:
    bad = Path(shutil.copytree(transcoders, tmp_path / "bad"))
    weights = bad / "layer_1.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    folder = tmp_path / "both"
    folder.mkdir()
    sets = [{"set": "bad", "path": str(bad)}, {"set": "good", "path": str(transcoders)}]
    described = {"name": "both", "lm": str(gpt2.entry.lm_path), "dictionaries": sets}
    (folder / "headwater.json").write_text(json.dumps(described))

    entry = find_model(settings, folder)

    assert [one.set for one in entry.dictionary_sets] == ["good"]
    assert [(one.id, one.set) for one in entry.broken_sets] == [("both.bad", "bad")]
    assert entry.dictionary_set("good").layers
    for asked in ("bad", "both.bad", None):
        with pytest.raises(InvalidDictionaryFiles, match=r"layer_1\.safetensors"):
            entry.dictionary_set(asked)


def test_an_unknown_set_is_answered_with_those_there_are(gpt2: LanguageModel, transcoders: Path) -> None:
    entry = find_model(None, gpt2.entry.folder, [transcoders])

    with pytest.raises(UnknownDictionary, match=r"It has: gpt2\.trans-coders"):
        entry.dictionary_set("saes")
    with pytest.raises(UnknownDictionary, match="has no dictionaries"):
        gpt2.entry.dictionary_set()


def test_sets_of_saes_are_found_by_layer(gpt2: LanguageModel, tmp_path: Path) -> None:
    for layer in range(3):
        write_sae(tmp_path / "resid" / f"layer_{layer}", layer, "hook_resid_post", 50, 32)

    found = find_model(None, gpt2.entry.folder, [tmp_path / "resid"]).dictionary_set()

    assert (found.format, found.kind, found.layers, found.width) == ("saelens", "sae", (0, 1, 2), 50)


def test_a_single_sae_folder_is_a_set_of_one(gpt2: LanguageModel, tmp_path: Path) -> None:
    write_sae(tmp_path / "one", 2, "hook_mlp_out", 50, 32)

    assert find_model(None, gpt2.entry.folder, [tmp_path / "one"]).dictionary_set().layers == (2,)


def test_the_fingerprint_follows_content_not_place(tmp_path: Path) -> None:
    one = find_model(None, write_gpt2(tmp_path / "one"))
    copy = find_model(None, shutil.copytree(tmp_path / "one", tmp_path / "two"))
    other = find_model(None, write_gpt2(tmp_path / "three", seed=1))

    assert one.fingerprint() == copy.fingerprint() != other.fingerprint()
    before = copy.fingerprint()
    (tmp_path / "two" / "tokenizer.json").write_text((tmp_path / "two" / "tokenizer.json").read_text() + " ")
    assert copy.fingerprint() != before


def test_a_sets_fingerprint_covers_weights_and_config(gpt2: LanguageModel, transcoders: Path) -> None:
    entry = find_model(None, gpt2.entry.folder, [transcoders])
    before = entry.set_fingerprint("trans-coders")

    describe(transcoders, scan="another")

    assert entry.set_fingerprint("trans-coders") != before


def test_hashes_are_remembered_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, cache = tmp_path / "weights", tmp_path / "cache" / "fingerprints.json"
    file.write_bytes(b"abc")
    first = fingerprint({"weights": file}, cache)
    stored = json.loads(cache.read_text())

    monkeypatch.setattr("headwater.lm.fingerprints._MEMORY", {})
    monkeypatch.setattr("headwater.lm.fingerprints._hash", lambda _: pytest.fail("hashed again"))

    assert len(stored) >= 1
    assert fingerprint({"weights": file}, cache) == first


def test_a_damaged_hash_cache_is_started_anew(tmp_path: Path) -> None:
    file, cache = tmp_path / "weights", tmp_path / "fingerprints.json"
    file.write_bytes(b"abcd")
    cache.write_text("[1, ")

    assert fingerprint({"weights": file}, cache) == fingerprint({"weights": file})


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_a_pickle_is_refused_unopened(tmp_path: Path, name: str) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    (folder / "model.safetensors").rename(folder / name)

    with pytest.raises(UnsafeFile, match="can run code"):
        find_model(None, folder)


def test_pickled_transcoders_are_refused(gpt2: LanguageModel, tmp_path: Path) -> None:
    (tmp_path / "pickled").mkdir()
    describe(tmp_path / "pickled")
    torch.save({}, tmp_path / "pickled" / "layer_0.pt")

    with pytest.raises(UnsafeFile, match=r"layer_0\.pt"):
        find_model(None, gpt2.entry.folder, [tmp_path / "pickled"])
    with pytest.raises(UnsafeFile):
        find_model(None, gpt2.entry.folder, [tmp_path / "pickled" / "layer_0.pt"])


def test_a_truncated_transcoder_is_named(gpt2: LanguageModel, transcoders: Path) -> None:
    file = transcoders / "layer_1.safetensors"
    os.truncate(file, 1000)

    with pytest.raises(InvalidDictionaryFiles, match=r"layer_1\.safetensors is not a whole safetensors file"):
        find_model(None, gpt2.entry.folder, [transcoders])


def test_missing_layers_of_a_set_are_named(gpt2: LanguageModel, transcoders: Path) -> None:
    describe(transcoders, transcoders=["a", "b", "c"])
    (transcoders / "layer_1.safetensors").unlink()

    with pytest.raises(InvalidDictionaryFiles, match=r"lists 3 transcoders.*holds layers \[0, 2\]"):
        find_model(None, gpt2.entry.folder, [transcoders])


def test_an_npz_that_promises_more_than_it_holds_is_refused(gpt2: LanguageModel, tmp_path: Path) -> None:
    folder = tmp_path / "scope" / "layer_0"
    folder.mkdir(parents=True)
    np.savez(folder / "params.npz", b_enc=np.array([{"code": 1}], dtype=object))

    with pytest.raises(UnsafeFile, match="Python objects"):
        find_model(None, gpt2.entry.folder, [tmp_path / "scope"])
    (folder / "params.npz").write_bytes(b"PK nothing")
    with pytest.raises(InvalidDictionaryFiles, match="not a whole npz"):
        find_model(None, gpt2.entry.folder, [tmp_path / "scope"])


def test_an_empty_folder_is_no_dictionary(gpt2: LanguageModel, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(InvalidDictionaryFiles, match="holds no dictionaries"):
        find_model(None, gpt2.entry.folder, [tmp_path / "empty"])


@pytest.mark.parametrize("config", ["{", "[]", "{}", '{"architectures": ["GPT2LMHeadModel"], "n_layer": -1}'])
def test_a_broken_config_is_named(tmp_path: Path, config: str) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    (folder / "config.json").write_text(config)

    with pytest.raises(InvalidModelFiles, match=r"config\.json"):
        find_model(None, folder)
