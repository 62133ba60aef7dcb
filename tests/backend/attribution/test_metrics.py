"""Five metrics on logits small enough to work out by hand."""

import math

import pytest
import torch
from torch import Tensor

from headwater.attribution.metrics import metric_value, places_of
from headwater.lm.batch import Readouts

LOGITS = torch.tensor(
    [
        [[9.0, 9.0, 9.0], [math.log(1), math.log(2), math.log(5)]],  # probabilities 1/8, 2/8, 5/8
        [[math.log(3), math.log(1), math.log(1)], [0.0, 0.0, 0.0]],  # 3/5, 1/5, 1/5 and thirds
    ]
)


def readouts(*rows: tuple[int, int, int, int, float]) -> Readouts:
    """(row, position, correct, wrong or -1, weight)"""
    where = torch.tensor([row[:4] for row in rows])
    weight = torch.tensor([row[4] for row in rows])
    return Readouts(where[:, 0], where[:, 1], where[:, 2], where[:, 3], weight)


PAIRS = readouts((0, 1, 2, 0, 1.0), (1, 0, 0, 1, 1.0))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("logit_difference", math.log(5), math.log(3)),
        ("logit", math.log(5), math.log(3)),
        ("log_probability", math.log(5 / 8), math.log(3 / 5)),
        ("probability_difference", 4 / 8, 2 / 5),
    ],
)
def test_one_answer_and_its_rival(name: str, first: float, second: float) -> None:
    torch.testing.assert_close(metric_value(name, LOGITS, PAIRS), torch.tensor([first, second]))  # type: ignore[arg-type]  # a MetricName


def test_without_a_wrong_token_the_answer_stands_alone() -> None:
    alone = readouts((0, 1, 2, -1, 1.0), (1, 0, 0, -1, 1.0))

    torch.testing.assert_close(
        metric_value("logit_difference", LOGITS, alone), torch.tensor([math.log(5), math.log(3)])
    )
    torch.testing.assert_close(
        metric_value("probability_difference", LOGITS, alone), torch.tensor([5 / 8, 3 / 5])
    )


def test_readouts_of_an_example_are_summed_with_their_weights() -> None:
    several = readouts((1, 0, 0, -1, 0.5), (1, 0, 1, -1, 0.5), (1, 0, 2, -1, -1.0), (0, 1, 1, 0, 2.0))

    values = metric_value("probability_difference", LOGITS, several)

    torch.testing.assert_close(values, torch.tensor([2 * (2 / 8 - 1 / 8), 0.5 * 3 / 5 + 0.5 / 5 - 1 / 5]))


def test_kl_is_nothing_on_the_clean_run_and_falls_from_there() -> None:
    same = metric_value("kl", LOGITS, PAIRS, LOGITS)
    other = metric_value("kl", LOGITS.roll(1, dims=-1), PAIRS, LOGITS)

    torch.testing.assert_close(same, torch.zeros(2))
    by_hand = -(3 / 5 * math.log(3) + 1 / 5 * math.log(1 / 3))  # 3/5, 1/5, 1/5 against 1/5, 3/5, 1/5
    torch.testing.assert_close(other[1], torch.tensor(by_hand))


def test_kl_counts_a_place_once_however_many_answers_it_has() -> None:
    twice = readouts((0, 1, 2, 0, 1.0), (0, 1, 1, -1, -0.5), (1, 0, 0, 1, 1.0))
    moved = LOGITS.roll(1, dims=-1)

    torch.testing.assert_close(
        metric_value("kl", moved, twice, LOGITS), metric_value("kl", moved, PAIRS, LOGITS)
    )
    assert len(places_of(twice).row) == 2


def test_kl_asks_for_the_clean_run() -> None:
    with pytest.raises(ValueError, match="clean run"):
        metric_value("kl", LOGITS, PAIRS)


@pytest.mark.parametrize(
    "name", ["logit_difference", "logit", "log_probability", "probability_difference", "kl"]
)
def test_gradients_are_those_of_the_values(name: str) -> None:
    def value(logits: Tensor) -> Tensor:
        return metric_value(name, logits, PAIRS, LOGITS.double())  # type: ignore[arg-type]  # a MetricName

    at = (LOGITS.double() + 0.3 * torch.randn(2, 2, 3, dtype=torch.double)).requires_grad_()

    assert torch.autograd.gradcheck(value, at)
