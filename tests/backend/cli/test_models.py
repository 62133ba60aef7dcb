import json
from pathlib import Path

import pytest

CIRCUITS = Path(__file__).parents[2] / "data" / "circuits"


def test_the_list_for_people_and_machines(run, stories):
    told, found = run("models"), run("models", "list", "--json").json

    assert "stories" in told.stdout
    mine = next(model for model in found["models"] if model["name"] == "stories")
    assert mine["architecture"] == "LlamaForCausalLM"
    assert mine["n_layers"] == 5
    assert not mine["bundled"]
    assert len(mine["fingerprint"]) == 64
    assert [(one["id"], one["width"]) for one in mine["dictionary_sets"]] == [("stories.random", 48)]


def test_checks_measure_every_dictionary(run):
    found = run("models", "check", "stories", "--json").json["models"][0]["checks"]

    figures = {(check["name"], check["what"].split(" (")[0]): check for check in found}
    assert figures["stories", "network against hooked model"]["figure"] < 1e-5
    assert figures["stories.random", "splice identity"]["figure"] < 1e-4
    assert all(("stories.random." + str(layer), "unexplained variance") in figures for layer in range(5))
    assert figures["stories.random.0", "active features a token"]["figure"] > 0
    # random dictionaries explain nothing, and the check says so
    assert figures["stories.random.0", "unexplained variance"]["figure"] > 0.9


def test_a_check_that_fails_is_status_1(run):
    result = run("models", "check", "stories", "--json")

    assert result.exit_code == (0 if result.json["passed"] else 1)


def test_text_of_ones_own(run, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("Once upon a time there was a little cat. " * 20)
    assert run("models", "check", "stories", "--text", text, "--json").json["models"]

    text.write_bytes(b"caf\xe9")
    refused = run("models", "check", "stories", "--text", text)
    assert refused.exit_code == 1
    assert "UTF-8" in refused.stderr


@pytest.mark.parametrize(
    ("name", "lm", "says"),
    [
        ("Bad Name", None, "not allowed"),
        ("stories", None, "already"),
        ("other", "/nonexistent", "no folder"),
        ("other", "empty", "neither headwater.json nor config.json"),
        ("other", "pickle", "never opened"),
    ],
)
def test_what_cannot_be_added_is_refused(run, stories, tmp_path, name, lm, says):
    folder = tmp_path if lm in ("empty", "pickle") else lm or stories
    if lm == "pickle":
        (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
        (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    result = run("models", "add", name, "--lm", folder)

    assert result.exit_code == 1
    assert says in result.stderr or "pickle" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_model_that_cannot_be_read_is_listed_with_the_reason(run, data):
    broken = data / "models" / "broken"
    broken.mkdir(parents=True)
    try:
        (broken / "headwater.json").write_text("{")
        told, found = run("models"), run("models", "list", "--json").json
    finally:
        (broken / "headwater.json").unlink()
        broken.rmdir()

    assert "broken cannot be used: " in told.stdout
    assert "broken" in found["broken"]


def test_a_model_of_token_ids_is_added_listed_and_checked(run):
    run("models", "add", "histogram", "--lm", CIRCUITS / "tracr" / "hist")

    listed = next(one for one in run("models", "list", "--json").json["models"] if one["name"] == "histogram")
    checked = run("models", "check", "histogram")

    assert listed["architecture"] == "HookedTransformer"
    assert listed["dictionary_sets"] == []
    assert checked.exit_code == 0
    assert "largest logit on token ids" in checked.stdout


def test_a_model_that_reads_no_text_says_so(run):
    run("models", "add", "neox", "--lm", CIRCUITS / "peers" / "sfc_neox" / "model")

    refused = run("trace", "once upon", "--model", "neox")

    assert refused.exit_code == 1
    assert "neox reads token ids only" in refused.stderr
