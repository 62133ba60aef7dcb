"""Splits, draws and fingerprints, and what an example may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from headwater.errors import InvalidTask
from headwater.tasks.task import Example, Readout, TokenExample, TokenTask


def example(n: int, **more: object) -> TokenExample:
    return TokenExample((1, n), (1, n + 1000), (Readout(1, 5, 6),), **more)  # type: ignore[arg-type]


def task(*examples: TokenExample) -> TokenTask:
    return TokenTask("t", examples)


def test_a_split_is_a_partition_in_order() -> None:
    whole = task(*(example(n) for n in range(10)))

    train, evaluation = whole.split(0.3, seed=4)

    assert len(evaluation.examples) == 3
    assert sorted([*train.examples, *evaluation.examples], key=lambda one: one.clean) == list(whole.examples)
    assert list(train.examples) == sorted(train.examples, key=lambda one: one.clean)


def test_the_seed_decides_the_split_and_the_order_does_not() -> None:
    forward = task(*(example(n) for n in range(40)))
    backward = task(*(example(n) for n in reversed(range(40))))

    assert forward.split(seed=1)[1].fingerprint == forward.split(seed=1)[1].fingerprint
    assert forward.split(seed=1)[1].fingerprint != forward.split(seed=2)[1].fingerprint
    assert set(forward.split()[1].examples) == set(backward.split()[1].examples)


def test_few_examples_change_sides_when_others_are_appended() -> None:
    before = set(task(*(example(n) for n in range(100))).split()[1].examples)
    after = set(task(*(example(n) for n in range(110))).split()[1].examples)

    assert len(before - after) <= 6


@given(st.integers(2, 40), st.floats(0.01, 0.99), st.integers(0, 5))
def test_both_sides_of_a_split_have_examples(n: int, share: float, seed: int) -> None:
    train, evaluation = task(*(example(i) for i in range(n))).split(share, seed)

    assert train.examples
    assert abs(len(evaluation.examples) - share * n) <= 1 or len(evaluation.examples) in (1, n - 1)


def test_equal_examples_stay_on_one_side() -> None:
    whole = task(*(example(n % 4) for n in range(40)))

    train, evaluation = whole.split()

    assert not set(train.examples) & set(evaluation.examples)


def test_marked_examples_go_where_they_say() -> None:
    whole = task(example(1, split="evaluation"), example(2, split="train"), example(3, split="train"))

    train, evaluation = whole.split(0.9)

    assert [one.clean[1] for one in train.examples] == [2, 3]
    assert [one.clean[1] for one in evaluation.examples] == [1]


def test_one_example_can_be_held_but_not_split() -> None:
    with pytest.raises(InvalidTask, match="one example, which can be traced but not split"):
        task(example(1)).split()


def test_what_cannot_be_split_says_why() -> None:
    with pytest.raises(InvalidTask, match="all its examples are the same"):
        task(example(1), example(1)).split()
    with pytest.raises(InvalidTask, match="all its examples are marked for one side"):
        task(example(1, split="train"), example(2, split="train")).split()
    with pytest.raises(InvalidTask, match=r"evaluation share is 1; it lies between 0 and 1"):
        task(example(1), example(2)).split(1)


def test_a_draw_is_repeatable_keeps_the_order_and_the_texts() -> None:
    whole = TokenTask("t", tuple(example(n) for n in range(20)), None, tuple((f"{n}",) for n in range(20)))

    drawn = whole.take(5, seed=3)

    assert drawn == whole.take(5, seed=3)
    assert drawn != whole.take(5, seed=4)
    assert [one.clean[1] for one in drawn.examples] == [int(texts[0]) for texts in drawn.tokens or ()]
    assert whole.take(99) is whole


def test_the_fingerprint_is_of_what_numbers_depend_on() -> None:
    one = task(example(1), example(2))

    assert one.fingerprint == TokenTask("other name", one.examples, None, (("a",), ("b",))).fingerprint
    assert one.fingerprint != task(example(2), example(1)).fingerprint
    assert one.fingerprint != TokenTask("t", one.examples, ("start", "all")).fingerprint
    heavier = TokenExample((1, 1), (1, 1001), (Readout(1, 5, 6, 2.0),))
    assert one.fingerprint != task(heavier, example(2)).fingerprint


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ({"a": (0, 2)}, 'span "a" begins at token 0, but should begin at 1'),
        ({"a": (1, 2), "b": (3, 4)}, 'span "b" begins at token 3, but should begin at 2'),
        ({"a": (1, 3), "b": (2, 4)}, 'span "b" begins at token 2, but should begin at 3'),
        ({"a": (1, 3), "b": (3, 2)}, 'span "b" ends at 2, before it begins at 3'),
        ({"start": (1, 3)}, 'may not be called "start"'),
        ({"a@b": (1, 3)}, "pattern"),
    ],
)
def test_spans_follow_each_other(spans: dict[str, tuple[int, int]], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Example(clean_prefix="x", clean_answer=" y", spans=spans)


def test_an_empty_span_is_allowed() -> None:
    spans = {"a": (1, 1), "b": (1, 3)}

    assert Example(clean_prefix="x", clean_answer=" y", spans=spans).spans == spans
