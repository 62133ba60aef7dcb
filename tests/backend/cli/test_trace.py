import json
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import headwater.graph

PROMPT = "Once upon a time there was"
OURS = json.loads((Path(headwater.graph.__file__).parent / "schema.json").read_text())
THEIRS = json.loads((Path(__file__).parents[2] / "schemas" / "neuronpedia-graph.json").read_text())


def test_a_trace_says_what_it_found(run):
    result = run("trace", PROMPT)

    assert result.exit_code == 0
    assert "replacement 0." in result.stdout
    assert "Strongest paths" in result.stdout


def test_json_is_the_only_thing_on_stdout(run):
    result = run("trace", PROMPT, "--json")

    assert result.json["tokens"][0] == "<s>"
    assert result.json["model"] == "stories"
    assert 0 < result.json["replacement_score"] < 1
    assert result.json["view"]["nodes_shown"] < result.json["n_nodes"]
    assert result.json["provenance"]["residuals"]["max_relative_to_inputs"] < 1e-5
    assert result.stderr == ""


def test_all_three_files(run, tmp_path):
    ours, theirs, raw = (tmp_path / name for name in ("graph.json", "np.json", "graph.npz"))
    counts = run("trace", PROMPT, "--out", ours, "--json").json
    run("trace", PROMPT, "--out", theirs, "--format", "neuronpedia")
    run("trace", PROMPT, "--out", raw)

    document = json.loads(ours.read_text())
    jsonschema.Draft202012Validator(OURS).validate(document)
    assert document["prompt"] == PROMPT
    jsonschema.Draft7Validator(THEIRS).validate(json.loads(theirs.read_text()))
    with np.load(raw, allow_pickle=False) as arrays:
        silent = 5  # the peer's error nodes at the start token, one a layer
        assert arrays["adjacency"].shape == (counts["n_nodes"] + silent,) * 2
        assert np.count_nonzero(arrays["adjacency"]) == counts["n_edges"]
        assert arrays["kind"].tolist().count("logit") == len(arrays["logit_probabilities"])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_graph_may_go_to_standard_output(run):
    assert json.loads(run("trace", PROMPT, "--out", "-").stdout)["format"] == "headwater.graph"


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        (["--target", " a"], [" a"]),
        (["--target", " a", "--target", "#261"], [" a"]),
        (["--target", " the", "--target", " a"], [" the", " a"]),
        (["--target", " a", "--target-minus", " the"], [" a − "]),
    ],
)
def test_targets(run, options, labels):
    found = run("trace", PROMPT, *options, "--json").json["targets"]

    assert len(found) == len(labels)
    assert all(target["label"].startswith(label) for target, label in zip(found, labels, strict=True))


def test_a_feature_as_target(run, tmp_path):
    run("trace", PROMPT, "--out", tmp_path / "g.json")
    nodes = json.loads((tmp_path / "g.json").read_text())["nodes"]
    at = max(i for i, kind in enumerate(nodes["kind"]) if kind == "feature")
    layer, index, position = (nodes[name][at] for name in ("layer", "index", "position"))

    targets = run("trace", PROMPT, "--feature", f"{layer}:{index}@{position}", "--json").json["targets"]

    assert [target["node"] for target in targets] == [f"f{layer}.{index}.{position}"]


def test_a_cap_folds_features_into_errors(run):
    found = run("trace", PROMPT, "--max-features", 10, "--json").json

    assert found["n_features"] == 10
    assert found["provenance"]["features"]["folded_into_errors"] > 0


def test_the_prompt_may_come_from_standard_input(run):
    assert run("trace", "-", "--json", stdin=PROMPT + "\n").json["prompt"] == PROMPT


@pytest.mark.parametrize(
    ("arguments", "type", "says"),
    [
        (["   "], "invalid-prompt", "empty"),
        (["a\x07b"], "invalid-prompt", "U+0007"),
        (["word " * 20_000], "invalid-prompt", "32,000"),
        (["word " * 4_000], "prompt-too-long", "Shorten"),
        ([PROMPT, "--model", "nobody"], "unknown-model", "Models here: "),
        ([PROMPT, "--dictionaries", "nothing"], "unknown-dictionary", "stories.random"),
        ([PROMPT, "--target", "nosuchtoken"], "invalid-target", "tokens for stories"),
        ([PROMPT, "--target", "#99999"], "invalid-target", "511"),
        ([PROMPT, "--feature", "99:1@2"], "invalid-target", "layers 0 to 4"),
        ([PROMPT, "--position", "77"], "invalid-target", "positions 1 to"),
        ([PROMPT, "--node-threshold", "1.5"], "invalid-setting", "from 0 to 1"),
        ([PROMPT, "--edge-threshold", "nan"], "invalid-setting", "from 0 to 1"),
        ([PROMPT, "--max-features", "0"], "invalid-setting", "max_features is 0"),
        ([PROMPT, "--device", "abacus"], "invalid-setting", "abacus"),
        ([PROMPT, "--out", "/nonexistent/g.json"], "storage-unavailable", "Create it"),
        ([PROMPT, "--out", "/"], "storage-unavailable", "is a folder"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_1(run, arguments, type, says):
    told, machine = run("trace", *arguments), run("trace", *arguments, "--json")

    assert told.exit_code == machine.exit_code == 1
    assert says in told.stderr
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert machine.json["error"]["type"] == type
    assert machine.json["error"]["detail"] == told.stderr.rstrip("\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [PROMPT, "--feature", "3"],
        [PROMPT, "--feature", "3:1", "--target", "x"],
        [PROMPT, "--target-minus", "x"],
        [PROMPT, "--format", "pdf"],
        [PROMPT, "--max-features", "many"],
        [PROMPT, "--json", "--out", "-"],
        [PROMPT, "--colour", "red"],
    ],
)
def test_wrong_usage_is_status_2(run, arguments):
    result = run("trace", *arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are Unicode there")
def test_bytes_that_are_not_utf8_are_named(run):
    argument = run("trace", b"caf\xe9".decode("utf-8", "surrogateescape"))
    piped = run("trace", "-", stdin=b"caf\xe9")

    assert "byte 4 is 0xE9" in argument.stderr
    assert argument.stderr == piped.stderr
    assert argument.exit_code == piped.exit_code == 1


def test_emoji_are_fine(run):
    assert run("trace", "Once 🐈 upon", "--json").exit_code == 0


def test_a_full_disk_leaves_no_half_file(run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("headwater.graph.export.npz._write_adjacency", full)
    result = run("trace", PROMPT, "--out", tmp_path / "g.npz", "--json")

    assert result.exit_code == 1
    assert result.json["error"]["type"] == "storage-full"
    assert list(tmp_path.iterdir()) == []
