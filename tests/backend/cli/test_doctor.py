import os

import pytest


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
    import shutil

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
