"""Settings of circuits: what each method asks of a model, and in how large steps it works."""

from typing import Any

import pytest

from headwater.attribution.circuit_methods import METHODS, read_method, shard_examples


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
