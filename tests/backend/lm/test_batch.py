"""Examples put together: nothing is lost, nothing of the padding counts."""

import torch

from headwater.lm.batch import batches
from headwater.tasks.task import Readout, TokenExample, TokenTask

SHORT = TokenExample((0, 5), (0, 6), (Readout(1, 5, 6),), spans=(0, 1))
LONG = TokenExample((0, 7, 8, 9), (0, 7, 3, 9), (Readout(3, 1), Readout(2, 2, 4, -0.5)), spans=(0, 1, 1, 2))
ALONE = TokenExample((0, 4, 4), None, (Readout(2, 1),))
TASK = TokenTask("toy", (LONG, SHORT), span_names=("start", "name", "verb"))


def test_rows_are_padded_on_the_right_shortest_first() -> None:
    (batch,) = batches(TASK, 8)

    assert batch.clean.tolist() == [[0, 5, 0, 0], [0, 7, 8, 9]]
    assert batch.patch is not None
    assert batch.patch.tolist() == [[0, 6, 0, 0], [0, 7, 3, 9]]
    assert batch.lengths.tolist() == [2, 4]
    assert batch.examples.tolist() == [1, 0]
    assert batch.is_real.tolist() == [[True, True, False, False], [True] * 4]


def test_every_answer_knows_its_row() -> None:
    (batch,) = batches(TASK, 8)
    readout = batch.readout

    assert readout.row.tolist() == [0, 1, 1]
    assert readout.position.tolist() == [1, 3, 2]
    assert readout.correct.tolist() == [5, 1, 2]
    assert readout.wrong.tolist() == [6, -1, 4]
    assert readout.weight.tolist() == [1.0, 1.0, -0.5]


def test_bins_are_spans_positions_or_one() -> None:
    def bins(task: TokenTask, **settings: object) -> list[list[int]]:
        found: list[list[int]] = batches(task, 8, **settings)[0].bins.tolist()  # type: ignore[arg-type]
        return found

    assert bins(TASK) == bins(TASK, positions="spans") == [[0, 1, -1, -1], [0, 1, 1, 2]]
    assert bins(TASK, positions="separate") == [[0, 1, -1, -1], [0, 1, 2, 3]]
    assert bins(TASK, positions="sum") == [[0, 0, -1, -1], [0, 0, 0, 0]]
    assert bins(TokenTask("toy", (LONG,))) == [[0, 1, 2, 3]]


def test_batches_hold_at_most_their_size_and_every_example_once() -> None:
    found = batches(TokenTask("toy", (LONG, SHORT) * 5), 4)

    assert [len(batch.clean) for batch in found] == [4, 4, 2]
    assert sorted(torch.cat([batch.examples for batch in found]).tolist()) == list(range(10))


def test_examples_of_different_lengths_can_be_kept_apart() -> None:
    found = batches(TokenTask("toy", (LONG, SHORT, LONG)), 4, pad=False)

    assert [batch.clean.shape for batch in found] == [(1, 2), (2, 4)]


def test_unpaired_examples_keep_to_themselves() -> None:
    paired, alone = batches(TokenTask("toy", (ALONE, SHORT)), 4)

    assert paired.examples.tolist() == [1]
    assert alone.examples.tolist() == [0]
    assert alone.patch is None


def test_a_task_without_answers_has_none() -> None:
    (batch,) = batches(TokenTask("toy", (TokenExample((0, 1), None, ()),)), 4)

    assert batch.readout.row.shape == (0,)
