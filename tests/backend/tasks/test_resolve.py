"""Text to token ids: what one model reads, and the sentence for each example it cannot use."""

from collections.abc import Callable
from typing import Any

import pytest

from headwater.errors import InvalidTask, JobCancelled
from headwater.lm.registry import ModelEntry
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks.resolve import Resolution, resolve
from headwater.tasks.task import Example, Readout, Task, TokenExample, TokenTask

Resolve = Callable[..., Resolution]


@pytest.fixture
def resolved(brook: ModelEntry, tokenizer: Tokenizer) -> Resolve:
    def run(*examples: dict[str, Any], **options: Any) -> Resolution:
        task = Task(name="t", examples=tuple(Example(**one) for one in examples))
        return resolve(task, brook, tokenizer, **options)

    return run


GIRLS = {
    "clean_prefix": "The girls", "patch_prefix": "The girl", "clean_answer": " are", "patch_answer": " is",
}  # fmt: skip


def test_a_pair_becomes_ids_and_one_readout_at_the_last_token(
    resolved: Resolve, tokenizer: Tokenizer
) -> None:
    found = resolved(GIRLS)

    (one,) = found.task.examples
    assert one.clean == (tokenizer.bos_id, tokenizer.token_id("The"), tokenizer.token_id(" girls"))
    assert one.patch == (tokenizer.bos_id, tokenizer.token_id("The"), tokenizer.token_id(" girl"))
    assert one.readouts == (Readout(2, tokenizer.token_id(" are"), tokenizer.token_id(" is")),)
    assert found.task.tokens == (("<|endoftext|>", "The", " girls"),)
    assert found.task.lengths == (3,)
    assert found.dropped == ()


def test_without_a_patch_answer_the_metric_is_a_logit(resolved: Resolve) -> None:
    (one,) = resolved({"clean_prefix": "The girls", "clean_answer": " are"}).task.examples

    assert one.patch is None
    assert one.readouts[0].wrong is None


def test_lists_of_answers_weigh_one_in_all_on_each_side(resolved: Resolve, tokenizer: Tokenizer) -> None:
    lists = {"clean_answers": ("53", "54", "55"), "patch_answers": ("51", "52")}
    found = resolved({"clean_prefix": "From 1352 to 13", "clean_answer": "53", **lists})

    readouts = found.task.examples[0].readouts
    assert [tokenizer.tokens([r.correct])[0] for r in readouts] == ["53", "54", "55", "51", "52"]
    assert [r.weight for r in readouts] == pytest.approx([1 / 3, 1 / 3, 1 / 3, -1 / 2, -1 / 2])
    assert all(r.wrong is None for r in readouts)


def test_answers_of_a_list_that_are_several_tokens_are_left_out_and_counted(resolved: Resolve) -> None:
    example = {"clean_prefix": "From 1352 to 13", "clean_answer": "53", "clean_answers": ("53", "5390")}
    found = resolved(example)

    assert len(found.task.examples[0].readouts) == 1
    assert found.notes == (
        'Answers of lists left out because they are not one token after the prompt: "5390" (1 times).',
    )


def test_spans_number_every_position_and_the_start_token_has_its_own(resolved: Resolve) -> None:
    found = resolved({**GIRLS, "spans": {"opening": (1, 2), "nothing": (2, 2), "subject": (2, 3)}})

    assert found.task.span_names == ("start", "opening", "nothing", "subject")
    assert found.task.examples[0].spans == (0, 1, 3)


def test_kept_and_dropped_say_which_example(resolved: Resolve) -> None:
    found = resolved({**GIRLS, "patch_answer": " xylophones"}, GIRLS, {**GIRLS, "case": "again"})

    assert found.kept == (1, 2)
    assert [one.line for one in found.dropped] == [1]
    assert [one.case for one in found.task.examples] == ["", "again"]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"clean_answer": " xylophones"}, "clean_answer",
         '" xylophones" is 7 tokens for brook (" ", "x", "y", "l", '),
        ({"clean_answer": "xylophones"}, "clean_answer", 'Did you mean " xylophones" with a space in front?'),
        ({"patch_answer": " are"}, "patch_answer", 'Both answers are the token " are"'),
        ({"clean_prefix": "The gi", "patch_prefix": "The gi", "clean_answer": "rl"}, "clean_answer",
         'grows together with the end of the prompt "…The gi"'),
        ({"clean_prefix": "The girls "}, "patch_prefix", "tokens long and the patch prompt 3"),
        ({"clean_prefix": " "}, "clean_prefix", "The prompt is empty"),
        ({"clean_prefix": "The\x00girls"}, "clean_prefix", "control character"),
        ({"clean_prefix": "girls " * 300}, "clean_prefix", "reads at most 256"),
        ({"patch_prefix": "The girl in the garden"}, "patch_prefix",
         "The clean prompt is 3 tokens long and the patch prompt 6: a pair must match token by token."),
        ({"patch_prefix": None}, "patch_prefix", "It has no patch prompt, while most examples have a"),
        ({"spans": {"all": (1, 3)}}, "spans", 'Its spans are "all", while most examples have missing'),
        ({"clean_answers": (" are", " were"), "patch_answers": (" is", " are")}, "patch_answers",
         '" are" is among the right and the wrong answers'),
        ({"clean_answers": (" xylophones",)}, "clean_answers", "None of the 1 answers is one token"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(
    resolved: Resolve, change: dict[str, Any], field: str, reason: str
) -> None:
    found = resolved({**GIRLS, **change}, GIRLS, GIRLS)

    assert len(found.task.examples) == 2
    assert found.dropped[0].field == field
    assert reason in found.dropped[0].reason


def test_a_forgotten_space_is_noticed(resolved: Resolve) -> None:
    found = resolved({**GIRLS, "clean_answer": "are", "patch_answer": "is"})

    assert found.notes == (
        '1 prompt runs into its answer without a space, e.g. "girls" + "are". Did you mean " are"?',
    )


def test_spans_of_another_tokenizer_are_refused_and_can_be_left_out(resolved: Resolve) -> None:
    example = {**GIRLS, "spans": {"all": (1, 9)}}

    with pytest.raises(InvalidTask, match="spans end at token 9, but brook reads 3 tokens"):
        resolved(example)
    assert resolved(example, use_spans=False).task.span_names is None


def test_when_nothing_is_left_the_commonest_reason_is_told(resolved: Resolve) -> None:
    bad = {**GIRLS, "clean_answer": " xylophones"}

    with pytest.raises(InvalidTask) as raised:
        resolved(bad, bad, {**GIRLS, "patch_prefix": "The girl there"})

    assert raised.value.detail.startswith("None of the 3 examples of the task t can be used with brook.")
    assert "Most often it is the field clean_answer (2 times)" in raised.value.detail
    assert raised.value.extra["n_dropped"] == 3
    assert raised.value.extra["problems"][2]["field"] == "patch_prefix"


def test_an_empty_task_is_refused(brook: ModelEntry) -> None:
    for empty in (Task(name="t"), TokenTask("t", ())):
        with pytest.raises(InvalidTask, match="The task t is empty"):
            resolve(empty, brook)


def test_one_example_can_be_traced(resolved: Resolve) -> None:
    assert len(resolved(GIRLS).task.examples) == 1


def test_reading_can_be_cancelled(resolved: Resolve) -> None:
    with pytest.raises(JobCancelled):
        resolved(GIRLS, cancelled=lambda: True)


def test_token_ids_must_exist_in_the_model(brook: ModelEntry) -> None:
    good = TokenExample((1, 2, 3), (1, 4, 3), (Readout(2, 5, 6),))
    outside = TokenExample((1, 4096, 3), (1, 4, 3), (Readout(2, 5, 6),))
    answer = TokenExample((1, 2, 3), (1, 4, 3), (Readout(2, 5, 9999),))
    long = TokenExample((1,) * 300, (1,) * 300, (Readout(2, 5, 6),))

    found = resolve(TokenTask("t", (outside, good, answer, long)), brook)

    assert found.task.examples == (good,)
    assert [one.reason for one in found.dropped] == [
        "brook has tokens 0 to 4095, and no 4096.",
        "brook answers with tokens 0 to 4095, not 9999.",
        "It is 300 tokens long and brook reads at most 256.",
    ]
