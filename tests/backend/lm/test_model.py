"""What must hold of one frozen pass, for every family."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from lm_toys import GPT2_PROMPT, PROMPT, STORIES, biggest, cut_short, write_gpt2, write_relative
from safetensors.torch import load_file, save_file

from headwater.errors import InvalidModelFiles, InvalidPrompt, PromptTooLong, UnsupportedModel
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.registry import find_model
from headwater.lm.weights import apply_norm, attend

RELATIVES: dict[str, dict[str, object]] = {
    "MistralForCausalLM": {"sliding_window": 4},
    "Qwen2ForCausalLM": {},
    "Qwen3ForCausalLM": {"head_dim": 6, "attention_bias": True},
}


@pytest.fixture(scope="module", params=["stories", "gpt2", *RELATIVES])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    if request.param in RELATIVES:
        folder = tmp_path_factory.mktemp(request.param) / "lm"
        return load_model(find_model(None, write_relative(folder, request.param, **RELATIVES[request.param])))
    found: LanguageModel = request.getfixturevalue(request.param)
    return found


def ids_of(model: LanguageModel) -> list[int]:
    return model.tokenizer.encode(PROMPT if model.d_vocab == 512 else GPT2_PROMPT)


def test_the_logits_are_hugging_faces_own(model: LanguageModel) -> None:
    import transformers

    plain = getattr(transformers, model.entry.architecture).from_pretrained(
        model.entry.lm_path, attn_implementation="eager"
    )
    with torch.no_grad():
        expected = plain(torch.tensor([ids_of(model)])).logits[0]

    assert biggest(model.forward(ids_of(model)).logits - expected) < 1e-5
    assert torch.equal(model.logits(ids_of(model)), model.forward(ids_of(model)).logits)


def test_the_frozen_network_is_the_model(model: LanguageModel) -> None:
    """Embeddings, frozen attention and MLP outputs add up to every MLP input and to the logits."""
    frozen = model.forward(ids_of(model))

    x = frozen.embedding if frozen.position is None else frozen.embedding + frozen.position
    for block in frozen.blocks:
        kv_of_head = torch.arange(len(block.pattern)) // (len(block.pattern) // len(block.b_V))
        b_OV = torch.einsum("hk,hkd->d", block.b_V[kv_of_head], block.W_O) + block.b_O
        x = x + attend(block.pattern, block.W_V, block.W_O, apply_norm(block.attn_norm, x)) + b_OV
        assert biggest(apply_norm(block.mlp_norm, x) - block.mlp_in) < 1e-5
        x = x + block.mlp_out
    logits = apply_norm(frozen.final_norm, x) @ frozen.W_U + frozen.b_U

    assert biggest(logits - frozen.logits) < 2e-5


def test_attention_patterns_are_causal_and_sum_to_one(model: LanguageModel) -> None:
    for block in model.forward(ids_of(model)).blocks:
        assert biggest(block.pattern.sum(-1) - 1) < 1e-5
        assert biggest(block.pattern.triu(1)) == 0


def test_grouped_query_heads_share_their_values(stories: LanguageModel) -> None:
    block = stories.forward(ids_of(stories)).blocks[0]

    assert block.W_V.shape == (4, 64, 8)
    assert block.W_O.shape == (8, 8, 64)
    assert block.pattern.shape[0] == 8


def test_an_edit_changes_the_model_and_leaves_nothing_behind(model: LanguageModel) -> None:
    ids = ids_of(model)
    clean = model.logits(ids)

    edited, seen = model.run(ids, ["blocks.1.mlp.hook_out"], {"blocks.1.mlp.hook_out": torch.zeros_like})

    assert biggest(edited - clean) > 0.01
    assert biggest(seen["blocks.1.mlp.hook_out"]) > 0
    assert torch.equal(model.logits(ids), clean)


def test_the_pattern_can_be_edited(model: LanguageModel) -> None:
    ids = ids_of(model)
    pattern = model.forward(ids).blocks[1].pattern

    same, _ = model.run(ids, edits={"blocks.1.attn.hook_pattern": lambda _: pattern})
    other, _ = model.run(ids, edits={"blocks.1.attn.hook_pattern": lambda p: p.flip(-1)})

    assert biggest(same - model.logits(ids)) < 1e-5
    assert biggest(other - same) > 0.01


def test_a_failing_edit_detaches_its_hooks(stories: LanguageModel) -> None:
    def fail(_: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stories.run([1, 5], edits={"blocks.0.mlp.hook_out": fail})

    assert stories.logits([1, 5]).shape == (2, 512)


@pytest.mark.parametrize("ids", [[], [1, 512], [-1]])
def test_token_ids_outside_the_vocabulary_are_refused(stories: LanguageModel, ids: list[int]) -> None:
    with pytest.raises(InvalidPrompt):
        stories.forward(ids)


def test_ids_beyond_the_context_are_refused(stories: LanguageModel) -> None:
    with pytest.raises(PromptTooLong, match=r"513 tokens long and stories260k reads at most 512"):
        stories.forward([1] * 513)


def test_other_architectures_are_refused_with_a_list(tmp_path: Path) -> None:
    folder = copy(tmp_path, architectures=["BloomForCausalLM"])

    with pytest.raises(UnsupportedModel, match=r"is a BloomForCausalLM. Supported: LlamaForCausalLM"):
        load_model(find_model(None, folder))


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match="quantised"):
        load_model(find_model(None, copy(tmp_path, quantization_config={"bits": 4})))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidModelFiles, match=r"belong to different models|cannot be loaded"):
        load_model(find_model(None, copy(tmp_path, intermediate_size=100)))


def test_missing_weights_are_never_made_up(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.2.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(InvalidModelFiles, match=r"model\.layers\.2\.mlp\.up_proj\.weight"):
        load_model(find_model(None, folder))


def test_a_truncated_weight_file_is_named(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "gpt2")

    with (
        cut_short(folder / "model.safetensors", 5000),
        pytest.raises(InvalidModelFiles, match=r"model\.safetensors is not a whole safetensors file"),
    ):
        find_model(None, folder)


def copy(tmp_path: Path, **config: object) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(STORIES, folder)
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**described, **config}))
    return folder
