import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data" / "tasks"
LINE = {
    "clean_prefix": "The girls",
    "patch_prefix": "The girl",
    "clean_answer": " are",
    "patch_answer": " is",
}


@pytest.fixture
def file(tmp_path):
    def write(*lines):
        path = tmp_path / "my task.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    return write


def test_brooks_tasks_are_listed_for_people_and_machines(run):
    told, found = run("tasks", "list", "-m", "brook"), run("tasks", "list", "-m", "brook", "--json").json

    assert "indirect_object" in told.stdout
    assert "120 + 60" in told.stdout
    one = next(task for task in found["tasks"] if task["name"] == "greater_than")
    assert (one["n_examples"], one["n_train"], one["n_evaluation"]) == (180, 120, 60)
    assert one["has_spans"]


def test_a_model_without_tasks_says_what_to_do(run):
    assert "stories comes with no tasks. Give a file" in run("tasks", "list").stdout


def test_a_task_is_shown_as_the_model_reads_it(run):
    told = run("tasks", "show", "sums", "-m", "brook", "-n", "1")
    found = run("tasks", "show", "sums", "-m", "brook", "-n", "2", "--json").json

    assert "Sums of two-digit numbers" in told.stdout
    assert "Spans: start, opening, first number, operator, second number, ending." in told.stdout
    assert "1: <|endoftext|>|64|+|18|=" in told.stdout
    assert (found["n_ok"], found["n_dropped"], len(found["preview"])) == (180, 0, 2)
    assert found["preview"][0]["spans"] == ["start", "first number", "operator", "second number", "ending"]
    assert found["accuracy"] is None


def test_accuracy_is_measured_on_request(run, file):
    once = {"clean_prefix": "Once upon a", "patch_prefix": "Once upon the", "clean_answer": " time"}
    found = run("tasks", "show", file({**once, "patch_answer": " day"}), "--accuracy", "--json").json[
        "accuracy"
    ]
    told = run("tasks", "show", file({**once, "patch_answer": " day"}), "--accuracy").stdout

    assert (found["n"], found["accuracy"], found["top1"]) == (1, 1.0, 1.0)
    assert found["per_example"][0]["predicted"] == " time"
    assert "stories by itself, on 1 example" in told


def test_a_check_says_what_cannot_be_used_and_why(run, file):
    path = file(LINE, {**LINE, "clean_answer": " xylophones", "note": 1}, LINE)

    told = run("tasks", "check", path, "-m", "brook")
    found = run("tasks", "check", path, "-m", "brook", "--json").json

    assert "2 examples for brook, 3 tokens long, with patch prompts." in told.stdout
    assert '1 example cannot be used:\n  example 2, clean_answer: " xylophones" is 7 tokens' in told.stdout
    assert 'The field "note" is not used (1 lines).' in told.stdout
    assert (found["n_ok"], found["n_dropped"], found["equal_lengths"]) == (2, 1, True)
    assert found["problems"][0]["line"] == 2


def test_one_example_is_told_to_be_one(run, file):
    assert "can be traced, but not split" in run("tasks", "check", file(LINE), "-m", "brook").stdout


def test_spans_of_another_tokenizer_can_be_left_out(run):
    files = (DATA / "peap_greater_than_clean.csv", "--patch", DATA / "peap_greater_than_counter.csv")

    refused = run("tasks", "check", *files, "-m", "brook", "--json")
    allowed = run("tasks", "check", *files, "-m", "brook", "--no-spans", "--json")

    assert refused.exit_code == 1
    assert "Were they made for another tokenizer?" in refused.json["error"]["detail"]
    assert allowed.json["n_ok"] == 3


def test_a_task_of_another_tool_is_converted(run, tmp_path):
    out = tmp_path / "out.jsonl"

    told = run("tasks", "convert", DATA / "eapig_ioi.csv", "--out", out)

    assert "5 examples read as EAP-IG CSV and written to" in told.stdout
    assert json.loads(out.read_text().splitlines()[0])["clean_answer"] == " Amber"
    assert run("tasks", "convert", DATA / "eapig_ioi.csv", "--out", "-").stdout == out.read_text()


def test_token_ids_stay_token_ids(run, tmp_path):
    path, out = tmp_path / "ids.json", tmp_path / "out.json"
    document = {"clean": [[1, 5]], "corrupt": [[1, 6]], "answer": [[1, 7, 8]]}
    path.write_text(json.dumps(document))

    assert run("tasks", "convert", path, "--out", out, "--json").json["format"] == "token ids (JSON)"
    assert json.loads(out.read_text()) == {**document, "answer": [[[1, 7, 8]]]}
    assert run("tasks", "check", path, "--json").json["n_ok"] == 1


@pytest.mark.parametrize("command", ["show", "check"])
def test_what_is_neither_task_nor_file_is_one_sentence(run, command):
    result = run("tasks", command, "nothing", "-m", "brook", "--json")

    assert result.exit_code == 1
    assert result.json["error"]["type"] == "unknown-task"
    assert "agreement_simple" in result.json["error"]["detail"]


def test_a_bad_file_names_its_line(run, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(LINE) + "\n{oops}\n")

    result = run("tasks", "check", path, "-m", "brook", "--json")

    assert result.exit_code == 1
    assert result.json["error"]["line"] == 2
