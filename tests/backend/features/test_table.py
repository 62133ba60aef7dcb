"""Dashboards, lists and search, read from disk."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headwater.errors import InvalidSetting, UnknownDictionary, UnknownFeature
from headwater.features.codec import write_harvest
from headwater.features.harvested import Harvest
from headwater.features.table import FeatureTable, blank_dashboard

ID = "toy.transcoders.0"
MakeRandom = Callable[..., tuple[Harvest, np.ndarray]]


def test_a_dashboard_tells_what_was_harvested(toy_table: FeatureTable, letters: Any) -> None:
    board = toy_table.dashboard(ID, 0, letters)

    assert (board.dictionary, board.layer, board.index) == (ID, 0, 0)
    assert board.density == pytest.approx(4 / 9)
    assert board.tokens_seen == 9
    assert not board.is_dead
    assert board.has_examples
    assert board.max_activation == pytest.approx(4.0)
    assert board.mean_activation == pytest.approx(8.5 / 4, rel=1e-4)
    assert board.decoder_norm == pytest.approx(1.0)
    assert board.histogram is not None
    assert board.histogram.counts == [0, 2, 1, 1]


def test_an_example_aligns_tokens_and_activations(toy_table: FeatureTable, letters: Any) -> None:
    example = toy_table.dashboard(ID, 0, letters).groups[0].examples[0]

    assert example.tokens == ["<s>", " t5", " t6", " t7"]
    assert example.token_ids == [1, 5, 6, 7]
    assert example.activations == pytest.approx([0, 0, 4.0, 1.5], abs=4 / 510)
    assert example.peak == 2


def test_an_example_at_a_rows_end_is_shorter(toy_table: FeatureTable, letters: Any) -> None:
    example = toy_table.dashboard(ID, 0, letters).groups[0].examples[1]

    assert example.tokens == ["<s>", " t7", " t6"]
    assert example.peak == 2


def test_less_context_can_be_asked_for(toy_table: FeatureTable, letters: Any) -> None:
    example = toy_table.dashboard(ID, 0, letters, context=(0, 1)).groups[0].examples[0]

    assert example.tokens == [" t6", " t7"]
    assert example.activations == pytest.approx([4.0, 1.5], abs=4 / 510)
    assert example.peak == 0


def test_groups_tell_the_range_of_their_peaks(toy_table: FeatureTable, letters: Any) -> None:
    top = toy_table.dashboard(ID, 0, letters).groups[0]

    assert top.name == "top"
    assert [top.low, top.high] == pytest.approx([2.0, 4.0], abs=0.01)


def test_logit_effects_are_named_and_ordered(toy_table: FeatureTable, letters: Any) -> None:
    # Feature 0 writes 1 x gain 2 x 5 to token 2: 10, less the mean 1 over ten tokens.
    board = toy_table.dashboard(ID, 0, letters)

    assert board.top_logits[0].text == " t2"
    assert board.top_logits[0].effect == pytest.approx(9.0)
    assert board.bottom_logits[0].effect == pytest.approx(-1.0, abs=9 / 255)


def test_a_dead_feature_says_so(toy_table: FeatureTable, letters: Any) -> None:
    board = toy_table.dashboard(ID, 1, letters)

    assert board.is_dead
    assert board.groups == []
    assert board.histogram is None
    assert board.summary == "never fired on 9 tokens"


def test_a_dictionary_without_a_harvest_claims_nothing() -> None:
    board = blank_dashboard("toy.saes.2", 2, 7)

    assert not board.has_examples
    assert board.density is None
    assert not board.is_dead


def test_unknown_features_and_dictionaries_are_named(toy_table: FeatureTable, letters: Any) -> None:
    for index in (-1, 3):
        with pytest.raises(UnknownFeature, match="0 to 2"):
            toy_table.dashboard(ID, index, letters)
    for name in (
        "toy.saes.0",
        "toy.transcoders.1",
        "",
        "toy",
        "toy.transcoders",
        "a.b.c.d",
        "x.transcoders.²",
    ):
        with pytest.raises(UnknownDictionary, match=r"toy\.transcoders\.0"):
            toy_table.dashboard(name, 0, letters)


def test_a_renamed_model_keeps_its_dashboards(toy_table: FeatureTable, letters: Any) -> None:
    assert toy_table.has("mine.transcoders.0")
    assert toy_table.dashboard("mine.transcoders.0", 0, letters).dictionary == "mine.transcoders.0"


def test_browsing_sorts_and_pages(tmp_path: Path, make_random: MakeRandom, letters: Any) -> None:
    write_harvest(tmp_path, make_random()[0])
    table, seen, cursor = FeatureTable.open(tmp_path), [], None

    while True:
        page = table.browse(ID, letters, sort="density", descending=True, limit=25, cursor=cursor)
        seen += page.items
        if (cursor := page.next) is None:
            break

    assert page.total == 64
    assert sorted(row.index for row in seen) == list(range(64))
    assert [row.density for row in seen] == sorted((row.density for row in seen), reverse=True)
    assert seen[-1].is_dead
    assert table.browse(ID, letters, dead=False).total == 63


def test_search_finds_tokens_a_feature_fires_on_first(toy_table: FeatureTable, letters: Any) -> None:
    assert [row.index for row in toy_table.search("t6", letters).items] == [0]
    assert [row.index for row in toy_table.search(" T9 ", letters).items] == [2]


def test_search_finds_promoted_tokens(toy_table: FeatureTable, letters: Any) -> None:
    # Features 0 and 2 write to direction 0, and so to token 2.
    assert {row.index for row in toy_table.search("t2", letters).items} == {0, 2}


def test_search_for_nothing_known_finds_nothing(toy_table: FeatureTable, letters: Any) -> None:
    assert toy_table.search("zebra", letters).items == []
    assert toy_table.search("   ", letters).total == 0


def test_search_can_be_held_to_a_set(toy_table: FeatureTable, letters: Any) -> None:
    assert toy_table.search("t6", letters, dictionary="toy.transcoders").total == 1
    with pytest.raises(UnknownDictionary):
        toy_table.search("t6", letters, dictionary="toy.saes")


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 30, "²", ""])
def test_a_cursor_that_is_none_is_refused_or_starts_over(
    toy_table: FeatureTable, letters: Any, cursor: str
) -> None:
    with pytest.raises(InvalidSetting):
        toy_table.browse(ID, letters, cursor=cursor)


def test_limits_and_orders_are_checked(toy_table: FeatureTable, letters: Any) -> None:
    with pytest.raises(InvalidSetting, match="limit"):
        toy_table.browse(ID, letters, limit=0)
    with pytest.raises(InvalidSetting, match="sorted by"):
        toy_table.browse(ID, letters, sort="colour")  # type: ignore[arg-type]  # what a request may say


def test_a_dashboard_takes_milliseconds(tmp_path: Path, make_random: MakeRandom, letters: Any) -> None:
    write_harvest(tmp_path, make_random(n_features=1024, n_rows=60, length=128)[0])
    began = time.perf_counter()
    table = FeatureTable.open(tmp_path)
    opened = time.perf_counter()
    table.dashboard(ID, 0, letters)
    first = time.perf_counter()
    for index in range(1, 101):
        table.dashboard(ID, index, letters)
    each = (time.perf_counter() - first) / 100

    # On brook 1, 24 and 1.3 ms of CPU time; the bounds leave room for a busy machine.
    assert opened - began < 0.2
    assert first - opened < 0.5
    assert each < 0.02
