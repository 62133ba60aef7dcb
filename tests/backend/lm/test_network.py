"""The network is the model: same logits, whatever is batched, padded, resumed, split by heads or tapped."""

from pathlib import Path

import pytest
import torch
from lm_toys import GPT2_PROMPT, PROMPT, biggest, in_double, write_gpt2, write_relative
from safetensors.torch import load_file
from torch import Tensor

from headwater.errors import PromptTooLong, UnsupportedModel
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.network import Network, load_network, normed
from headwater.lm.registry import BUNDLED, find_model

TESTS = Path(__file__).parents[2]
CIRCUITS = TESTS / "data" / "circuits"
RELATIVES: dict[str, tuple[str, dict[str, object]]] = {
    "mistral": ("MistralForCausalLM", {"sliding_window": 4}),
    "qwen2": ("Qwen2ForCausalLM", {"use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1}),
    "qwen3": ("Qwen3ForCausalLM", {"head_dim": 6, "attention_bias": True}),
    "llama3 rope": (
        "LlamaForCausalLM",
        {"rope_parameters": {"rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0,
                             "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                             "original_max_position_embeddings": 16},
         "mlp_bias": True},
    ),
    "yarn rope": (
        "LlamaForCausalLM",
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0,
                             "original_max_position_embeddings": 16}},
    ),
}  # fmt: skip
HUGGING_FACE = ["stories", "gpt2", *RELATIVES]


@pytest.fixture(scope="module", params=HUGGING_FACE)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    if request.param in RELATIVES:
        architecture, config = RELATIVES[request.param]
        folder = tmp_path_factory.mktemp("relative") / "lm"
        return load_model(find_model(None, write_relative(folder, architecture, **config)))
    found: LanguageModel = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module", params=["stories", "gpt2", "neox", "sequential neox", "siit", "grouped"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """One of each kind: grouped keys, learned positions, parallel, bidirectional."""
    if request.param in ("stories", "gpt2"):
        model: LanguageModel = request.getfixturevalue(request.param)
        return model.network
    folders = {
        "neox": CIRCUITS / "peers" / "sfc_neox" / "model",
        "siit": CIRCUITS / "siit" / "hist",
        "grouped": CIRCUITS / "hooked" / "rotary-grouped-gated",
    }
    if request.param == "sequential neox":
        return load_network(find_model(None, write_neox(tmp_path_factory.mktemp("neox") / "lm")))
    return load_network(find_model(None, folders[request.param]))


def write_neox(folder: Path, *, parallel: bool = False, **config: object) -> Path:
    """A tiny random GPT-NeoX with a tokenizer, its blocks one after the other unless `parallel`."""
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    torch.manual_seed(1)
    shape = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "max_position_embeddings": 32, "bos_token_id": 0}  # fmt: skip
    made = GPTNeoXConfig(**{**shape, "use_parallel_residual": parallel, **config})
    model = GPTNeoXForCausalLM(made)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape))
    write_gpt2(folder)
    model.save_pretrained(folder)
    return folder


def draw_ids(network: Network, batch: int = 3, pos: int = 6) -> Tensor:
    pos = min(pos, network.n_ctx)
    return torch.randint(0, network.d_vocab, (batch, pos), generator=torch.Generator().manual_seed(2))


def test_the_logits_are_those_of_the_hooked_model(model: LanguageModel) -> None:
    ids = model.tokenizer.encode(PROMPT if model.d_vocab == 512 else GPT2_PROMPT)

    logits = model.network.forward(torch.tensor([ids, ids[::-1]]))

    assert biggest(logits[0] - model.logits(ids)) < 2e-5
    assert biggest(logits[1] - model.logits(ids[::-1])) < 2e-5


def test_the_bundled_model_is_its_network() -> None:
    model = load_model(find_model(None, BUNDLED / "brook"))
    ids = model.tokenizer.encode("When Mary and John went to the store, John gave a drink to")

    assert biggest(model.network.forward(torch.tensor([ids]))[0] - model.logits(ids)) < 2e-5


@pytest.mark.parametrize("golden", ["llama", "llama-grouped", "llama-skip", "gpt2", "gpt2-skip"])
def test_the_golden_models_are_their_networks(golden: str) -> None:
    model = load_model(find_model(None, TESTS / "goldens" / golden / "lm"))
    ids = [model.tokenizer.bos_id, 5, 9, 2, 17, 5, 9]

    assert biggest(model.network.forward(torch.tensor([ids]))[0] - model.logits(ids)) < 2e-5


@pytest.mark.parametrize(
    "config",
    [{"parallel": True}, {"parallel": False}, {"parallel": True, "attention_bias": False, "rotary_pct": 0.5}],
    ids=["parallel", "sequential", "without biases"],
)
def test_gpt_neox_is_hugging_faces(tmp_path: Path, config: dict[str, object]) -> None:
    import transformers

    folder = write_neox(tmp_path / "lm", **config)  # type: ignore[arg-type]  # a table of settings
    network = load_network(find_model(None, folder))
    ids = draw_ids(network)

    with torch.no_grad():
        expected = transformers.GPTNeoXForCausalLM.from_pretrained(folder, attn_implementation="eager")(
            ids
        ).logits

    assert network.parallel is config["parallel"]
    assert biggest(network.forward(ids) - expected) < 1e-5


def test_a_network_shares_its_models_weights(model: LanguageModel) -> None:
    stored = {tensor.untyped_storage().data_ptr() for tensor in model.bridge.original_model.parameters()}
    block = model.network.blocks[1]
    shared = (block.attn.W_O, block.mlp.W_in, block.mlp.W_out, model.network.W_E, model.network.W_U)

    assert all(weight.untyped_storage().data_ptr() in stored for weight in shared)
    for heads in (block.attn.query, block.attn.key, block.attn.value):
        assert heads.flat is not None
        assert heads.flat.untyped_storage().data_ptr() == heads.W.untyped_storage().data_ptr()


def test_nothing_requires_a_gradient(network: Network) -> None:
    assert not network.forward(draw_ids(network)).requires_grad


# ---- batches ----


def test_rows_of_a_batch_do_not_see_each_other(network: Network) -> None:
    ids = draw_ids(network)

    together = network.forward(ids)

    for row in range(len(ids)):
        assert biggest(network.forward(ids[row : row + 1])[0] - together[row]) < 1e-5


def test_padding_changes_nothing(network: Network) -> None:
    ids, lengths = draw_ids(network), torch.tensor([6, 4, 2])
    padded = torch.where(torch.arange(ids.shape[1]) < lengths[:, None], ids, 0)

    logits = network.forward(padded, lengths)

    assert torch.isfinite(logits).all()
    for row, length in enumerate(lengths.tolist()):
        assert biggest(logits[row, :length] - network.forward(ids[row : row + 1, :length])[0]) < 1e-5


def test_a_bidirectional_model_reads_on_both_sides_and_a_causal_one_back() -> None:
    seen = {}
    for folder in ("siit/hist", "peers/eap_ln"):
        network = load_network(find_model(None, CIRCUITS / folder))
        ids = draw_ids(network)
        changed = ids.clone()
        changed[:, -1] = (ids[:, -1] + 1) % network.d_vocab
        seen[network.causal] = biggest((network.forward(changed) - network.forward(ids))[:, :-1])

    assert seen[True] == 0
    assert seen[False] > 0.01


def test_prompts_beyond_the_context_are_refused(network: Network) -> None:
    with pytest.raises(PromptTooLong, match=f"reads at most {network.n_ctx}"):
        network.forward(torch.zeros(1, network.n_ctx + 1, dtype=torch.long))


# ---- taps ----


def recorded(network: Network, ids: Tensor) -> dict[tuple[str, int], Tensor]:
    seen: dict[tuple[str, int], Tensor] = {}

    def keep(site: str, layer: int, value: Tensor) -> Tensor:
        seen[site, layer] = value
        return value

    network.forward(ids, tap=keep)
    return seen


def test_taps_see_every_site_in_order_and_in_shape(network: Network) -> None:
    ids = draw_ids(network)
    (b, p), h, d, width = ids.shape, network.n_heads, network.d_model, network.d_head
    shapes = {"resid.pre": (b, p, d), "q": (b, p, h, width), "k": (b, p, h, width), "v": (b, p, h, width),
              "pattern": (b, h, p, p), "attn.z": (b, p, h, width), "attn.out": (b, p, d),
              "resid.mid": (b, p, d), "mlp.in": (b, p, d), "mlp.out": (b, p, d),
              "resid.post": (b, p, d)}  # fmt: skip

    seen = recorded(network, ids)

    middle = [(site, layer) for layer in range(network.n_layers) for site in shapes]
    assert list(seen) == [("embed", -1), *middle, ("resid.final", network.n_layers)]
    assert all(seen[site, layer].shape == shapes[site] for site, layer in middle)


def test_the_residual_stream_is_the_sum_of_what_was_written(network: Network) -> None:
    ids = draw_ids(network)
    seen = recorded(network, ids)

    total = seen["embed", -1] + network.position(ids.shape[1])
    for layer in range(network.n_layers):
        assert biggest(seen["resid.pre", layer] - total) < 1e-4
        total = total + seen["attn.out", layer]
        mid = seen["resid.pre", layer] if network.parallel else total
        assert biggest(seen["resid.mid", layer] - mid) < 1e-4
        total = total + seen["mlp.out", layer]

    assert biggest(network.unembed(total) - network.forward(ids)) < 2e-4


def test_resuming_from_the_middle_gives_the_same_logits(network: Network) -> None:
    ids, last = draw_ids(network), network.n_layers - 1
    seen = recorded(network, ids)

    resumed = network.forward(ids, start=last, resid=seen["resid.pre", last])
    stopped = network.forward(ids, stop=last)

    assert torch.equal(resumed, network.forward(ids))
    assert torch.equal(stopped, seen["resid.pre", last])


@pytest.mark.parametrize("site", ["resid.pre", "q", "k", "v", "pattern", "attn.z", "mlp.in", "mlp.out"])
def test_what_a_tap_returns_is_used_and_its_gradient_is_right(network: Network, site: str) -> None:
    """Moving a site by a small step changes the logits as its gradient says; in double precision."""
    network = in_double(network)
    ids, layer = draw_ids(network), network.n_layers - 1
    value = recorded(network, ids)[site, layer].requires_grad_()
    step = 1e-5 * torch.randn(value.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weight = torch.randn(network.d_vocab_out, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def score(new: Tensor) -> Tensor:
        def tap(at: str, of: int, old: Tensor) -> Tensor:
            return new if (at, of) == (site, layer) else old

        return (network.forward(ids, tap=tap) * weight).sum()

    (gradient,) = torch.autograd.grad(score(value), value)

    moved = (score(value + step) - score(value - step)).item() / 2
    assert moved == pytest.approx((gradient * step).sum().item(), rel=1e-5, abs=1e-10)
    assert biggest(gradient) > 1e-3


# ---- parts ----


def test_one_input_per_head_that_is_the_same_gives_the_shared_result(network: Network) -> None:
    ids, layer = draw_ids(network), network.n_layers - 1
    x = normed(network.blocks[layer].attn_norm, recorded(network, ids)["resid.pre", layer])
    split = x.unsqueeze(2).expand(-1, -1, network.n_heads, -1)

    for project in (network.queries, network.keys, network.values):
        assert project(layer, x).shape == (*x.shape[:2], network.n_heads, network.d_head)
        assert biggest(project(layer, split) - project(layer, x)) < 1e-5


def test_one_input_per_head_reaches_that_head_alone(network: Network) -> None:
    layer, shape = network.n_layers - 1, (2, 3, network.n_heads, network.d_model)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    other = x.clone()
    other[:, :, 1] += 1

    for project in (network.queries, network.keys, network.values):
        change = (project(layer, other) - project(layer, x)).abs().amax((0, 1, 3))
        assert change[1] > 1e-3
        assert biggest(change[torch.arange(network.n_heads) != 1]) < 1e-6


def test_heads_write_what_attention_writes(network: Network) -> None:
    z = recorded(network, draw_ids(network))["attn.z", 0]

    total = network.head_results(0, z).sum(2) + network.blocks[0].attn.b_O

    assert biggest(total - network.attn_out(0, z)) < 1e-4


def test_patterns_sum_to_one_over_what_is_there(network: Network) -> None:
    ids, lengths = draw_ids(network), torch.tensor([6, 4, 2])
    q, k = (recorded(network, ids)[name, 0] for name in "qk")

    pattern = network.pattern(0, q, k, lengths)

    assert biggest(pattern.sum(-1) - 1) < 1e-5
    for row, length in enumerate(lengths.tolist()):
        assert not pattern[row, :, :length, length:].any()


# ---- what is refused ----


def test_rotary_positions_that_change_with_the_prompt_are_refused(tmp_path: Path) -> None:
    rope = {"rope_type": "longrope", "rope_theta": 100.0, "short_factor": [1.0] * 4, "long_factor": [2.0] * 4,
            "original_max_position_embeddings": 32, "factor": 2.0}  # fmt: skip
    folder = write_relative(tmp_path / "lm", "LlamaForCausalLM", rope_parameters=rope)

    with pytest.raises(UnsupportedModel, match="'longrope' change with the prompt's length"):
        load_network(find_model(None, folder))


def test_other_activation_functions_are_refused(tmp_path: Path) -> None:
    folder = write_relative(tmp_path / "lm", "LlamaForCausalLM", hidden_act="mish")

    with pytest.raises(UnsupportedModel, match=r"'mish' is not supported. Supported: relu, gelu"):
        load_network(find_model(None, folder))


def test_gpt_neox_answers_prompts_but_is_not_traced(tmp_path: Path) -> None:
    model = load_model(find_model(None, write_neox(tmp_path / "lm", parallel=True)))
    ids = model.tokenizer.encode(GPT2_PROMPT)

    assert biggest(model.network.forward(torch.tensor([ids]))[0] - model.logits(ids)) < 1e-5
    assert not model.entry.can_trace
    with pytest.raises(UnsupportedModel, match="Circuits over tasks work on it"):
        model.forward(ids)


def test_the_peer_model_has_its_published_weights() -> None:
    """Guards the copy: a network of the golden GPT-NeoX, one logit worked out from its last layer by hand."""
    folder = CIRCUITS / "peers" / "sfc_neox" / "model"
    network, weights = load_network(find_model(None, folder)), load_file(folder / "model.safetensors")
    last = recorded(network, draw_ids(network))["resid.final", 2][0, -1]

    centred = last - last.mean()
    unit = centred / (centred.square().mean() + 1e-5).sqrt()
    scaled = unit * weights["gpt_neox.final_layer_norm.weight"] + weights["gpt_neox.final_layer_norm.bias"]

    assert network.forward(draw_ids(network))[0, -1, 7].item() == pytest.approx(
        (scaled @ weights["embed_out.weight"][7]).item(), abs=1e-5
    )
