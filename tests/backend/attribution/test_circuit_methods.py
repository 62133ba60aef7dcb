"""Settings of circuits: what each method asks of a model, and in how large steps it works."""

from typing import Any

import pytest

from headwater.attribution.circuit_methods import FEATURE_METHODS, METHODS, read_method, shard_examples


def test_the_schema_says_which_methods_need_dictionaries() -> None:
    told = [name for name, kind in METHODS.items() if kind.model_json_schema().get("needs_dictionaries")]

    assert told == list(FEATURE_METHODS) == ["sfc", "hierarchical"]


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"method": "exact"}, 4),
        ({"method": "sfc", "effects": "exact"}, 4),
        ({"method": "sfc"}, 8),
        ({"method": "hierarchical"}, 8),
        ({"method": "eap-ig-inputs"}, 32),
        ({"method": "acdc"}, 32),
    ],
)
def test_the_slower_the_method_the_smaller_its_shards(settings: dict[str, Any], size: int) -> None:
    assert shard_examples(read_method(settings), 300) == size


@pytest.mark.parametrize("name", METHODS)
def test_very_many_examples_are_not_stored_every_few(name: str) -> None:
    method = read_method({"method": name})

    assert shard_examples(method, 100_000) == 4 * shard_examples(method, 10_000)
