"""Laws of a harvest, on a text solved by hand and on random activations counted another way."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from headwater.features.harvest import Readout, Remembered, logit_effects, mixed
from headwater.features.harvested import Harvest, HarvestSettings

MakeRandom = Callable[..., tuple[Harvest, np.ndarray]]


def test_counts_maxima_and_means_leave_start_tokens_out(toy: Harvest) -> None:
    found = toy.dictionaries[0]

    assert toy.tokens_seen == 9
    assert found.count.tolist() == [4, 0, 1]
    assert found.maximum.tolist() == [4.0, 0.0, 0.5]
    assert found.mean.tolist() == pytest.approx([8.5 / 4, 0.0, 0.5])


def test_histogram_bins_run_from_zero_to_the_maximum(toy: Harvest) -> None:
    # 1 and 1.5 of 4 lie in the second quarter, 2 in the third, 4 in the last.
    assert toy.dictionaries[0].histogram.tolist() == [
        [0, 2, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
    ]


def test_top_examples_are_the_strongest_token_of_each_row(toy: Harvest) -> None:
    found = toy.dictionaries[0]

    assert found.group_sizes[0, 0] == 2
    assert list(zip(found.row[:2], found.peak[:2], strict=True)) == [(0, 2), (1, 5)]


def test_bands_hold_what_the_top_does_not(toy: Harvest) -> None:
    # Of the upper half of the range, 4 and 2 are at the top already; of the lower, 1.5 and 1 are left.
    found = toy.dictionaries[0]

    assert found.group_sizes[0].tolist() == [2, 0, 2]
    assert list(zip(found.row[2:4], found.peak[2:4], strict=True)) == [(0, 3), (1, 1)]


def test_windows_show_the_feature_on_every_token_around(toy: Harvest) -> None:
    # Two tokens before the 4 of row 0 lies the start token, whose activation does not count.
    assert toy.dictionaries[0].windows[0].tolist() == [0.0, 0.0, 4.0, 1.5]
    # Row 1 ends with its peak; the window's last place lies outside.
    assert toy.dictionaries[0].windows[1].tolist() == [0.0, 0.0, 2.0, 0.0]


def test_a_dead_feature_has_neither_examples_nor_counts(toy: Harvest) -> None:
    found = toy.dictionaries[0]

    assert found.group_sizes[1].sum() == 0
    assert found.histogram[1].sum() == 0


def test_start_tokens_alone_never_make_an_example(toy: Harvest) -> None:
    assert toy.dictionaries[0].group_sizes[2].tolist() == [1, 0, 0]
    assert (toy.dictionaries[0].row[-1], toy.dictionaries[0].peak[-1]) == (0, 5)


def test_logit_effects_go_through_gain_and_unembedding_and_are_centred() -> None:
    readout = Readout(
        gain=torch.tensor([2.0, 1.0]),
        W_U=torch.tensor([[5.0, 0, 0, 0, 0], [0, 0, 5.0, 0, 0]]),
    )
    decoder = torch.tensor([[1.0, 0.0], [0.0, -1.0]])

    top_ids, top, bottom_ids, bottom, std = logit_effects(decoder, readout, 1)

    # Feature 0: (10, 0, 0, 0, 0) minus its mean 2. Feature 1: (0, 0, -5, 0, 0) plus 1.
    assert (top_ids[0].item(), top[0].item()) == (0, 8.0)
    assert (bottom_ids[1].item(), bottom[1].item()) == (2, -4.0)
    assert std.tolist() == pytest.approx([4.0, 2.0])


def test_a_layer_norm_centres_the_decoder_first() -> None:
    readout = Readout(gain=torch.ones(2), W_U=torch.eye(2), centers=True)

    _, top, _, bottom, _ = logit_effects(torch.tensor([[3.0, 1.0]]), readout, 1)

    assert (top.item(), bottom.item()) == (1.0, -1.0)


def test_counts_agree_with_a_plain_count(make_random: MakeRandom) -> None:
    harvest, acts = make_random()
    found = harvest.dictionaries[0]

    assert (found.count == (acts > 0).sum(axis=(0, 1))).all()
    assert (found.maximum == acts.max(axis=(0, 1))).all()
    assert (found.histogram.sum(axis=1) == found.count).all()
    for feature in (0, 5, 63):
        fired = acts[:, :, feature][acts[:, :, feature] > 0]
        assert found.mean[feature] == pytest.approx(fired.mean(), rel=1e-6)
        counts, _ = np.histogram(fired, bins=32, range=(0, fired.max()))
        assert (found.histogram[feature] == counts).sum() >= 30  # a value on an edge may round either way


def test_top_examples_agree_with_a_plain_sort(make_random: MakeRandom) -> None:
    harvest, acts = make_random()
    found, first = harvest.dictionaries[0], 0

    for feature, sizes in enumerate(found.group_sizes):
        strengths = acts[found.row, found.peak, feature][first : first + sizes[0]]
        expected = np.sort(acts[:, :, feature].max(axis=1))[::-1][: sizes[0]]
        assert strengths == pytest.approx(expected)
        assert len(set(found.row[first : first + sizes[0]])) == sizes[0]
        first += sizes.sum()


def test_every_banded_example_lies_in_its_band(make_random: MakeRandom) -> None:
    harvest, acts = make_random()
    found, settings = harvest.dictionaries[0], harvest.dictionaries[0].settings
    owner = np.repeat(np.arange(len(found)), found.group_sizes.sum(axis=1))
    group = np.concatenate([np.repeat(np.arange(1 + settings.bands), sizes) for sizes in found.group_sizes])
    share = acts[found.row, found.peak, owner] / found.maximum[owner]
    banded = group > 0

    high = (settings.bands + 1 - group[banded]) / settings.bands
    assert (share[banded] <= high + 1e-6).all()
    assert (share[banded] >= high - 1 / settings.bands - 1e-6).all()
    assert banded.sum() > 5 * len(found)


def test_windows_agree_with_the_activations(make_random: MakeRandom) -> None:
    harvest, acts = make_random()
    found, s = harvest.dictionaries[0], harvest.dictionaries[0].settings
    owner = np.repeat(np.arange(len(found)), found.group_sizes.sum(axis=1))
    padded = np.pad(acts, ((0, 0), (s.before, s.after), (0, 0)))

    for e in range(0, len(owner), 17):
        at = found.peak[e]
        expected = padded[found.row[e], at : at + s.before + 1 + s.after, owner[e]]
        assert found.windows[e] == pytest.approx(expected)


def test_the_batch_size_changes_nothing(make_random: MakeRandom) -> None:
    one, _ = make_random(batch_rows=40)
    other, _ = make_random(batch_rows=3)

    for column in (
        "count",
        "maximum",
        "histogram",
        "group_sizes",
        "row",
        "peak",
        "windows",
    ):
        assert (getattr(one.dictionaries[0], column) == getattr(other.dictionaries[0], column)).all(), column


def test_sparse_activations_give_the_same_harvest(make_random: MakeRandom) -> None:
    dense, _ = make_random()
    sparse, _ = make_random(sparse=True)

    assert (dense.dictionaries[0].row == sparse.dictionaries[0].row).all()
    assert (dense.dictionaries[0].windows == sparse.dictionaries[0].windows).all()


def test_remembered_activations_give_the_same_harvest(make_random: MakeRandom) -> None:
    plain, _ = make_random()

    for limit in (1 << 30, 40_000, 0):  # all fit, some batches fit, none
        remembered, _ = make_random(remember=limit)
        for column in ("count", "maximum", "histogram", "row", "peak", "windows"):
            expected = getattr(plain.dictionaries[0], column)
            assert (getattr(remembered.dictionaries[0], column) == expected).all(), column


def test_what_is_remembered_is_not_computed_again() -> None:
    asked = []

    def activations(tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        asked.append(len(tokens))
        return {"a.b.0": torch.eye(4)[None].expand(len(tokens), 4, 4)}

    remembered, tokens = Remembered(activations, 1 << 20), torch.zeros(2, 4, dtype=torch.int64)
    first, second = dict(remembered(tokens)), dict(remembered(tokens))

    assert asked == [2]
    assert (first["a.b.0"] == second["a.b.0"].to_dense()).all()


def test_another_seed_draws_other_examples(make_random: MakeRandom) -> None:
    one, _ = make_random()
    other, _ = make_random(settings=replace(HarvestSettings(), seed=1))
    banded = slice(one.dictionaries[0].settings.top, None)

    assert not np.array_equal(one.dictionaries[0].row[banded], other.dictionaries[0].row[banded])
    assert (one.dictionaries[0].histogram == other.dictionaries[0].histogram).all()


def test_the_draw_has_no_favourites() -> None:
    luck = mixed(torch.arange(100_000)) / (1 << 31)

    assert luck.min() >= 0
    assert torch.histc(luck, bins=10, min=0, max=1).tolist() == pytest.approx([10_000] * 10, rel=0.04)


def test_group_names_read_from_the_top_down() -> None:
    assert HarvestSettings().group_names == (
        "top",
        "80-100 %",
        "60-80 %",
        "40-60 %",
        "20-40 %",
        "0-20 %",
    )
