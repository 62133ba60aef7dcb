"""`headwater circuit` and `headwater evaluate`, on models with known answers and on brook."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

import headwater.graph

DATA = Path(__file__).parents[2] / "data" / "circuits"
EAP_LN = DATA / "peers" / "eap_ln"
PEER = json.loads((EAP_LN / "peer_eap.json").read_text())["methods"]
D_MODEL = json.loads((EAP_LN / "config.json").read_text())["d_model"]
SCHEMA = json.loads((Path(headwater.graph.__file__).parent / "circuit_schema.json").read_text())
METHODS = {"eap": "EAP", "eap-ig-inputs": "EAP-IG-inputs", "eap-ig-activations": "EAP-IG-activations",
           "exact": "exact"}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_the_score_file_is_the_peers(run, tmp_path, method):
    out, expected = tmp_path / "scores.json", PEER[METHODS[method]]["scores"]

    result = run("circuit", EAP_LN / "data.json", "--model", EAP_LN, "--method", method, "--out", out)

    assert result.exit_code == 0, result.output
    document = json.loads(out.read_text())
    assert document["method"] == method
    assert set(document["scores"]) == set(expected)
    largest = max(map(abs, expected.values()))
    assert max(abs(document["scores"][edge] - expected[edge]) for edge in expected) < 1e-5 * largest


def test_a_circuit_is_evaluated_from_its_score_file(run, tmp_path):
    scores, curves = tmp_path / "scores.json", tmp_path / "curves.html"
    run("circuit", EAP_LN / "data.json", "--model", EAP_LN, "--method", "eap", "--out", scores)

    result = run(
        "evaluate", scores, "--task", EAP_LN / "data.json", "--model", EAP_LN, "--baselines", "random",
        "--figure", curves, "--json",
    )  # fmt: skip

    told = {(curve["name"], curve["ranking"]): curve for curve in result.json["curves"]}
    peer = PEER["EAP"]["mib"]
    for ranking, name in (("absolute", "abs"), ("signed", "signed")):
        ours = [point["faithfulness"] for point in told["circuit", ranking]["points"]]
        assert ours == pytest.approx(peer[name]["faithfulness"], abs=1e-4)
        assert told["circuit", ranking]["cpr"] == pytest.approx(peer[name]["CPR"], abs=1e-4)
        assert told["circuit", ranking]["cmd"] == pytest.approx(peer[name]["CMD"], abs=1e-4)
    assert ("random", "absolute") in told
    assert "counterfactual" in curves.read_text()


def test_other_files_of_the_same_circuit(run, tmp_path):
    for name, form in (("c.mib.json", "mib"), ("c.json", "headwater"), ("c.csv", None), ("c.graphml", None)):
        form_options = ["--format", form] if form else []
        result = run("circuit", EAP_LN / "data.json", "--model", EAP_LN, "--method", "eap", "--out",
                     tmp_path / name, *form_options)  # fmt: skip
        assert result.exit_code == 0, result.output

    jsonschema.validate(json.loads((tmp_path / "c.json").read_text()), SCHEMA)
    assert json.loads((tmp_path / "c.mib.json").read_text())["cfg"]["n_heads"] == 4
    scored = sum(score != 0 for score in PEER["EAP"]["scores"].values())
    assert (tmp_path / "c.csv").read_text().count("\n") == scored + 1
    assert "<graphml" in (tmp_path / "c.graphml").read_text()


@pytest.mark.parametrize("select", ["top", "greedy"])
def test_a_circuit_of_so_many_edges(run, tmp_path, select):
    """The numbers of edges that EAP-IG itself keeps, in every file."""
    sizes = dict(
        zip(PEER["EAP"]["mib"]["abs"]["percentages"], PEER["EAP"]["mib"]["abs"]["edges_kept"], strict=True)
    )
    found = {}
    for form in ("scores", "mib", "headwater", "csv", "graphml"):
        out = tmp_path / form
        options = ["--method", "eap", "--keep", "22", "--select", select, "--format", form, "--out", out]
        result = run("circuit", EAP_LN / "data.json", "--model", EAP_LN, *options, "--json")
        assert result.exit_code == 0, result.output
        selection = result.json["selection"]
        assert selection["edges_shown"] <= 22
        found[form] = (selection["nodes_shown"], selection["edges_shown"]), out.read_text()

    (nodes, edges), mib = found["mib"][0], json.loads(found["mib"][1])
    document = json.loads(found["headwater"][1])
    if select == "top":
        assert edges == sizes[0.2]
    jsonschema.validate(document, SCHEMA)
    assert {one for one, _ in found.values()} == {(nodes, edges)}
    assert sum(edge["in_graph"] for edge in mib["edges"].values()) == edges > 0
    assert len(mib["edges"]) == 110
    assert mib["cfg"] == {"n_layers": 2, "n_heads": 4, "parallel_attn_mlp": False, "d_model": D_MODEL}
    assert len(json.loads(found["scores"][1])["scores"]) == edges
    assert len(document["nodes"]["name"]) == nodes
    assert len(document["edges"]["weight"]) == edges
    assert found["csv"][1].count("\n") == edges + 1
    assert found["graphml"][1].count("<edge ") == edges
    assert "were selected" in document["methods_text"]


def test_the_report_says_how_large_the_circuit_is(run):
    options = ["--model", EAP_LN, "--method", "eap"]

    few = run("circuit", EAP_LN / "data.json", *options, "--keep", "1")
    some = run("circuit", EAP_LN / "data.json", *options, "--keep", "22")

    assert "Selected: 1 node, 0 edges. No edge among so few" in few.output
    assert re.search(r"Selected: \d+ nodes, \d+ edges\.", some.output)


def test_a_behaviour_that_the_model_does_not_have_is_told_first(run, tmp_path):
    pair = {"clean_prefix": "Once upon a", "patch_prefix": "Once upon the", "clean_answer": " the"}
    task = tmp_path / "never.jsonl"
    task.write_text("\n".join(json.dumps({**pair, "patch_answer": answer}) for answer in (" time", " day")))

    told = run("circuit", task, "--model", "brook", "--method", "eap")
    as_json = run("circuit", task, "--model", "brook", "--method", "eap", "--json").json

    assert told.output.startswith("Warning: The model prefers the clean answer on 0 of the 2 examples")
    assert as_json["accuracy"] == 0
    assert "better than chance" in as_json["warning"]


def test_a_feature_circuit_of_brook_and_its_faithfulness(run, tmp_path):
    out = tmp_path / "circuit.json"

    found = run(
        "circuit", "agreement_simple", "--model", "brook", "--examples", "8", "--steps", "4",
        "--max-nodes", "20", "-d", "resid=resid", "-d", "mlp=mlp-out", "--split", "evaluation", "--out", out,
        "--json",
    )  # fmt: skip
    result = run("evaluate", out, "--task", "agreement_simple", "--model", "brook", "--examples", "8",
                 "--baselines", "none", "--sizes", "0,50,20000", "--json")  # fmt: skip

    assert found.exit_code == 0, found.output
    document = json.loads(out.read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["dictionaries"] == {"mlp": "brook.mlp-out", "resid": "brook.resid"}
    assert "4 steps" in found.json["methods_text"]
    assert result.exit_code == 0, result.output
    absolute = next(curve for curve in result.json["curves"] if curve["ranking"] == "absolute")
    assert absolute["points"][0]["faithfulness"] == pytest.approx(0, abs=1e-3)
    assert absolute["points"][-1]["faithfulness"] == pytest.approx(1, abs=1e-3)


def test_what_makes_one_feature_fire(run):
    found = run("circuit", "agreement_simple", "--model", "brook", "--examples", "4", "--steps", "2",
                "--max-nodes", "5", "--metric", "resid:1:668", "--json")  # fmt: skip

    assert found.exit_code == 0, found.output
    assert found.json["method"]["metric"] == {"kind": "feature", "site": "resid", "layer": 1, "index": 668}
    layers = {node["layer"] for node in found.json["nodes"] if node["kind"] != "logit"}
    assert max(layers) <= 1  # nothing behind the feature is in its circuit


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["circuit", "nonsense", "--model", "brook"], 1, "no task and no file"),
        (["circuit", "sums", "--model", "brook", "--method", "magic"], 2, "There is no method 'magic'"),
        (["circuit", "sums", "--model", "brook", "--method", "eap", "--steps", "3"], 2, "eap has no --steps"),
        (["circuit", "sums", "--model", "brook", "--steps", "0"], 2, "--steps"),
        (["circuit", "sums", "--model", "brook", "--select", "greedy"], 2, "give --keep a number"),
        (["circuit", "sums", "--model", "brook", "--keep", "0"], 2, "--keep"),
        (["circuit", "sums", "--model", "brook", "-d", "resid"], 2, "write SITE=SET"),
        (["circuit", "sums", "--model", "brook", "-d", "resid=attn"], 1, "not at resid"),
        (["circuit", "sums", "--model", "brook", "--format", "mib"], 2, "heads and MLPs"),
        (["circuit", "sums", "--model", "brook", "--positions", "separate"], 1, "tokens long"),
        (["circuit", str(EAP_LN / "data.json"), "-m", str(EAP_LN), "--method", "sfc"], 1, "dictionaries"),
        (["evaluate", "missing.json", "--task", "sums", "--model", "brook"], 1, "cannot be read"),
        (["evaluate", str(EAP_LN / "config.json"), "--task", "sums", "--model", "brook"], 1, "circuit file"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_sentence(run, arguments, status, said):
    result = run(*arguments)

    assert result.exit_code == status, result.output
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
