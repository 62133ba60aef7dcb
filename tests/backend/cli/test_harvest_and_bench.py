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
