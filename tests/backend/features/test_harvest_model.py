"""The whole way on stories260K with random dictionaries: files in, dashboards out."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from headwater.dictionaries.load import load_set
from headwater.errors import InvalidPrompt
from headwater.features.harvest import evenly, harvest_model, main
from headwater.features.table import FeatureTable
from headwater.lm.model import load_model
from headwater.lm.registry import ModelEntry, find_model
from headwater.lm.tokenizer import load_tokenizer

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
STORY = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. " * 12


def random_dictionary(seed: int, n: int = 32, d: int = 64) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        "W_enc": torch.randn(n, d, generator=generator) / 8,
        "b_enc": torch.full((n,), -0.3),
        "W_dec": torch.randn(n, d, generator=generator) / 8,
        "b_dec": torch.zeros(d),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder: transcoders in layers 0 and 1, SAEs on z in layer 2 and the residual in 4."""
    root = tmp_path_factory.mktemp("models") / "tales"
    transcoders = root / "transcoders"
    transcoders.mkdir(parents=True)
    for layer in (0, 1):
        save_file(random_dictionary(layer), transcoders / f"layer_{layer}.safetensors")
    config = {"feature_input_hook": "mlp.hook_in", "feature_output_hook": "mlp.hook_out"}
    (transcoders / "config.yaml").write_text(
        json.dumps({"model_kind": "transcoder_set", **config})
    )  # JSON is YAML
    for name, hook in (("attn", "blocks.2.attn.hook_z"), ("resid", "blocks.4.hook_resid_post")):
        sae = root / name / "one"
        sae.mkdir(parents=True)
        tensors = random_dictionary(7)
        save_file({**tensors, "W_enc": tensors["W_enc"].T.contiguous()}, sae / "sae_weights.safetensors")
        (sae / "cfg.json").write_text(
            json.dumps({"architecture": "standard", "metadata": {"hook_name": hook}})
        )
    sets = [
        ("transcoders", "transcoder", "circuit-tracer"),
        ("attn", "sae", "saelens"),
        ("resid", "sae", "saelens"),
    ]
    listed = [{"set": s, "kind": kind, "format": form, "path": s} for s, kind, form in sets]
    manifest = {
        "name": "tales",
        "lm": str(STORIES),
        "dictionaries": listed,
        "default_dictionaries": "transcoders",
    }
    (root / "headwater.json").write_text(json.dumps({**manifest, "features": "features"}))
    (root / "story.txt").write_text(STORY)
    return root


@pytest.fixture(scope="module")
def entry(folder: Path) -> ModelEntry:
    entry = find_model(None, folder)
    harvest_model(entry, [folder / "story.txt"], folder / "features")
    return entry


def test_every_dictionary_of_the_model_is_harvested(folder: Path, entry: ModelEntry) -> None:
    table = FeatureTable.open(folder / "features")

    assert table.dictionaries == (
        "tales.transcoders.0",
        "tales.transcoders.1",
        "tales.attn.2",
        "tales.resid.4",
    )
    assert table.manifest.provenance["model_fingerprint"] == entry.fingerprint()


def test_activations_shown_are_those_of_a_plain_forward_pass(folder: Path, entry: ModelEntry) -> None:
    table, tokenizer, model = FeatureTable.open(folder / "features"), load_tokenizer(entry), load_model(entry)
    dictionary = load_set(entry, "transcoders").at(1)
    rows = table._rows.astype(np.int64)

    for index in range(0, 32, 5):
        board = table.dashboard(dictionary.id, index, tokenizer)
        if board.is_dead:
            continue
        shown = board.groups[0].examples[0]
        best = max(
            float(dictionary.encode(model.forward(torch.from_numpy(row)).blocks[1].mlp_in)[1:, index].max())
            for row in rows
        )
        assert shown.activations[shown.peak] == pytest.approx(best, rel=0.005)
        assert board.max_activation == pytest.approx(best, rel=1e-4)


def test_attention_features_reach_the_logits_through_W_O(folder: Path, entry: ModelEntry) -> None:
    table, tokenizer, model = FeatureTable.open(folder / "features"), load_tokenizer(entry), load_model(entry)
    dictionary = load_set(entry, "attn").at(2)
    final = model.forward([1, 2, 3]).final_norm
    W_O = model.weights.blocks[2].W_O.flatten(0, 1)

    effects = (dictionary.W_dec[3] @ W_O * final.gain) @ model.weights.W_U
    effects -= effects.mean()

    board = table.dashboard(dictionary.id, 3, tokenizer)
    assert board.top_logits[0].id == int(effects.argmax())
    assert board.top_logits[0].effect == pytest.approx(float(effects.max()), rel=0.01)
    assert board.bottom_logits[0].id == int(effects.argmin())


def test_token_rows_can_be_given_instead_of_text(folder: Path, entry: ModelEntry, tmp_path: Path) -> None:
    ids = load_tokenizer(entry).encode(STORY)[1:]
    rows = np.array([[1, *ids[:63]], [1, *ids[63:126]]], dtype=np.uint16)
    np.save(tmp_path / "rows.npy", rows)

    harvest_model(entry, [tmp_path / "rows.npy"], tmp_path / "out", sets=["transcoders"])

    assert FeatureTable.open(tmp_path / "out").manifest.tokens_seen == 126


def test_text_too_short_or_not_text_is_refused(entry: ModelEntry, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Too short.")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")

    for name in ("short.txt", "bytes.txt", "missing.txt"):
        with pytest.raises(InvalidPrompt):
            harvest_model(entry, [tmp_path / name], tmp_path / "out")


def test_fewer_tokens_are_taken_from_the_whole_text() -> None:
    rows = np.arange(100)[:, None]

    assert evenly(rows, 3)[:, 0].tolist() == [0, 49, 99]
    assert len(evenly(rows, 200)) == 100


def test_the_command_reports_its_progress_and_size(
    folder: Path, entry: ModelEntry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([str(folder), str(folder / "story.txt"), "--out", str(tmp_path), "--set", "resid"])

    assert status == 0
    assert "bytes" in capsys.readouterr().err
    assert FeatureTable.open(tmp_path).sets == ("tales.resid",)


def test_the_command_explains_a_users_mistake(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "none.txt", "--out", str(tmp_path)]) == 1
    assert "none.txt cannot be read" in capsys.readouterr().err
