"""The example prompts of brook's page: the answer is the model's first choice, and what `why` says of features holds."""

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from headwater.api.catalogue import examples
from headwater.lm.registry import find_model
from headwater.settings import load_settings
from training import model
from training.dictionaries import GROUPS, read
from training.evaluate_dictionaries import sites

BROOK = Path(__file__).parents[3] / "backend/headwater/bundled/brook"
EXAMPLES: list[dict[str, str]] = json.loads((BROOK / "examples.json").read_text(encoding="utf-8"))
TRANSCODERS = GROUPS[0]

# (layer, feature), prompt, the token it must be on at, or None where it must be off everywhere
WHERE: list[tuple[tuple[int, int], str, str | None]] = [
    ((3, 2780), "The queen hurt", " queen"),
    ((3, 2780), "When Mary and John went to the store, John gave a drink to", " Mary"),
    ((3, 2780), "Lily went to the garden because", "Lily"),
    ((3, 2780), "The king hurt", None),
    ((4, 949), "The queen hurt", " hurt"),
    ((3, 1918), "Look: [ dog ( cat ) hat", " )"),
    ((3, 1918), "Look: { dog ( cat ) hat", None),
    ((3, 1918), "Look: ( dog ( cat ) hat", None),
    ((5, 788), "31+26=", "="),
    ((5, 2700), "31+26=", "="),
    ((5, 1105), "31+26=", "="),
    ((2, 1832), "31+26=", "="),
    ((4, 1706), "The boy was so tired that he fell", " fell"),
    ((2, 1631), "The boy who the girls called", " called"),
    ((3, 3408), "The boy who the girls called", " called"),
    ((4, 2727), "The boy who the girls called", " called"),
    ((5, 3014), "The boy who the girls called", " called"),
    ((5, 3395), "The war lasted from the year 1741 to the year 17", "17"),
    ((5, 1720), "The war lasted from the year 1741 to the year 17", "17"),
]

PROMOTES = {
    (4, 949): {" himself"},
    (5, 788): {"57", "58", "56"},
    (5, 2700): {"67", "68", "58"},
    (5, 1105): {"56", "55", "65"},
    (4, 1706): {" asleep"},
    (5, 3014): {" is", " was"},
    (5, 1720): {"64", "61", "52"},
}


@pytest.fixture(scope="module")
def network() -> model.Brook:
    return model.load(BROOK / "lm")


@torch.no_grad()
def likeliest(network: model.Brook, tokenizer: Tokenizer, prompt: str, count: int = 1) -> list[str]:
    logits = network(torch.tensor([tokenizer.encode(prompt).ids]))[0, -1]
    return [tokenizer.decode([token]) for token in logits.topk(count).indices.tolist()]


def test_the_page_offers_the_examples() -> None:
    offered = examples(find_model(load_settings(), "brook"))

    assert [one["prompt"] for one in offered] == [one["prompt"] for one in EXAMPLES]
    assert 8 <= len(offered) <= 10
    assert all(one["title"] and one["why"].endswith(".") for one in offered)
    assert len({one["title"] for one in offered}) == len(offered)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_the_expected_answer_is_the_first_choice(
    network: model.Brook, tokenizer: Tokenizer, example: dict[str, str]
) -> None:
    assert likeliest(network, tokenizer, example["prompt"]) == [example["expected"]]


def test_the_ten_likeliest_ends_of_the_war_are_after_its_start(
    network: model.Brook, tokenizer: Tokenizer
) -> None:
    ends = likeliest(network, tokenizer, "The war lasted from the year 1741 to the year 17", 10)

    assert all(41 < int(end) <= 99 for end in ends)


@pytest.mark.parametrize(("feature", "prompt", "token"), WHERE)
@torch.no_grad()
def test_a_named_feature_is_on_where_it_is_said_to_be(
    network: model.Brook, tokenizer: Tokenizer, feature: tuple[int, int], prompt: str, token: str | None
) -> None:
    layer, index = feature
    encoding = tokenizer.encode(prompt)
    seen = sites(network, torch.tensor([encoding.ids]))[TRANSCODERS.reads, layer][0, 1:]
    on = read(BROOK / "dictionaries", TRANSCODERS, layer).encode(seen)[:, index] > 0

    words = [tokenizer.decode([token]) for token in encoding.ids[1:]]
    if token is None:
        assert not on.any()
    else:
        last = len(words) - 1 - words[::-1].index(token)
        assert on[last]


@pytest.mark.parametrize(("feature", "tokens"), PROMOTES.items())
@torch.no_grad()
def test_a_named_feature_promotes_what_it_is_said_to(
    network: model.Brook, tokenizer: Tokenizer, feature: tuple[int, int], tokens: set[str]
) -> None:
    layer, index = feature
    written = read(BROOK / "dictionaries", TRANSCODERS, layer).W_dec[index]
    effects = network.embed_tokens.weight @ (network.norm.weight * written)

    promoted = {tokenizer.decode([token]) for token in effects.topk(5).indices.tolist()}
    assert tokens <= promoted
