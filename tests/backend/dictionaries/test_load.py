import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lm_toys import GPT2_PROMPT, STORIES, biggest, describe, write_sae, write_transcoders
from safetensors.torch import load_file, save_file
from torch import Tensor

from headwater.dictionaries import load as module
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.load import load_set
from headwater.errors import DictionaryMismatch, InvalidDictionaryFiles, NotEnoughMemory, UnknownDictionary
from headwater.lm import weight_files
from headwater.lm.model import LanguageModel
from headwater.lm.registry import find_model

X = torch.randn(6, 32, generator=torch.Generator().manual_seed(5))


@pytest.fixture
def folder(tmp_path: Path, gpt2: LanguageModel) -> Path:
    return write_transcoders(tmp_path / "transcoders", gpt2, GPT2_PROMPT, jumprelu=True, skip=True)


def load(gpt2: LanguageModel, folder: Path) -> DictionarySet:
    return load_set(find_model(None, gpt2.entry.folder, [folder]))


def edit_weights(file: Path, **changed: Tensor | None) -> None:
    kept = {name: value for name, value in load_file(file).items() if name not in changed}
    save_file({**kept, **{n: v.contiguous() for n, v in changed.items() if v is not None}}, file)


def test_a_circuit_tracer_set_is_read_as_written(gpt2: LanguageModel, folder: Path) -> None:
    found = load(gpt2, folder)

    assert found.id == "gpt2.transcoders"
    assert [d.id for d in found.layers] == ["gpt2.transcoders.0", "gpt2.transcoders.1", "gpt2.transcoders.2"]
    assert (found.layers[1].site_in, found.layers[1].site_out) == ("mlp.in", "mlp.out")
    written = load_file(folder / "layer_1.safetensors")
    assert torch.equal(found.at(1).W_enc, written["W_enc"])
    threshold, W_skip = found.at(1).threshold, found.at(1).W_skip
    assert threshold is not None
    assert W_skip is not None
    assert torch.equal(threshold, written["activation_function.threshold"])
    assert torch.equal(W_skip, written["W_skip"])
    assert len({d.fingerprint for d in found.layers}) == 3


def test_half_precision_on_disk_is_single_in_memory(gpt2: LanguageModel, folder: Path) -> None:
    whole = load(gpt2, folder).at(0)
    for dtype in (torch.float16, torch.bfloat16):
        edit_weights(folder / "layer_0.safetensors", W_enc=whole.W_enc.to(dtype))

        half = load(gpt2, folder).at(0).W_enc

        assert half.dtype == torch.float32
        assert torch.equal(half, whole.W_enc.to(dtype).float())


def test_one_threshold_may_stand_for_all_features(gpt2: LanguageModel, folder: Path) -> None:
    edit_weights(folder / "layer_0.safetensors", **{"activation_function.threshold": torch.tensor(0.25)})

    assert load(gpt2, folder).at(0).threshold.tolist() == [0.25] * 96  # type: ignore[union-attr]  # it has one


def test_a_set_for_a_wider_model_is_refused_with_both_widths(folder: Path) -> None:
    with pytest.raises(
        DictionaryMismatch, match=r"reads 32 numbers at mlp\.in, but stories260k has 64"
    ) as caught:
        load_set(find_model(None, STORIES, [folder]))
    assert (caught.value.extra["expected"], caught.value.extra["found"]) == (64, 32)


def test_a_set_with_more_layers_is_refused(gpt2: LanguageModel, folder: Path) -> None:
    (folder / "layer_0.safetensors").rename(folder / "layer_7.safetensors")

    with pytest.raises(DictionaryMismatch, match="for layer 7, but gpt2 has layers 0 to 2"):
        load(gpt2, folder)


def test_a_set_made_for_other_weights_is_refused(gpt2: LanguageModel, folder: Path) -> None:
    describe(folder, model_fingerprint=gpt2.entry.fingerprint())
    assert load(gpt2, folder)

    describe(folder, model_fingerprint="0" * 64)
    with pytest.raises(DictionaryMismatch, match="fingerprint 000000000000"):
        load(gpt2, folder)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"W_enc": torch.zeros(32, 96)}, r"W_enc is 32 x 96, expected 96 x 32"),
        ({"W_dec": torch.zeros(95, 32)}, r"W_dec is 95 x 32, expected 96 x 32"),
        ({"b_dec": torch.tensor([float("nan")] * 32)}, "b_dec holds NaN"),
        ({"W_dec": None}, r"lacks \['W_dec'\]"),
        ({"surprise": torch.zeros(3)}, r"unsupported the tensors \['surprise'\]"),
        ({"b_enc": torch.zeros(96, dtype=torch.int32)}, "floating point was expected"),
    ],
)
def test_impossible_weights_are_refused(
    gpt2: LanguageModel, folder: Path, changed: dict[str, Tensor | None], said: str
) -> None:
    edit_weights(folder / "layer_2.safetensors", **changed)

    with pytest.raises(InvalidDictionaryFiles, match=said):
        load(gpt2, folder)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"model_kind": "cross_layer_transcoder"}, "Only transcoder_set"),
        ({"feature_input_hook": "attn.hook_rot_q"}, "the place 'attn.hook_rot_q' is not known"),
        ({"activation_function": "softmax"}, "unsupported activation_function 'softmax'"),
    ],
)
def test_what_is_not_understood_is_refused(
    gpt2: LanguageModel, folder: Path, facts: dict[str, str], said: str
) -> None:
    describe(folder, **facts)

    with pytest.raises(InvalidDictionaryFiles, match=said):
        load(gpt2, folder)


def test_too_little_memory_is_said_before_loading(
    gpt2: LanguageModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "total_bytes", lambda _: 2**50)

    with pytest.raises(NotEnoughMemory, match="GiB are free"):
        load(gpt2, folder)


def test_a_layer_without_a_dictionary_is_named(gpt2: LanguageModel, tmp_path: Path) -> None:
    write_sae(tmp_path / "one", 2, "hook_mlp_out", 50, 32)

    with pytest.raises(UnknownDictionary, match="no dictionary at layer 0; it has layers 2"):
        load(gpt2, tmp_path / "one").at(0)


# SAELens: the forward of each architecture as its documentation gives it, against what we loaded.

d, F = 32, 40


def saelens(gpt2: LanguageModel, folder: Path, tensors: dict[str, Tensor], **config: object) -> Dictionary:
    folder.mkdir(parents=True)
    save_file(tensors, folder / "sae_weights.safetensors")
    facts = {"metadata": {"hook_name": "blocks.1.hook_resid_post"}, **config}
    (folder / "cfg.json").write_text(json.dumps(facts))
    return load(gpt2, folder).at(1)


def weights(*names: str) -> dict[str, Tensor]:
    g = torch.Generator().manual_seed(3)
    shapes = {"W_enc": (d, F), "W_dec": (F, d), "W_skip": (d, d), "b_dec": (d,)}
    made = {
        n: torch.randn(shapes.get(n, (F,)), generator=g) for n in ("W_enc", "W_dec", "b_enc", "b_dec", *names)
    }
    return {n: v.abs() if n == "threshold" else v for n, v in made.items()}


def test_standard_saes_match_saelens(gpt2: LanguageModel, tmp_path: Path) -> None:
    w = weights()

    plain = saelens(gpt2, tmp_path / "a", w, architecture="standard")
    centred = saelens(gpt2, tmp_path / "b", w, architecture="standard", apply_b_dec_to_input=True)

    assert biggest(plain.encode(X) - (X @ w["W_enc"] + w["b_enc"]).relu()) < 1e-5
    assert biggest(centred.encode(X) - ((X - w["b_dec"]) @ w["W_enc"] + w["b_enc"]).relu()) < 1e-4
    assert biggest(plain.reconstruct(X) - (plain.encode(X) @ w["W_dec"] + w["b_dec"])) < 1e-4


def test_jumprelu_saes_match_saelens(gpt2: LanguageModel, tmp_path: Path) -> None:
    w = weights("threshold")

    found = saelens(gpt2, tmp_path / "a", w, architecture="jumprelu")

    pre = X @ w["W_enc"] + w["b_enc"]
    assert biggest(found.encode(X) - pre.relu() * (pre > w["threshold"])) < 1e-5


def test_gated_saes_match_saelens(gpt2: LanguageModel, tmp_path: Path) -> None:
    w = weights("r_mag", "b_gate", "b_mag")
    del w["b_enc"]
    for name, centre in (("a", False), ("b", True)):
        found = saelens(gpt2, tmp_path / name, w, architecture="gated", apply_b_dec_to_input=centre)

        pre = (X - w["b_dec"] if centre else X) @ w["W_enc"]
        expected = (pre * w["r_mag"].exp() + w["b_mag"]).relu() * (pre + w["b_gate"] > 0)
        assert biggest(found.encode(X) - expected) < 1e-4


def test_topk_saes_match_saelens(gpt2: LanguageModel, tmp_path: Path) -> None:
    w = weights()
    new = saelens(gpt2, tmp_path / "new", w, architecture="topk", k=5)
    old = saelens(gpt2, tmp_path / "old", w, activation_fn_str="topk", activation_fn_kwargs={"k": 5})
    scaled = saelens(gpt2, tmp_path / "s", w, architecture="topk", k=5, rescale_acts_by_decoder_norm=True)

    pre = X @ w["W_enc"] + w["b_enc"]
    values, at = pre.topk(5)
    assert biggest(new.encode(X) - torch.zeros_like(pre).scatter(-1, at, values.relu())) < 1e-5
    assert torch.equal(new.encode(X), old.encode(X))
    norm = w["W_dec"].norm(dim=1)
    values, at = (pre * norm).topk(5)
    acts = torch.zeros_like(pre).scatter(-1, at, values.relu())
    assert biggest(scaled.encode(X) - acts) < 1e-4
    assert biggest(scaled.reconstruct(X) - ((acts / norm) @ w["W_dec"] + w["b_dec"])) < 1e-4


def test_skip_transcoders_match_saelens(gpt2: LanguageModel, tmp_path: Path) -> None:
    w = weights("W_skip", "threshold")
    places = {"hook_name": "blocks.1.ln2.hook_normalized", "hook_name_out": "blocks.1.hook_mlp_out"}

    found = saelens(gpt2, tmp_path / "a", w, architecture="jumprelu_skip_transcoder", metadata=places)

    assert (found.site_in, found.site_out) == ("mlp.in", "mlp.out")
    expected = found.encode(X) @ w["W_dec"] + w["b_dec"] + X @ w["W_skip"].T
    assert biggest(found.reconstruct(X) - expected) < 1e-4


@pytest.mark.parametrize(
    "config",
    [
        {"architecture": "abstopk", "k": 3},
        {"architecture": "matching_pursuit"},
        {"architecture": "batchtopk", "k": 3},
        {"architecture": "standard", "activation_fn_str": "tanh-relu"},
        {"architecture": "standard", "normalize_activations": "layer_norm"},
        {"architecture": "standard", "reshape_activations": "hook_q"},
    ],
)
def test_architectures_we_do_not_know_are_never_read_as_relu(
    gpt2: LanguageModel, tmp_path: Path, config: dict[str, object]
) -> None:
    with pytest.raises(InvalidDictionaryFiles, match="unsupported"):
        saelens(gpt2, tmp_path / "a", weights(), **config)


def test_topk_without_k_is_refused(gpt2: LanguageModel, tmp_path: Path) -> None:
    with pytest.raises(InvalidDictionaryFiles, match="k is None"):
        saelens(gpt2, tmp_path / "a", weights(), architecture="topk")


def test_an_npz_that_would_unpack_to_too_much_is_refused(
    gpt2: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scope" / "layer_1"
    folder.mkdir(parents=True)
    np.savez_compressed(folder / "params.npz", b_enc=np.zeros(1_000_000))
    monkeypatch.setattr(weight_files, "MAX_NPZ_BYTES", 1_000_000)

    with pytest.raises(InvalidDictionaryFiles, match="uncompressed, more than"):
        load(gpt2, tmp_path / "scope")


def test_gemma_scope_is_read(gpt2: LanguageModel, tmp_path: Path) -> None:
    w, folder = weights("threshold"), tmp_path / "gemma-scope-res" / "layer_1" / "width_40" / "average_l0_9"
    folder.mkdir(parents=True)
    arrays: dict[str, Any] = {name: value.numpy() for name, value in w.items()}
    np.savez(folder / "params.npz", **arrays)

    found = load(gpt2, tmp_path / "gemma-scope-res").at(1)

    pre = X @ w["W_enc"] + w["b_enc"]
    assert found.site_in == found.site_out == "resid.post"
    assert biggest(found.encode(X) - pre.relu() * (pre > w["threshold"])) < 1e-5
