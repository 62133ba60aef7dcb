"""Models and dictionaries for tests: a stranger's Llama, a random GPT-2, transcoders fitted in a moment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.load import load_set
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.network import Network
from headwater.lm.registry import find_model

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
PROMPT = "Once upon a time, there was a little girl named Lily. She"
GPT2_PROMPT = "w5 w9 w2 w40 w5 w9 w33 w7"


def write_gpt2(folder: Path, seed: int = 0) -> Path:
    """A random GPT-2 (3 layers, d 32) whose norms and biases matter, and whose start token has id 0."""
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=64, n_embd=32, n_layer=3, n_head=4, n_positions=48, bos_token_id=0, eos_token_id=0
    )
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            gain = 1.0 if "ln" in name and name.endswith("weight") else 0.0
            value.copy_(gain + (0.3 if value.ndim > 1 else 0.1) * torch.randn(value.shape))
    model.save_pretrained(folder)
    vocab = {"<bos>": 0, "<unk>": 1} | {f"w{i}": i for i in range(2, 64)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(["<bos>", "<unk>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<bos>"}))
    return folder


def write_relative(folder: Path, architecture: str, **config: object) -> Path:
    """A tiny random model of another member of the Llama family, with biases where it has any."""
    import transformers

    torch.manual_seed(0)
    shape = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64}  # fmt: skip
    name = architecture.removesuffix("ForCausalLM")
    made = getattr(transformers, f"{name}Config")(**shape, **config)
    model = getattr(transformers, architecture)(made)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape))
    write_gpt2(folder)
    model.save_pretrained(folder)
    return folder


def write_transcoders(
    folder: Path,
    model: LanguageModel,
    prompt: str,
    *,
    width: int = 96,
    l0: int = 8,
    jumprelu: bool = False,
    skip: bool = False,
    seed: int = 0,
) -> Path:
    """circuit-tracer's form: random encoders, `l0` active features a token, decoders by ridge regression."""
    g = torch.Generator().manual_seed(seed)
    folder.mkdir(parents=True)
    for layer, block in enumerate(model.forward(model.tokenizer.encode(prompt)).blocks):
        x, y = block.mlp_in[1:], block.mlp_out[1:]
        W_enc = torch.randn(width, x.shape[1], generator=g)
        W_enc /= W_enc.norm(dim=1, keepdim=True)
        cut = (x @ W_enc.T).flatten().topk(l0 * len(x)).values[-1]
        b_enc = -cut * torch.ones(width) * (0.5 if jumprelu else 1.0)
        pre = x @ W_enc.T + b_enc
        threshold = torch.full((width,), float(cut) / 2)
        acts = pre * (pre > (threshold if jumprelu else 0))
        W_dec = torch.linalg.solve(acts.T @ acts + 0.1 * torch.eye(width), acts.T @ (y - y.mean(0)))
        W_dec += 0.05 * y.std() * torch.randn(W_dec.shape, generator=g)
        tensors = {
            "W_enc": W_enc,
            "b_enc": b_enc,
            "W_dec": W_dec.contiguous(),
            "b_dec": y.mean(0).contiguous(),
        }
        if jumprelu:
            tensors["activation_function.threshold"] = threshold
        if skip:
            tensors["W_skip"] = 0.1 * torch.randn(y.shape[1], x.shape[1], generator=g)
        save_file(tensors, folder / f"layer_{layer}.safetensors")
    describe(folder)
    return folder


def describe(folder: Path, **extra: object) -> None:
    facts = {
        "model_kind": "transcoder_set",
        "feature_input_hook": "mlp.hook_in",
        "feature_output_hook": "mlp.hook_out",
    }
    (folder / "config.yaml").write_text(yaml.safe_dump({**facts, **extra}))


def write_sae(
    folder: Path, layer: int, hook: str, width: int, d: int, seed: int = 0, **config: object
) -> Path:
    """One random SAE in SAELens' form."""
    g = torch.Generator().manual_seed(seed + layer)
    folder.mkdir(parents=True)
    W_enc = torch.randn(d, width, generator=g) / d**0.5
    tensors = {
        "W_enc": W_enc,
        "b_enc": -0.5 * torch.ones(width),
        "W_dec": W_enc.T.contiguous(),
        "b_dec": torch.zeros(d),
    }
    save_file(tensors, folder / "sae_weights.safetensors")
    facts = {
        "architecture": "standard",
        "d_in": d,
        "d_sae": width,
        "metadata": {"hook_name": f"blocks.{layer}.{hook}"},
    }
    (folder / "cfg.json").write_text(json.dumps({**facts, **config}))
    return folder


def toy_dictionary(W_enc: list[list[float]], W_dec: list[list[float]], **parts: object) -> Dictionary:
    """A dictionary at layer 0 with zero biases, unless `parts` says otherwise."""
    encoder, decoder = torch.tensor(W_enc), torch.tensor(W_dec)
    plain: dict[str, object] = {
        "id": "toy.transcoders.0", "layer": 0, "site_in": "mlp.in", "site_out": "mlp.out", "W_enc": encoder,
        "b_enc": torch.zeros(len(encoder)), "W_dec": decoder, "b_dec": torch.zeros(decoder.shape[1]),
        "threshold": None, "k": None, "W_skip": None, "fingerprint": "",
    }  # fmt: skip
    return Dictionary(**{**plain, **parts})  # type: ignore[arg-type]  # a table of fields


@contextmanager
def cut_short(path: Path, keep: int) -> Iterator[Path]:
    """The file with only its first bytes, put back afterwards."""
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    try:
        yield path
    finally:
        path.write_bytes(whole)


def biggest(x: Tensor) -> float:
    return float(x.abs().max())


def in_double(network: Network) -> Network:
    """A copy in double precision, for laws that single precision would blur."""
    return Network(_in_double(network.weights))


def _in_double(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.double()
    if isinstance(value, tuple):
        return tuple(map(_in_double, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _in_double(getattr(value, one.name)) for one in fields(value)})
    return value


@pytest.fixture(scope="session")
def stories() -> LanguageModel:
    return load_model(find_model(None, STORIES))


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return load_model(find_model(None, write_gpt2(tmp_path_factory.mktemp("models") / "gpt2")))


@pytest.fixture(scope="session", params=["stories260K", "gpt2"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[LanguageModel, DictionarySet, list[int]]:
    """A model of each family with transcoders: ReLU on the Llama, JumpReLU with a skip path on the GPT-2."""
    is_llama = request.param == "stories260K"
    model: LanguageModel = request.getfixturevalue("stories" if is_llama else "gpt2")
    prompt = PROMPT if is_llama else GPT2_PROMPT
    folder = tmp_path_factory.mktemp("dictionaries") / "transcoders"
    write_transcoders(folder, model, prompt, jumprelu=not is_llama, skip=not is_llama)
    entry = find_model(None, model.entry.folder, [folder])
    return model, load_set(entry), model.tokenizer.encode(prompt)
