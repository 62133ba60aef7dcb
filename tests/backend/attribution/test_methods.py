import json

import pytest
from pydantic import ValidationError

from headwater.attribution.methods import (
    ChosenTokens,
    FeatureTarget,
    LinearTracing,
    LogitDifference,
    TopLogits,
)
from headwater.errors import InvalidPrompt, InvalidTarget


class Vocabulary:
    """A tokenizer of three tokens."""

    vocab_size = 3
    ids = {" Mary": 1, " John": 2}  # noqa: RUF012

    def token_id(self, text: str) -> int:
        return self.ids[text]


def test_the_default_request_explains_the_top_logits() -> None:
    assert LinearTracing() == LinearTracing(targets=TopLogits(max=10, probability=0.95, position=-1))


@pytest.mark.parametrize(
    "targets",
    [
        {"kind": "top_logits", "max": 3},
        {"kind": "tokens", "tokens": [" Mary", 2], "position": 4},
        {"kind": "logit_difference", "plus": " Mary", "minus": " John"},
        {"kind": "feature", "layer": 3, "index": 17, "position": 9},
    ],
)
def test_settings_survive_json(targets: dict[str, object]) -> None:
    method = LinearTracing.model_validate({"targets": targets, "max_features": 100})

    assert LinearTracing.model_validate_json(method.model_dump_json()) == method


@pytest.mark.parametrize(
    "bad",
    [
        {"max_features": 0},
        {"max_features": True},
        {"surprise": 1},
        {"targets": {"kind": "top_logits", "probability": float("nan")}},
        {"targets": {"kind": "top_logits", "probability": 0}},
        {"targets": {"kind": "top_logits", "probability": 1.5}},
        {"targets": {"kind": "top_logits", "max": 0}},
        {"targets": {"kind": "tokens", "tokens": []}},
        {"targets": {"kind": "tokens", "tokens": [-1]}},
        {"targets": {"kind": "tokens", "tokens": [True]}},
        {"targets": {"kind": "feature", "layer": 1, "index": 2, "position": 0.5}},
        {"targets": {"kind": "feature", "layer": -1, "index": 2}},
        {"targets": {"kind": "everything"}},
    ],
)
def test_settings_outside_their_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LinearTracing.model_validate(bad)


def test_nan_in_json_is_refused() -> None:
    body = json.dumps({"targets": {"kind": "top_logits", "probability": float("nan")}})

    with pytest.raises(ValidationError):
        LinearTracing.model_validate_json(body)


def test_resolving_gives_ids_and_positions_from_zero() -> None:
    method = LinearTracing(targets=ChosenTokens(tokens=(" Mary", 1, " John")))

    assert method.resolved(Vocabulary(), 5).targets == ChosenTokens(tokens=(1, 2), position=4)


def test_resolving_twice_changes_nothing() -> None:
    method = LinearTracing(targets=LogitDifference(plus=" Mary", minus=" John", position=-2))

    once = method.resolved(Vocabulary(), 5)

    assert once.resolved(Vocabulary(), 5) == once
    assert once.targets == LogitDifference(plus=1, minus=2, position=3)


@pytest.mark.parametrize("token", [" Maryy", 3])
def test_an_unknown_token_is_an_invalid_target(token: int | str) -> None:
    with pytest.raises(InvalidTarget, match=r"vocabulary|does not exist"):
        LinearTracing(targets=ChosenTokens(tokens=(token,))).resolved(Vocabulary(), 5)


def test_a_difference_of_a_token_with_itself_is_refused() -> None:
    with pytest.raises(InvalidTarget, match="same token"):
        LinearTracing(targets=LogitDifference(plus=" Mary", minus=1)).resolved(Vocabulary(), 5)


@pytest.mark.parametrize("position", [0, 5, -5, -6])
def test_a_position_outside_the_prompt_is_refused(position: int) -> None:
    with pytest.raises(InvalidTarget, match="positions 1 to 4"):
        LinearTracing(targets=FeatureTarget(layer=0, index=0, position=position)).resolved(Vocabulary(), 5)


def test_a_prompt_of_only_the_start_token_is_refused() -> None:
    with pytest.raises(InvalidPrompt, match="at least one word"):
        LinearTracing().resolved(Vocabulary(), 1)
