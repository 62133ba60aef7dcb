"""The README is true: its commands and its Python run as written, and what it links to is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BROOK = ROOT / "backend" / "headwater" / "bundled" / "brook"
STAND_INS = {"path/to/hf-folder": BROOK / "lm", "path/to/transcoders": BROOK / "dictionaries" / "transcoders"}


def block(section: str, language: str) -> str:
    """The code of that language in a section."""
    body = README.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(rf"```{language}\n(.*?)```", body, re.DOTALL)
    assert found, f"no {language} block in {section}"
    return "\n".join(found)


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """A user's environment: no network for models, a data folder of its own."""
    return {**os.environ, "HEADWATER_DATA": str(tmp_path / "data"), "HF_HUB_OFFLINE": "1"}


def shell(commands: str, folder: Path, environment: dict[str, str]) -> str:
    """As a reader types them, from the top of a checkout; `.venv/bin/headwater` is the one under test."""
    program = f'"{sys.executable}" -m headwater'
    script = "set -euo pipefail\n" + commands.replace(".venv/bin/headwater", program)
    for path, real in STAND_INS.items():
        script = script.replace(path, f'"{real}"')
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "Traceback" not in done.stderr
    return done.stdout


def test_the_commands_of_the_command_line(tmp_path: Path, elsewhere: dict[str, str]) -> None:
    told = shell(block("From the command line", "sh"), tmp_path, elsewhere)

    assert "Explains    ' Mary'" in told
    assert "\nbrook " in told
    assert "Everything holds." in told
    assert (tmp_path / "graph.json").read_text().startswith('{"format": "headwater.graph"')


def test_the_commands_for_a_model_of_ones_own(tmp_path: Path, elsewhere: dict[str, str]) -> None:
    told = shell(block("Your own model and dictionaries", "sh"), tmp_path, elsewhere)

    assert "Added mine with mine.transcoders" in told
    assert re.search(r"^mine\.transcoders\.0 .* ok$", told, re.MULTILINE)
    assert "broken" not in told


def test_the_python_of_the_readme(
    tmp_path: Path, elsewhere: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DATA", elsewhere["HEADWATER_DATA"])
    *lines, last = block("From Python", "python").strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(lines), names)  # noqa: S102  # our own README

    change = eval(last, names)  # noqa: S307  # likewise

    assert isinstance(change, float)
    assert change != 0
    graph = names["graph"]
    assert "Mary" in graph.prompt  # type: ignore[attr-defined]
    assert len(graph.prune(node_threshold=0.8, edge_threshold=0.98).top_paths(5)) == 5  # type: ignore[attr-defined]


def test_what_the_readme_links_to_is_there() -> None:
    links = set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README))

    assert {link for link in links if not (ROOT / link).exists()} == set()


def test_the_settings_named_in_the_readme_exist() -> None:
    from headwater.settings import Settings

    named = set(re.findall(r"HEADWATER_([A-Z_]+)", README))

    assert {name.lower() for name in named} <= set(Settings.model_fields)
