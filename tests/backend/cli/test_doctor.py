import json
import math
import os
import shutil
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel

from headwater.attribution.components.graph import EdgeUniverse
from headwater.cli.circuit_checks import edge_count
from headwater.cli.known_checks import COMPILED, NAMES, greater_than, indirect_object, mean_metric
from headwater.cli.verdict import below
from headwater.lm.model import load_model
from headwater.lm.registry import list_models, open_model


def test_the_laws_hold_on_a_strangers_model(run):
    result = run("doctor", "--json")

    assert result.exit_code == 0
    assert result.json["passed"]
    figures = {
        check["what"].split(" (")[0].split(",")[0]: check for check in result.json["models"][0]["checks"]
    }
    for what in (
        "splice identity",
        "row completeness",
        "influence that does not reach the bottom",
        "direct interventions against edges",
    ):
        assert figures[what]["passed"], what
        assert figures[what]["figure"] < 1e-4
    assert result.json["environment"]["packages"]["torch"]


def test_people_read_verdicts(run):
    told = run("doctor").stdout

    assert "Everything holds." in told
    assert "ok" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_data_folder_is_found(run, tmp_path):
    tmp_path.chmod(0o500)
    result = run("doctor", "--model", "stories", "--data", tmp_path / "new", "--json")

    assert result.exit_code == 1


def test_a_data_folder_that_is_no_folder_is_found(run, tmp_path, stories, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path / "file" / "data"))
    result = run("doctor", "--model", stories, "--json")

    assert result.exit_code == 1


def test_a_model_that_does_not_exist(run):
    result = run("doctor", "--model", "nobody", "--json")

    assert result.exit_code == 1
    assert result.json["error"]["type"] == "unknown-model"


def test_dashboards_of_other_dictionaries_are_found(run, data, tmp_path):
    from headwater.lm.registry import BUNDLED

    folder = data / "models" / "stories"
    described = (folder / "headwater.json").read_text()
    shutil.copytree(BUNDLED / "brook" / "features", tmp_path / "features")
    (folder / "headwater.json").write_text(described.replace("null", f'"{tmp_path}/features"'))
    try:
        found = run("doctor", "--json").json["models"][0]["checks"]
    finally:
        (folder / "headwater.json").write_text(described)

    dashboards = next(check for check in found if check["what"] == "dashboards")
    assert dashboards["verdict"] == "FAILED"
    assert "brook.transcoders.0" in dashboards["figure"]


CIRCUITS = Path(__file__).parents[2] / "data" / "circuits"
LAWS = {  # METHODS.md 16.3, by item: how its line begins
    1: "all sites rebuilt of features and errors",
    2: "all nodes in",
    3: "one left step of integrated gradients",
    4: "EAP edges of a node",
    5: "EAP-IG (10) has the sign",
    6: "number of edges",
    7: "row completeness",
    8: "pairs of",
    9: "singular vectors",
    10: "hierarchical attribution of a toy",
    11: "sources and heads sum",
    12: "edges into a feature",
    13: "AUROC of exact patching",
    14: "indirect object",
}


def checks_of(result):
    return {check["what"]: check for check in result.json["models"][0]["checks"]}


def line(checks, beginning):
    return next(check for what, check in checks.items() if what.startswith(beginning))


def test_every_self_check_is_a_line_and_holds_on_the_bundled_model(run):
    result = run("doctor", "--model", "brook", "--json")

    assert result.exit_code == 0
    checks = checks_of(result)
    for beginning in LAWS.values():
        assert line(checks, beginning)["verdict"] == "ok"
    for what in ("all edges in", "all edges out", "all nodes in", "all nodes out", "exact patching against"):
        assert line(checks, what)["figure"] < 1e-5
    assert line(checks, "completeness residual")["figure"] < 0.5
    assert line(checks, "EAP-IG (10) has the sign")["figure"] > 0.95
    assert line(checks, "pairs of")["what"].startswith("pairs of features")
    assert line(checks, "indirect object")["limit"] == "not applicable"


@pytest.mark.parametrize("folder", ["tracr/xproportion", "hooked/parallel-rotary", "peers/sfc_neox/model"])
def test_models_without_words_and_dictionaries_are_held_to_what_applies(run, folder):
    result = run("doctor", "--model", CIRCUITS / folder, "--json")

    assert result.exit_code == 0
    checks = checks_of(result)
    assert line(checks, "edges into a feature")["figure"] == "no dictionaries"
    assert line(checks, "sources and heads")["figure"].startswith("no dictionaries")
    for what in ("all edges in", "all edges out", "EAP edges of a node", "pairs of", "singular vectors"):
        assert line(checks, what)["figure"] < 1e-5
    assert line(checks, "AUROC")["figure"] == 1


def test_a_circuit_that_is_not_found_again_fails(run, tmp_path, monkeypatch):
    shutil.copytree(COMPILED, tmp_path / "program")
    (tmp_path / "program" / "circuit.json").write_text('{"edges": ["input->a0.h0<q>"]}')
    monkeypatch.setattr("headwater.cli.known_checks.COMPILED", tmp_path / "program")

    result = run("doctor", "--model", CIRCUITS / "hooked" / "parallel-rotary", "--json")

    assert result.exit_code == 1
    assert line(checks_of(result), "AUROC")["verdict"] == "FAILED"


def test_the_known_program_is_that_of_the_tests_and_no_model_to_choose():
    truth = json.loads((CIRCUITS / "tracr" / "xproportion" / "groundtruth.json").read_text())
    causal = {
        edge["name"].replace("tok_embed", "input") for edge in truth["edges"] if edge["causal_resample"]
    }

    assert set(json.loads((COMPILED / "circuit.json").read_text())["edges"]) == causal
    weights = "model.safetensors"
    assert (COMPILED / weights).read_bytes() == (CIRCUITS / "tracr" / "xproportion" / weights).read_bytes()
    assert not {"known", "xproportion"} & {entry.name for entry in list_models(None)}


def test_edges_are_counted_as_the_formula_does():
    assert edge_count(12, 12, parallel=False) == 32_491
    assert edge_count(24, 16, parallel=False) == 231_877
    assert edge_count(3, 2, parallel=True) == EdgeUniverse(3, 2, parallel=True).n_edges


def test_figures_that_are_not_finite_fail_and_can_be_told():
    broken = below("circuits", "a sum", math.nan, 1e-5)

    assert broken.verdict == "FAILED"
    assert json.loads(json.dumps(broken.as_json(), allow_nan=False))["figure"] == "nan"


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """A tiny random GPT-2 whose tokens are, as GPT-2's, names with their space and years in two halves."""
    folder = tmp_path_factory.mktemp("years")
    rust = Tokenizer(models.BPE())
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rust.decoder = decoders.ByteLevel()
    words = [f" {century}" for century in range(14, 19)] * 30 + [f"{year:02}" for year in range(100)] * 5
    text = [*words, *(f" {name}" for name in NAMES[:5]), "When went the to gave and shop park bag ball"]
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<start>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    rust.train_from_iterator(text, trainer)
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=rust.get_vocab_size(), n_embd=16, n_layer=1, n_head=2, n_positions=64, bos_token_id=0
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    rust.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<start>"}')
    return load_model(open_model(folder))


def test_indirect_objects_are_names_of_one_token(years):
    task = indirect_object(years.tokenizer)

    assert len(task.examples) == 20  # pairs of the five names that are one token
    for example in task.examples:
        [readout] = example.readouts
        assert example.clean.count(readout.wrong) == 2
        assert example.clean.count(readout.correct) == 1
        assert readout.position == len(example.clean) - 1


def test_later_years_weigh_for_and_others_against(years):
    task = greater_than(years.tokenizer)

    assert len(task.examples) > 5
    for example in task.examples:
        start = next(
            n for n, id in enumerate(example.clean) if years.tokenizer.tokens([id])[0].strip().isdigit()
        )
        year = int(years.tokenizer.tokens([example.clean[start + 1]])[0])
        weights = {int(years.tokenizer.tokens([r.correct])[0]): r.weight for r in example.readouts}
        assert all(weight == (1 if later > year else -1) for later, weight in weights.items())


def test_probabilities_are_summed_over_all_years(years):
    task = greater_than(years.tokenizer)
    expected = []
    for example in task.examples:
        probability = years.logits(list(example.clean))[-1].softmax(-1)
        expected.append(sum(r.weight * float(probability[r.correct]) for r in example.readouts))

    assert mean_metric(years, task, probability=True) == pytest.approx(
        sum(expected) / len(expected), abs=1e-6
    )
