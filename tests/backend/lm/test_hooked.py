"""Model folders in TransformerLens form: the numbers are HookedTransformer's, and nothing wrong passes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lm_toys import biggest
from safetensors.torch import load_file, save_file
from torch import Tensor

from headwater.errors import HeadwaterError, InvalidModelFiles, NoTokenizer, UnsupportedModel
from headwater.lm.model import load_model
from headwater.lm.network import load_network
from headwater.lm.registry import find_model, list_models, register_model
from headwater.lm.tokenizer import load_tokenizer
from headwater.settings import Settings

CIRCUITS = Path(__file__).parents[2] / "data" / "circuits"
KNOWN = [f"tracr/{name}" for name in ("hist", "xproportion", "sort", "reverse")] + ["siit/hist", "siit/sort"]
HOOKED = sorted(path.name for path in (CIRCUITS / "hooked").iterdir())


@pytest.mark.parametrize("folder", KNOWN)
def test_compiled_and_trained_models_give_their_known_logits(folder: str) -> None:
    """Relative to logits of 20 and more: single precision itself is 2e-5 away from double there."""
    network = load_network(find_model(None, CIRCUITS / folder))
    known = load_file(CIRCUITS / folder / "reference.safetensors")

    for side in ("clean", "corrupt"):
        expected = known[f"{side}_logits"]
        off = biggest(network.forward(known[f"{side}_tokens"]) - expected)
        assert off < 1e-5 * max(1, biggest(expected) / 5)


@pytest.mark.parametrize("name", HOOKED)
def test_every_option_means_what_it_means_to_hooked_transformer(name: str) -> None:
    network = load_network(find_model(None, CIRCUITS / "hooked" / name))
    known = load_file(CIRCUITS / "hooked" / name / "reference.safetensors")

    assert biggest(network.forward(known["tokens"]) - known["logits"]) < 2e-5


def test_what_the_network_says_of_itself() -> None:
    grouped = load_network(find_model(None, CIRCUITS / "hooked" / "rotary-grouped-gated"))
    compiled = load_network(find_model(None, CIRCUITS / "tracr" / "hist"))

    assert (grouped.n_layers, grouped.n_heads, grouped.n_kv_heads, grouped.d_head) == (2, 4, 2, 4)
    assert (compiled.d_vocab, compiled.d_vocab_out, compiled.causal) == (5, 6, False)
    assert compiled.final_norm is None
    assert compiled.blocks[0].attn_norm is None
    assert load_network(find_model(None, CIRCUITS / "hooked" / "parallel-rotary")).parallel


# ---- variants of one model ----

Change = Callable[[dict[str, Any], dict[str, Tensor]], None]


def changed(tmp_path: Path, change: Change, source: str = "peers/eap_ln") -> Path:
    """A copy of a model whose config and tensors were changed."""
    folder = tmp_path / "model"
    shutil.copytree(CIRCUITS / source, folder)
    config = json.loads((folder / "config.json").read_text())
    state = load_file(folder / "model.safetensors")
    change(config, state)
    (folder / "config.json").write_text(json.dumps(config))
    save_file({name: value.contiguous() for name, value in state.items()}, folder / "model.safetensors")
    return folder


def logits(folder: Path) -> Tensor:
    network = load_network(find_model(None, folder))
    ids = torch.randint(0, network.d_vocab, (2, 5), generator=torch.Generator().manual_seed(0))
    return network.forward(ids)


def test_biases_that_are_missing_are_zeros(tmp_path: Path) -> None:
    def drop(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        for name in [name for name in state if ".b" in name]:
            del state[name]

    def clear(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        for name in [name for name in state if ".b" in name]:
            state[name].zero_()

    assert torch.equal(logits(changed(tmp_path / "a", drop)), logits(changed(tmp_path / "b", clear)))


def test_shared_keys_may_be_stored_once_or_for_every_head(tmp_path: Path) -> None:
    def repeat(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        for name in [name for name in state if "._" in name]:
            state[name.replace("._", ".")] = state.pop(name).repeat_interleave(2, 0)

    def rename(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        for name in [name for name in state if "._" in name]:
            state[name.replace("._", ".")] = state.pop(name)

    source = "hooked/rotary-grouped-gated"
    expected = logits(CIRCUITS / source)

    assert biggest(logits(changed(tmp_path / "a", repeat, source)) - expected) < 1e-5
    assert torch.equal(logits(changed(tmp_path / "b", rename, source)), expected)


def test_defaults_are_transformer_lens_own(tmp_path: Path) -> None:
    """Left out, null and -1 mean the default: what the copy says in full."""

    def shorten(config: dict[str, Any], _: dict[str, Tensor]) -> None:
        for name in (
            "n_heads",
            "attention_dir",
            "positional_embedding_type",
            "normalization_type",
            "d_vocab_out",
        ):
            config.pop(name, None)
        config.update(n_key_value_heads=None, d_vocab_out=-1, attn_scale=-1.0, eps=1e-5)

    assert torch.equal(logits(changed(tmp_path, shorten)), logits(CIRCUITS / "peers" / "eap_ln"))


def test_half_precision_is_read_in_single(tmp_path: Path) -> None:
    def halve(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        for name in state:
            state[name] = state[name].bfloat16()

    found = logits(changed(tmp_path, halve))

    assert found.dtype == torch.float32
    assert biggest(found - logits(CIRCUITS / "peers" / "eap_ln")) < 0.5


# ---- what is refused ----


def sets(**values: Any) -> Change:
    return lambda config, _: config.update(values)


def removes(name: str) -> Change:
    def change(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        del state[name]

    return change


def adds(name: str, *shape: int) -> Change:
    return lambda _, state: state.update({name: torch.zeros(shape)})


Wrong = tuple[Change, type[HeadwaterError], str]
WRONG: dict[str, Wrong] = {
    "a matrix is missing": (removes("blocks.1.attn.W_Q"), InvalidModelFiles,
        r"no tensor blocks\.1\.attn\.W_Q"),
    "a gain is missing": (removes("blocks.0.ln1.w"), InvalidModelFiles, r"no tensor blocks\.0\.ln1\.w"),
    "a block too many": (sets(n_layers=3), InvalidModelFiles, r"no tensor blocks\.2\.ln1\.w"),
    "more blocks than memory": (sets(n_layers=10**12), InvalidModelFiles, r"no tensor blocks\.2\.ln1\.w"),
    "a block too few": (sets(n_layers=1), InvalidModelFiles, r"holds blocks\.1\.attn\.W_K, for which"),
    "another width": (sets(d_model=16), InvalidModelFiles, r"embed\.W_E has shape \(40, 32\).*\(40, 16\)"),
    "another context": (sets(n_ctx=99), InvalidModelFiles, r"\(16, 32\).*\(99, 32\)"),
    "other norms": (sets(normalization_type=None), InvalidModelFiles, r"holds blocks\.0\.ln1\.b, for which"),
    "a tensor too many": (adds("blocks.0.ln1_post.w", 32), InvalidModelFiles,
        r"holds blocks\.0\.ln1_post\.w"),
    "no layers": (sets(n_layers=0), InvalidModelFiles, "n_layers is 0, a whole number from 1"),
    "layers as text": (sets(n_layers="2"), InvalidModelFiles, "n_layers is '2', a whole number"),
    "heads as truth": (sets(n_heads=True), InvalidModelFiles, "n_heads is True, a whole number"),
    "uneven sharing": (sets(n_key_value_heads=3), InvalidModelFiles,
        "4 heads cannot share n_key_value_heads 3"),
    "eps is no number": (sets(eps=float("nan")), InvalidModelFiles, "eps is nan, a number above 0"),
    "a flag as text": (sets(gated_mlp="no"), InvalidModelFiles, "gated_mlp is 'no', true or false"),
    "odd rotary": (sets(positional_embedding_type="rotary", rotary_dim=5), InvalidModelFiles,
        "rotary_dim is 5"),
    "other activation": (sets(act_fn="solu_ln"), UnsupportedModel,
        "act_fn is 'solu_ln'. Supported: relu, gelu"),
    "activation as a list": (sets(act_fn=["relu"]), UnsupportedModel, r"act_fn is \['relu'\]"),
    "other positions": (sets(positional_embedding_type="alibi"), UnsupportedModel,
        "Supported: standard, rotary"),
    "experts": (sets(num_experts=4), UnsupportedModel, "num_experts is 4.*would compute something else"),
    "adjacent pairs": (sets(rotary_adjacent_pairs=True), UnsupportedModel, "rotary_adjacent_pairs is True"),
    "soft caps": (sets(attn_scores_soft_cap=50.0), UnsupportedModel, "attn_scores_soft_cap is 50.0"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_files_that_do_not_fit_are_refused_in_words(tmp_path: Path, case: str) -> None:
    change, error, words = WRONG[case]
    folder = changed(tmp_path, change)

    with pytest.raises(error, match=words):
        find_model(None, folder)


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    def round_off(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        state["unembed.W_U"] = state["unembed.W_U"].to(torch.int32)

    with pytest.raises(InvalidModelFiles, match=r"unembed\.W_U holds I32 values; F64, F32"):
        find_model(None, changed(tmp_path, round_off))


def test_a_bias_for_other_heads_than_its_matrix_is_refused(tmp_path: Path) -> None:
    def stretch(_: dict[str, Any], state: dict[str, Tensor]) -> None:
        state["blocks.0.attn._b_K"] = state["blocks.0.attn._b_K"].repeat_interleave(2, 0)

    folder = changed(tmp_path, stretch, "hooked/rotary-grouped-gated")

    with pytest.raises(InvalidModelFiles, match=r"b_K is for 4 heads and .*W_K for 2"):
        load_network(find_model(None, folder))


# ---- no text ----


def test_what_needs_text_says_that_there_is_no_tokenizer() -> None:
    entry = find_model(None, CIRCUITS / "siit" / "hist")

    assert entry.architecture == "HookedTransformer"
    assert (entry.n_layers, entry.d_model, entry.d_vocab, entry.n_ctx) == (1, 48, 5, 6)
    assert not entry.has_tokenizer
    assert not entry.can_trace
    with pytest.raises(NoTokenizer, match="hist reads token ids only"):
        load_tokenizer(entry)
    with pytest.raises(UnsupportedModel, match="tasks of token ids"):
        load_model(entry)


def test_such_models_are_registered_and_listed_like_others(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")

    register_model(settings, "histogram", CIRCUITS / "tracr" / "hist")

    found = {entry.name: entry for entry in list_models(settings)}["histogram"]
    assert found.fingerprint() == find_model(None, CIRCUITS / "tracr" / "hist").fingerprint()
    assert found.dictionary_sets == ()


def test_looking_at_such_a_model_imports_no_torch() -> None:
    code = (
        "import sys; from headwater.lm.registry import find_model; "
        f"find_model(None, {str(CIRCUITS / 'tracr' / 'hist')!r}); sys.exit('torch' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
