"""Whatever is wrong with a task file has a sentence, with its line."""

import contextlib
import json
import time

import pytest

from headwater.errors import HeadwaterError, InvalidTask, TooLarge
from headwater.tasks import source
from headwater.tasks.read import import_task

GOOD = (
    '{"clean_prefix": "The girls", "patch_prefix": "The girl", "clean_answer": " are", "patch_answer": " is"}'
)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The task file is empty"),
        (b" \n\n ", "The task file is empty"),
        (GOOD.encode("utf-16-le"), "Byte 2 of the file is zero"),
        (GOOD.encode("utf-16-be"), "Byte 1 of the file is zero"),
        (b"\xff\xfe\x00", "Line 1 is not UTF-8: byte 1 of the file is 0xFF"),
        (f"{GOOD}\ncaf".encode() + b"\xe9", "Line 2 is not UTF-8"),
        (f"{GOOD}\n{{oops\n".encode(), "Line 2: this is not JSON (Expecting property name"),
        (f"{{oops}}\n{GOOD}\n".encode(), "Line 1: this is not JSON"),
        (f"{GOOD}\n[1]\n".encode(), "Line 2: this is not a JSON object"),
        (f"{GOOD}\n".encode() + b'{"clean_prefix": NaN}', "Line 2: this is not JSON (NaN is not a JSON"),
        (f"{GOOD}\n".encode() + b'{"clean_answer": " is"}', "Line 2: clean_prefix is missing."),
        (b'{"clean_prefix": "", "clean_answer": "x"}', "Line 1: clean_prefix is empty."),
        (b'{"clean_prefix": 3, "clean_answer": "x"}', "Line 1: clean_prefix is not text."),
        (b'{"clean_prefix": "\\ud800", "clean_answer": "x"}', "Line 1: clean_prefix is not valid Unicode"),
        (b'{"clean_prefix": "x", "clean_answer": "x", "spans": [1]}', "spans must be an object of names"),
        (b'{"clean_prefix": "x", "clean_answer": "x", "spans": {"a": [1, 1.5]}}', "spans must be an object"),
        (b'{"clean_prefix": "x", "clean_answer": "x", "spans": {"a": [2, 3]}}',
         'spans cannot be used: span "a" begins at token 2, but should begin at 1'),
        (b'{"clean_prefix": "x", "clean_answer": "x", "split": "test"}',
         "split is neither 'train' nor 'evaluation'."),
        (b"[" * 100_000, "Line 1: this is not JSON (it is nested too deeply)"),
        (b"[]", "The JSON holds no examples"),
        (b"[1, 2]", "Element 1: this is not a JSON object"),
        (b'[["a", "b"], ["a"]]', "Element 2: this is no pair [prompt, label]"),
        (f"[{GOOD}, {{}}]".encode(), "Element 2: clean_prefix is missing."),
        (b'{"a": 1}', "The format is not known: the first line has the fields a."),
        (b"name,colour\nx,y\n", "The format is not known: the first line has the fields name, colour."),
        (b"just some words\nand more", "The file is neither JSON nor CSV with named columns"),
        (b"clean_prefix,clean_answer\n", "has a header and no rows"),
        (b"clean_prefix,clean_prefix\na,b\n", "Line 1: the header names the column 'clean_prefix' twice"),
        (b"clean_prefix,clean_answer\na,b,c\n", "Line 2: it has 3 fields, but the header names 2"),
        (b'clean_prefix,clean_answer\n"a,b\n', "this is not CSV"),
        (b"clean,corrupted,label\na,b,soon\n", "Line 2: the label is no year 00 to 98"),
        (b"prompt,length,label,split,A\nx,3,20,eval,one\n", "Line 2: every span column and the column"),
        (b'[{"input": "a", "output": "b"}]', "The list has 1 words; 5 show the relation"),
        (b'{"sentence_good": "a", "sentence_bad": "b"}', "Line 1: the pair of sentences shares no prefix"),
        (b'[{"prompt": "x", "a_counterfactual": null}]', "Element 1: a_counterfactual is missing"),
    ],
)  # fmt: skip
def test_a_bad_file_has_its_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidTask) as raised:
        import_task(data)

    assert sentence in raised.value.detail


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answer": 3}, "The JSON object is no task"),
        ({"clean": []}, "clean has 0 examples, answer 1 and corrupt 1: each needs as many"),
        ({"clean": [], "corrupt": [], "answer": []}, "The task is empty"),
        ({"clean": [[]]}, "Example 1: clean is not a list of token ids"),
        ({"clean": [[0, True]]}, "clean holds something else than whole numbers from 0"),
        ({"clean": [[0, -1]]}, "clean holds something else"),
        ({"clean": [[0, 1.0]]}, "clean holds something else"),
        ({"corrupt": [[0, 1, 2]]}, "corrupt has 3 tokens and clean 2"),
        ({"answer": [[5, 1, 2]]}, "the position 5 lies outside the 2 tokens"),
        ({"answer": [[1, -1, 1]]}, "The ids are whole numbers from 0"),
        ({"answer": [[1, 1]]}, "answer is not [position, correct id, wrong id or null"),
        ({"answer": [[]]}, "answer is not [position, correct id, wrong id]"),
        ({"answer": [[1, 1, 2, 0]]}, "the weight of an answer is a number other than 0"),
        ({"answer": [[1, 1, 2, "1"]]}, "the weight of an answer is a number"),
    ],
)
def test_a_bad_token_task_has_its_sentence(change: dict[str, object], sentence: str) -> None:
    document = {"clean": [[0, 1]], "corrupt": [[0, 2]], "answer": [[1, 1, 2]], **change}

    with pytest.raises(InvalidTask) as raised:
        import_task(json.dumps(document).encode())

    assert sentence in raised.value.detail


def test_infinite_weights_are_refused() -> None:
    for weight in ("Infinity", "1e999"):
        data = f'{{"clean": [[0, 1]], "answer": [[1, 1, 2, {weight}]]}}'
        with pytest.raises(InvalidTask):
            import_task(data.encode())


def test_all_bad_lines_are_told_at_once() -> None:
    with pytest.raises(InvalidTask) as raised:
        import_task("\n".join(["{}", GOOD, '{"clean_prefix": "x"}']).encode())

    problems = raised.value.extra["problems"]
    assert [(one["line"], one["field"]) for one in problems] == [
        (1, "clean_prefix"), (1, "clean_answer"), (3, "clean_answer"),
    ]  # fmt: skip
    assert raised.value.detail == "Line 1: clean_prefix is missing. (2 more places are wrong.)"


def test_complaints_end_after_twenty() -> None:
    with pytest.raises(InvalidTask) as raised:
        import_task(b'{"clean_prefix": "x"}\n' * 1000)

    assert len(raised.value.extra["problems"]) == source.MAX_PROBLEMS
    assert "at least 19 more" in raised.value.detail


def test_sizes_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    with pytest.raises(TooLarge, match="1,001 bytes; at most 1,000 are read"):
        import_task(b"x" * 1001)

    monkeypatch.setattr(source, "MAX_EXAMPLES", 3)
    for data in (
        "\n".join([GOOD] * 4),
        f"[{', '.join([GOOD] * 4)}]",
        "clean_prefix,clean_answer\n" + "a,b\n" * 4,
    ):
        with pytest.raises(TooLarge, match="more than 3 examples"):
            import_task(data.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"1 " + b"[" * 1_000_000,
        b"1 [a] [b] " + b"[" * 1_000_000 + b"]",
        b"clean,corrupted,correct_idx,incorrect_idx\n" + b"A-" * 15_000 + b",x,1,2\n",
    ],
    ids=["open brackets", "a long line", "a long name"],
)
def test_patterns_take_no_time_on_hostile_text(data: bytes) -> None:
    start = time.perf_counter()

    with pytest.raises(HeadwaterError):
        import_task(data)

    assert time.perf_counter() - start < 2


def test_two_files_of_a_format_that_has_one() -> None:
    with pytest.raises(InvalidTask, match="Headwater JSONL holds both sides in one file"):
        import_task(GOOD.encode(), second=GOOD.encode())


def test_two_files_that_do_not_match() -> None:
    two, one = b'[["a", "b"], ["c", "d"]]', b'[["a", "b"]]'

    with pytest.raises(InvalidTask, match="The first file has 2 pairs and the second 1"):
        import_task(two, second=one)
    with pytest.raises(InvalidTask, match="The two files have different formats"):
        import_task(two, second=GOOD.encode())


@pytest.mark.parametrize("size", range(0, 400, 7))
def test_a_file_cut_off_anywhere_is_read_or_refused_in_words(size: int) -> None:
    whole = f"{GOOD}\n{GOOD}\n{GOOD}\n".encode()

    with contextlib.suppress(HeadwaterError):
        import_task(whole[:size])


def test_a_hundred_thousand_lines_take_seconds() -> None:
    data = (GOOD + "\n").encode() * 100_000
    start = time.perf_counter()

    found = import_task(data)

    assert len(found.task.examples) == 100_000
    assert time.perf_counter() - start < 10
