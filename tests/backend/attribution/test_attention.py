"""Attention explained: pairs of parts, singular vectors and sources each sum to what the model computed."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from headwater.attribution.attention import direct_feature_attribution, score_terms, singular_terms
from headwater.dictionaries.dictionary import Dictionary
from headwater.lm.model import load_model
from headwater.lm.network import Network
from headwater.lm.registry import open_model

ROOT = Path(__file__).parents[2]
IDS = torch.tensor([[1, 5, 9, 2, 40, 5, 9, 33]])


def doubled(value: Any) -> Any:
    """The same weights in double precision: there the sums hold to 13 digits."""
    if isinstance(value, torch.Tensor):
        return value.double() if value.is_floating_point() else value
    if isinstance(value, tuple):
        return tuple(doubled(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: doubled(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value


@pytest.fixture(scope="module", params=["gpt2", "llama-grouped", "qwen3"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    if request.param == "qwen3":
        from tests.backend.lm.lm_toys import write_relative

        folder = write_relative(tmp_path_factory.mktemp("qwen3"), "Qwen3ForCausalLM", head_dim=8)
    else:
        folder = ROOT / "goldens" / request.param / "lm"
    return Network(doubled(load_model(open_model(folder)).network.weights))


def streams(network: Network) -> dict[str, torch.Tensor]:
    seen: dict[str, torch.Tensor] = {}

    def look(site: str, layer: int, value: torch.Tensor) -> torch.Tensor:
        seen[f"{site}{layer}"] = value[0]
        return value

    with torch.no_grad():
        network.forward(IDS, tap=look)
    return seen


def parts_of_layer_1(network: Network, seen: dict[str, torch.Tensor]) -> torch.Tensor:
    """Embedding, position, every head, the attention's bias, the MLP: what layer 1 reads is their sum."""
    heads = network.head_results(0, seen["attn.z0"][None])[0].transpose(0, 1)
    bias = network.blocks[0].attn.b_O.expand_as(seen["embed-1"])
    position = network.position(IDS.shape[1])
    return torch.cat([torch.stack([seen["embed-1"], position, bias, seen["mlp.out0"]]), heads])


def raw_score(network: Network, seen: dict[str, torch.Tensor], head: int, query: int, key: int) -> float:
    q, k = (network.turn(seen[name][None])[0, :, head] for name in ("q1", "k1"))
    return float(q[query] @ k[key] * network.blocks[1].attn.scale)


def test_pairs_of_parts_sum_to_the_score(network: Network) -> None:
    seen = streams(network)
    parts = parts_of_layer_1(network, seen)
    torch.testing.assert_close(parts.sum(0), seen["resid.pre1"], rtol=0, atol=1e-12)

    for head in range(network.n_heads):
        for query, key in ((7, 2), (4, 4), (6, 0)):
            found = score_terms(network, 1, head, parts, query, key)

            expected = raw_score(network, seen, head, query, key)
            assert float(found.terms.sum()) == pytest.approx(expected, abs=1e-12 * max(1, abs(expected)))
            assert found.score == pytest.approx(expected, abs=1e-12 * max(1, abs(expected)))


def test_a_part_that_is_not_there_adds_nothing(network: Network) -> None:
    seen = streams(network)
    parts = parts_of_layer_1(network, seen)
    parts = torch.cat([parts, torch.zeros_like(parts[:1])])

    found = score_terms(network, 1, 0, parts, 5, 3)

    assert found.terms[-2].abs().max() == 0
    assert found.terms[:, -2].abs().max() == 0


def test_singular_terms_sum_to_the_score_and_are_no_more_than_the_head_is_wide(network: Network) -> None:
    if network.blocks[1].attn.q_norm is not None:
        with pytest.raises(ValueError, match="norms queries and keys"):
            singular_terms(network, 1, 0, torch.zeros(8, network.d_model), 1, 0)
        return
    seen = streams(network)

    for head in range(network.n_heads):
        found = singular_terms(network, 1, head, seen["resid.pre1"], 7, 2)

        expected = raw_score(network, seen, head, 7, 2)
        assert float(found.terms.sum()) == pytest.approx(expected, abs=1e-11 * max(1, abs(expected)))
        assert found.score == pytest.approx(expected, abs=1e-11 * max(1, abs(expected)))
        assert len(found.sigma) <= network.d_head
        assert bool((found.sigma[:-1] >= found.sigma[1:]).all())
        torch.testing.assert_close(
            found.u @ found.u.T, torch.eye(len(found.u), dtype=torch.float64), rtol=0, atol=1e-10
        )


def test_a_feature_is_the_sum_of_its_sources_and_of_its_heads(network: Network) -> None:
    seen = streams(network)
    width = network.n_heads * network.d_head
    g = torch.Generator().manual_seed(0)
    W_enc = torch.randn(5, width, generator=g, dtype=torch.float64)
    b_enc = torch.randn(5, generator=g, dtype=torch.float64)
    dictionary = Dictionary(
        id="toy", layer=1, site_in="attn.z", site_out="attn.z", W_enc=W_enc, b_enc=b_enc, W_dec=W_enc,
        b_dec=torch.zeros(width, dtype=torch.float64), threshold=None, k=None, W_skip=None, fingerprint="",
    )  # fmt: skip

    found = direct_feature_attribution(network, dictionary, [3, 1], seen["pattern1"], seen["v1"], 6)

    pre = seen["attn.z1"].flatten(1)[6] @ W_enc[[3, 1]].T
    torch.testing.assert_close(found.sum((1, 2)), pre, rtol=0, atol=1e-12)
    by_head = torch.stack(
        [
            seen["attn.z1"][6, head] @ W_enc[[3, 1]].view(2, network.n_heads, -1)[:, head].T
            for head in range(network.n_heads)
        ]
    )
    torch.testing.assert_close(found.sum(2).T, by_head, rtol=0, atol=1e-12)
    assert found[:, :, 7].abs().max() == 0  # what lies ahead is not read
