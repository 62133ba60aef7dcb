"""A model's accuracy on a task, against its logits one prompt at a time."""

import pytest
import torch

from headwater.errors import JobCancelled
from headwater.evaluation.accuracy import measure_accuracy
from headwater.lm.model import LanguageModel, load_model
from headwater.lm.registry import ModelEntry
from headwater.tasks.bundled import bundled_task
from headwater.tasks.resolve import resolve
from headwater.tasks.task import Readout, TokenExample, TokenTask

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def model(brook: ModelEntry) -> LanguageModel:
    return load_model(brook, "cpu")


def logits(model: LanguageModel, ids: tuple[int, ...], position: int = -1) -> torch.Tensor:
    return model.logits(list(ids))[position]


def test_figures_are_those_of_each_prompt_by_itself(model: LanguageModel) -> None:
    task = resolve(
        bundled_task(model.entry, "agreement_across_clause"), model.entry, model.tokenizer
    ).task.take(12)

    found = measure_accuracy(model.network, task, model.tokenizer, batch_size=5)

    assert [one.example for one in found.per_example] == list(range(12))
    for one, example in zip(found.per_example, task.examples, strict=True):
        (readout,) = example.readouts
        assert readout.wrong is not None
        assert example.patch is not None
        clean, patch = logits(model, example.clean), logits(model, example.patch)
        assert one.metric == pytest.approx((clean[readout.correct] - clean[readout.wrong]).item(), abs=1e-4)
        assert one.metric_patch == pytest.approx(
            (patch[readout.correct] - patch[readout.wrong]).item(), abs=1e-4
        )
        assert one.correct == (one.metric > 0)
        assert one.flipped == (patch[readout.correct] < patch[readout.wrong])
        assert one.top1 == (clean.argmax().item() == readout.correct)
        assert one.predicted == model.tokenizer.tokens([int(clean.argmax())])[0]
    assert found.accuracy == pytest.approx(sum(one.metric > 0 for one in found.per_example) / 12)
    assert found.mean_metric == pytest.approx(sum(one.metric for one in found.per_example) / 12)
    assert sum(case.n for case in found.by_case) == 12


def test_the_batch_size_changes_nothing(model: LanguageModel) -> None:
    task = resolve(bundled_task(model.entry, "greater_than"), model.entry, model.tokenizer).task.take(9)

    one, other = (measure_accuracy(model.network, task, batch_size=size) for size in (1, 9))

    for a, b in zip(one.per_example, other.per_example, strict=True):
        assert a.metric == pytest.approx(b.metric, abs=1e-4)
        assert (a.correct, a.top1, a.predicted) == (b.correct, b.top1, b.predicted)


def test_of_several_answers_the_total_probability_counts(model: LanguageModel) -> None:
    """Logits 0, 2 against 1.5: the mean of the right ones loses, their probability wins."""
    ids = (model.tokenizer.bos_id, 300)
    values, order = logits(model, ids).sort()
    middle = len(values) // 2
    best, worst, between = int(order[-1]), int(order[0]), int(order[middle])
    readouts = (Readout(1, best, None, 0.5), Readout(1, worst, None, 0.5), Readout(1, between, None, -1.0))

    found = measure_accuracy(model.network, TokenTask("t", (TokenExample(ids, None, readouts),)))

    (one,) = found.per_example
    expected = 0.5 * (values[-1] + values[0]) - values[middle]
    assert one.metric == pytest.approx(expected.item(), abs=1e-4)
    assert one.correct
    assert one.top1
    assert one.metric_patch is None
    assert found.accuracy_patch is None


def test_an_example_read_at_two_places_is_right_when_both_are(model: LanguageModel) -> None:
    ids = (model.tokenizer.bos_id, 300, 301)
    orders = [logits(model, ids, position).argsort() for position in (1, 2)]

    def accuracy(*ranks: int) -> bool | None:
        readouts = tuple(
            Readout(place, int(order[rank]), int(order[1000]))
            for place, order, rank in zip((1, 2), orders, ranks, strict=True)
        )
        task = TokenTask("t", (TokenExample(ids, None, readouts),))
        return measure_accuracy(model.network, task).per_example[0].correct

    assert accuracy(-1, -1) is True
    assert accuracy(-1, 0) is False
    assert accuracy(0, -1) is False


def test_without_a_wrong_answer_there_is_no_choice_to_win(model: LanguageModel) -> None:
    example = TokenExample((model.tokenizer.bos_id, 300), None, (Readout(1, 5),))

    found = measure_accuracy(model.network, TokenTask("t", (example,)))

    assert found.accuracy is None
    assert found.top1 in (0.0, 1.0)


def test_a_sample_says_of_how_many_and_can_be_cancelled(model: LanguageModel) -> None:
    task = resolve(bundled_task(model.entry, "sums"), model.entry, model.tokenizer).task
    seen: list[tuple[int, int]] = []

    found = measure_accuracy(
        model.network,
        task.take(3),
        n_total=180,
        batch_size=2,
        progress=lambda _, done, all: seen.append((done, all)),
    )

    assert (found.n, found.n_total) == (3, 180)
    assert seen[-1] == (3, 3)
    with pytest.raises(JobCancelled):
        measure_accuracy(model.network, task, cancelled=lambda: True)
