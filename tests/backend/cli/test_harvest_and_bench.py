import pytest


def test_a_harvest_is_written(run, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("Once upon a time there was a little girl. She had a cat. " * 60)
    found = run("harvest", "--corpus", text, "--out", tmp_path / "features", "--json")

    assert found.exit_code == 0, found.stderr
    assert found.json["bytes"] > 0
    assert (tmp_path / "features").is_dir()


@pytest.mark.parametrize(
    ("content", "says"), [(b"caf\xe9" * 100, "UTF-8"), (b"too short", "shorter than one row")]
)
def test_text_that_cannot_be_used(run, tmp_path, content, says):
    text = tmp_path / "text.txt"
    text.write_bytes(content)
    result = run("harvest", "--corpus", text, "--out", tmp_path / "features")

    assert result.exit_code == 1
    assert says in result.stderr


def test_the_quick_benchmark(run):
    found = run("bench", "--quick", "--json").json

    assert found["edges"] > 0
    assert found["steps"]["trace"]["cpu_ms"] > 0


def test_the_quick_benchmark_has_no_other_options(run):
    assert run("bench", "--quick", "--turbo").exit_code == 2


def test_a_checkouts_scripts_are_run(run, tmp_path, monkeypatch):
    scripts = tmp_path / "bench"
    scripts.mkdir()
    (scripts / "__init__.py").write_text("")
    (scripts / "parts.py").write_text("raise SystemExit('no script')")
    (scripts / "speed.py").write_text(
        'import sys\nif __name__ == "__main__":\n    open(sys.argv[1], "w").write("ran")\n    sys.exit(3)\n'
    )
    monkeypatch.setattr("headwater.cli.bench.SCRIPTS", scripts)
    result = run("bench", tmp_path / "out")

    assert (tmp_path / "out").read_text() == "ran"
    assert result.exit_code == 1
