"""Every format that is read, on the first lines of a real file of its kind."""

import json
from pathlib import Path

import pytest

from headwater.errors import InvalidTask
from headwater.lm.registry import ModelEntry
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks.read import Imported, import_task, read_task, task_name
from headwater.tasks.resolve import resolve
from headwater.tasks.task import Example, Readout, Task, TokenTask
from headwater.tasks.write import task_jsonl, token_task_json


def read(data: Path, name: str, second: str | None = None) -> Imported:
    return import_task(
        (data / name).read_bytes(), name, second=None if second is None else (data / second).read_bytes()
    )


def examples(found: Imported) -> tuple[Example, ...]:
    assert isinstance(found.task, Task)
    return found.task.examples


def test_sparse_feature_circuits_jsonl(data: Path) -> None:
    found = read(data, "sva_within_rc.jsonl")

    assert found.format == "Headwater JSONL"
    assert found.task.name == "sva_within_rc"
    assert len(found.task.examples) == 12
    assert examples(found)[0] == Example(
        clean_prefix="The fathers that the chefs",
        patch_prefix="The fathers that the chef",
        clean_answer=" do",
        patch_answer=" does",
        case="plural_plural",
    )
    assert found.notes == ()


def test_eap_ig_greater_than_has_all_years_on_both_sides(data: Path) -> None:
    found = read(data, "eapig_greater_than.csv")

    one = examples(found)[0]
    assert found.format == "EAP-IG CSV"
    assert one.clean_prefix.endswith("from the year 1352 to the year 13")
    assert one.patch_prefix is not None
    assert one.patch_prefix.endswith("from the year 1301 to the year 13")
    assert one.clean_answers == tuple(f"{n}" for n in range(53, 100))
    assert one.patch_answers == tuple(f"{n:02d}" for n in range(53))


def test_eap_ig_names_are_read_from_the_prompts(data: Path) -> None:
    found = read(data, "eapig_ioi.csv")

    one = examples(found)[0]
    assert one.clean_prefix == (
        "Then, Aaron and Amber were working at the house. Aaron decided to give a drink to"
    )
    assert (one.clean_answer, one.patch_answer) == (" Amber", " Aaron")
    assert one.patch_prefix is not None
    assert "Tiffany" in one.patch_prefix
    assert "ids of another tokenizer" in found.notes[0]


def test_eap_ig_names_without_the_hard_patch() -> None:
    text = (
        "clean,corrupted,correct_idx,incorrect_idx\n"
        '"Then, Aaron and Amber sat. Aaron gave it to","Then, Aaron and Amber sat. Tim gave it to",1,2\n'
    )

    one = examples(import_task(text.encode()))[0]

    assert (one.clean_answer, one.patch_answer) == (" Amber", " Aaron")


def test_eap_ig_ids_without_names_are_refused() -> None:
    text = "clean,corrupted,correct_idx,incorrect_idx\nthe cat sat on,the dog sat in,1,2\n"

    with pytest.raises(InvalidTask, match="Line 2: its answers are token ids of another tokenizer"):
        import_task(text.encode())


def test_colored_objects_pair_two_files(data: Path) -> None:
    found = read(data, "cobjs_data_42.json", "cobjs_mindiff_data_42.json")

    one = examples(found)[0]
    assert found.format == "labelled prompts (JSON pairs)"
    assert one.clean_prefix.endswith("What color is the pencil?\nA:")
    assert one.patch_prefix is not None
    assert one.patch_prefix.endswith("What color is the necklace?\nA:")
    assert (one.clean_answer, one.patch_answer) == (" Blue", " Black")


def test_labelled_prompts_alone_are_unpaired(data: Path) -> None:
    found = read(data, "cobjs_data_42.json")

    assert examples(found)[0].patch_prefix is None
    assert "no patch prompts" in found.notes[0]


def test_peap_greater_than_has_spans_and_splits(data: Path) -> None:
    found = read(data, "peap_greater_than_clean.csv", "peap_greater_than_counter.csv")

    one = examples(found)[0]
    assert found.format == "PEAP CSV"
    assert one.spans is not None
    assert list(one.spans.items())[:2] == [("The", (1, 2)), ("NOUN", (2, 3))]
    assert list(one.spans.items())[-1] == ("XX2", (12, 13))
    assert one.split == "train"
    assert one.clean_answers[0] == "54"
    assert one.patch_answers[-1] == "53"


def test_peap_indirect_objects_have_answers_and_may_have_empty_spans(data: Path) -> None:
    found = read(data, "peap_ioi_clean.csv", "peap_ioi_counter.csv")

    one, *_, third = examples(found)[:3]
    assert (one.clean_answer, one.patch_answer) == (" Laura", " James")
    assert one.patch_prefix == "Friends Jamie and Jeremy found a drink at the office. Gregory gave it to"
    assert third.spans is not None
    assert third.spans["Secondary_Object"] == (15, 15)
    assert third.spans["Final_Preposition"] == (15, 16)


def test_peap_without_the_second_file_says_so(data: Path) -> None:
    assert "Give both files" in read(data, "peap_ioi_clean.csv").notes[0]


def test_word_lists_show_five_words_and_ask_for_the_others(data: Path) -> None:
    found = read(data, "antonym.json")

    one = examples(found)[0]
    assert found.format == "word list JSON"
    assert one.clean_prefix.startswith("Q: flawed\nA: perfect\n\nQ: orthodox\nA: unorthodox\n\n")
    assert one.clean_prefix.endswith("\n\nQ: valid\nA:")
    assert one.clean_answer == " invalid"
    assert one.patch_prefix is not None
    asked = one.patch_prefix.rsplit("Q: ", 1)[1].removesuffix("\nA:")
    assert len(asked) == len("valid")


def test_blimp_pairs_with_one_prefix_are_two_answers_after_it(data: Path) -> None:
    found = read(data, "blimp_anaphor.jsonl")

    one = examples(found)[0]
    assert found.format == "BLiMP JSONL"
    assert one == Example(
        clean_prefix="Katherine can't help",
        clean_answer=" herself",
        patch_answer=" himself",
        case="anaphor_gender_agreement",
    )


def test_blimp_pairs_with_two_prefixes_are_one_answer_after_both() -> None:
    row = {
        "sentence_good": "The cat sleeps.", "sentence_bad": "The cats sleeps.",
        "two_prefix_prefix_good": "The cat",
        "two_prefix_prefix_bad": "The cats", "two_prefix_word": "sleeps",
    }  # fmt: skip

    one = examples(import_task(json.dumps(row).encode()))[0]

    assert (one.clean_prefix, one.patch_prefix, one.clean_answer) == ("The cat", "The cats", " sleeps")


def test_winobias_asks_whom_the_pronoun_means(data: Path) -> None:
    found = read(data, "winobias_pro.txt", "winobias_anti.txt")

    one, two = examples(found)[:2]
    assert found.format == "WinoBias"
    sentence = "The developer argued with the designer because {0} did not like the design. "
    ending = 'The pronoun "{0}" refers to the'
    assert one.clean_prefix == (sentence + ending).format("he")
    assert one.patch_prefix == (sentence + ending).format("she")
    assert (one.clean_answer, one.patch_answer) == (" developer", " designer")
    assert (two.clean_answer, two.patch_answer) == (" designer", " developer")


def test_winobias_needs_both_files(data: Path) -> None:
    with pytest.raises(InvalidTask, match="comes in two files"):
        read(data, "winobias_pro.txt")


def test_mib_takes_the_benchmarks_own_counterfactual() -> None:
    row = {
        "prompt": "A and B ... B gave it to", "choices": ["A", "B"], "answerKey": 0,
        "metadata": {"indirect_object": "A", "subject": "B"},
        "abc_counterfactual": {"prompt": "C and D ... E gave it to", "choices": ["C", "D"], "answerKey": 0},
        "s2_io_flip_counterfactual": {
            "prompt": "A and B ... A gave it to", "choices": ["B", "A"], "answerKey": 0,
        },
    }  # fmt: skip

    found = import_task(json.dumps([row]).encode())

    one = examples(found)[0]
    assert found.format == "MIB JSON"
    assert one.patch_prefix == "A and B ... A gave it to"
    assert (one.clean_answer, one.patch_answer) == (" A", " B")
    assert found.notes == ("The patch prompt is s2_io_flip_counterfactual; not used: abc_counterfactual.",)


def test_mib_choices_and_labels() -> None:
    def row(prompt: str, key: int) -> dict[str, object]:
        return {"prompt": prompt, "choices": {"label": [" A", " B"], "text": ["x", "y"]}, "answerKey": key}

    choice = {**row("Q1 Answer:", 0), "symbol_counterfactual": row("Q2 Answer:", 1)}
    sums = {"prompt": "1+2=", "label": 3, "random_counterfactual": {"prompt": "1+4=", "label": 5}}

    one, two = (examples(import_task(json.dumps([value]).encode()))[0] for value in (choice, sums))

    assert (one.clean_answer, one.patch_answer) == (" A", " B")
    assert (two.clean_answer, two.patch_answer) == ("3", "5")


def test_token_ids_with_one_several_and_weighted_answers() -> None:
    document = {
        "clean": [[0, 5, 6], [0, 7, 8]],
        "corrupt": [[0, 5, 9], [0, 7, 9]],
        "answer": [[2, 3, 4], [[-1, 3, None], [1, 3, 4, 0.5]]],
    }

    found = import_task(json.dumps(document).encode(), "toy.json")

    assert found.format == "token ids (JSON)"
    assert isinstance(found.task, TokenTask)
    one, two = found.task.examples
    assert one.clean == (0, 5, 6)
    assert one.patch == (0, 5, 9)
    assert one.readouts == (Readout(2, 3, 4),)
    assert two.readouts == (Readout(2, 3, None), Readout(1, 3, 4, 0.5))


def test_our_fields_as_csv() -> None:
    text = "clean_prefix,patch_prefix,clean_answer,patch_answer\nThe girls,The girl, are, is\n"

    found = import_task(text.encode())

    assert found.format == "Headwater CSV"
    assert examples(found)[0].clean_answer == " are"


def test_the_json_of_a_task_reads_back() -> None:
    task = Task(
        name="girls", title="Girls", examples=(Example(clean_prefix="The girls", clean_answer=" are"),)
    )

    found = import_task(task.model_dump_json().encode())

    assert found.task == task
    assert found.format == "Headwater JSON"


@pytest.mark.parametrize("name", ["peap_ioi_clean.csv", "sva_within_rc.jsonl", "eapig_greater_than.csv"])
def test_what_is_written_reads_back_as_the_same_examples(data: Path, name: str) -> None:
    task = read(data, name).task
    assert isinstance(task, Task)

    again = read_task(task_jsonl(task))

    assert isinstance(again, Task)
    assert again.examples == task.examples


def test_token_ids_written_read_back() -> None:
    document = {"clean": [[0, 5]], "corrupt": [[0, 6]], "answer": [[[1, 3, 4], [1, 2, None, -0.5]]]}
    task = read_task(json.dumps(document).encode())
    assert isinstance(task, TokenTask)

    assert read_task(token_task_json(task)) == task


def test_unknown_fields_are_told_and_the_rest_is_read() -> None:
    line = {"clean_prefix": "The girls", "clean_answer": " are", "frequency": 3, "patch_answer": None}

    found = import_task((json.dumps(line) + "\n" + json.dumps(line)).encode())

    assert len(found.task.examples) == 2
    assert found.notes == ('The field "frequency" is not used (2 lines).',)


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    line = json.dumps({"clean_prefix": "The girls", "clean_answer": " are"})

    assert len(import_task(b"\xef\xbb\xbf" + f"{line}\r\n\r\n{line}\r\n".encode()).task.examples) == 2


@pytest.mark.parametrize(
    ("filename", "name"),
    [("My Task.v2.jsonl", "my-task-v2"), ("", "task"), ("../../etc/passwd", "passwd"), ("日本.json", "task")],
)
def test_the_name_comes_from_the_file(filename: str, name: str) -> None:
    assert task_name(filename) == name


def test_a_real_file_is_usable_by_a_real_model(data: Path, brook: ModelEntry, tokenizer: Tokenizer) -> None:
    found = resolve(read(data, "sva_within_rc.jsonl").task, brook, tokenizer)

    assert len(found.task.examples) + len(found.dropped) == 12
    assert len(found.task.examples) >= 5


def test_an_answer_without_a_wrong_token_and_one_that_both_prompts_share() -> None:
    document = {"clean": [[0, 1], [0, 2], [0, 3]], "corrupt": [[0, 2], [0, 1], [0, 4]],
                "answer": [[1, 3, None], [1, 3, -1], [1, 4, 4]]}  # fmt: skip

    task = read_task(json.dumps(document).encode())

    assert isinstance(task, TokenTask)
    assert [one.readouts[0].wrong for one in task.examples] == [None, None, 4]
