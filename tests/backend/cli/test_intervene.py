import json

import pytest

PROMPT = "Once upon a time there was"


@pytest.fixture(scope="module")
def feature():
    """Filled by the first test that needs it: (layer, index, position) of an active feature."""
    return {}


@pytest.fixture
def active(run, feature, tmp_path):
    if not feature:
        run("trace", PROMPT, "--out", tmp_path / "g.json")
        document = json.loads((tmp_path / "g.json").read_text())
        nodes = document["nodes"]
        at = next(i for i, kind in enumerate(nodes["kind"]) if kind == "feature")
        feature.update(
            name=f"{nodes['layer'][at]}:{nodes['index'][at]}@{nodes['position'][at]}",
            activation=nodes["activation"][at],
        )
    return feature


def test_a_table_for_people(run, active):
    result = run("intervene", PROMPT, "--ablate", active["name"])

    assert result.exit_code == 0
    assert result.stdout.startswith("next token")
    assert "(set)" in result.stdout


def test_switching_off_is_setting_to_zero_is_scaling_by_zero(run, active):
    answers = [
        run("intervene", PROMPT, f"--{mode}", active["name"] + value, "--json").json["tokens"]
        for mode, value in (("ablate", ""), ("set", "=0"), ("scale", "=0"))
    ]
    assert answers[0] == answers[1] == answers[2]


def test_its_own_value_changes_nothing(run, active):
    found = run("intervene", PROMPT, "--scale", active["name"] + "=1", "--json").json

    assert found["kl"] == pytest.approx(0, abs=1e-6)
    assert found["correlation"] is None


def test_direct_effects_are_what_the_graph_foretells(run, active):
    found = run("intervene", PROMPT, "--ablate", active["name"], "--direct", "--json").json

    for token in found["tokens"]:
        assert token["measured_change"] == pytest.approx(token["predicted_change"], abs=1e-4)


def test_positions_may_be_all_several_or_from_the_end(run):
    for positions, expected in (("all", "all"), ("1,3,3", [1, 3]), ("-1,2", [2, 6])):
        found = run("intervene", PROMPT, "--set", f"0:1@{positions}=2", "--json").json
        assert found["plan"]["interventions"][0]["positions"] == expected


def test_a_dictionary_may_be_named(run):
    for site in ("0", "random.0", "stories.random.0"):
        assert run("intervene", PROMPT, "--ablate", f"{site}:1@1", "--json").exit_code == 0


def test_a_token_may_be_asked_for(run, active):
    found = run("intervene", PROMPT, "--ablate", active["name"], "--target", "#300", "--json").json

    assert 300 in [token["id"] for token in found["tokens"]]


def test_result_and_figures_are_written(run, active, tmp_path):
    out, page = tmp_path / "i.json", tmp_path / "i.html"
    given = run(
        "intervene", PROMPT, "--ablate", active["name"], "--out", out, "--figure", page, "--dark", "--json"
    ).json

    assert json.loads(out.read_text()) == given
    assert page.read_text().count("plotly.js v") == 1
    assert "#14171b" in page.read_text()


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ([], 2, "Nothing to change"),
        (["--ablate", "3"], 2, "--ablate 3:17@5"),
        (["--ablate", "3:1@2=4"], 2, "cannot be read"),
        (["--set", "3:1@2"], 2, "=VALUE"),
        (["--set", "3:1@2=nan"], 2, "not a number"),
        (["--set", "3:1@2=inf"], 2, "not a number"),
        (["--ablate", "3:1@99"], 1, "positions 0 to 6"),
        (["--ablate", "3:9999@2"], 1, "no feature 9999"),
        (["--ablate", "7:1@2"], 1, "no dictionary at layer 7"),
        (["--ablate", "other.3:1@2"], 1, "'stories.random' are in use"),
        (["--ablate", "3:1@2", "--set", "3:1@2=4"], 1, "two values"),
        (["--ablate", "3:1@2", "--target", "#9999"], 1, "9999"),
        (["--ablate", "3:1@2", "--out", "/nonexistent/x"], 1, "Create it"),
    ],
)
def test_mistakes_are_told(run, change, status, says):
    result = run("intervene", PROMPT, *change)

    assert result.exit_code == status
    assert says in result.stderr
    assert result.stdout == ""
