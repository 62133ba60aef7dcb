"""Documents that must agree with the code, and examples that must run."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from headwater.api.openapi import render
from headwater.errors import InvalidSetting
from headwater.settings import Settings, load_settings, render_docs

DOCS = Path(__file__).parents[3] / "docs"
METHODS = {"get", "post", "delete", "put", "patch"}


def test_the_committed_openapi_document_is_current() -> None:
    assert (DOCS / "openapi.json").read_text() == render(), (
        "run: cd backend && python -m headwater.api.openapi > ../docs/openapi.json"
    )


def test_the_committed_settings_page_is_current() -> None:
    assert (DOCS / "settings.md").read_text() == render_docs(), (
        "run: cd backend && python -m headwater.settings > ../docs/settings.md"
    )


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = json.loads(render())["paths"]
    return [
        (method, path, operation)
        for path, item in paths.items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_every_operation_is_described_and_declares_its_problems() -> None:
    for method, path, operation in operations():
        assert operation.get("description"), (method, path)
        assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)
        assert "422" not in operation["responses"], (method, path)


def test_every_operation_is_in_the_guide() -> None:
    guide = (DOCS / "api.md").read_text()
    for method, path, _ in operations():
        assert f"`{method.upper()} {path.removeprefix('/api/v1')}`" in guide, (method, path)


def test_every_setting_has_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.rstrip().endswith("."), name


def test_a_bad_setting_is_one_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_PORT", "many")

    with pytest.raises(InvalidSetting, match=r"HEADWATER_PORT \(port\) is 'many'"):
        load_settings()


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path))
    monkeypatch.setenv("HEADWATER_ALLOWED_HOSTS", "a.example, b.example")

    settings = load_settings(port=1)

    assert (settings.data, settings.allowed_hosts, settings.port) == (tmp_path, ("a.example", "b.example"), 1)


def test_the_guides_commands_run_as_written(ready: Any, tmp_path: Path) -> None:
    """Every ```sh block of docs/api.md in order, in one shell, against the running server."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / "api.md").read_text(), re.DOTALL)
    strict = 'curl() { command curl --fail-with-body --silent --show-error --max-time 60 "$@"; }'
    script = "\n".join(["set -euo pipefail", strict, *blocks])
    environment = {**os.environ, "HEADWATER": f"{ready.address}/api/v1", "MODEL": "stories"}

    command = ["/bin/bash", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert '"status":"done"' in done.stdout
    assert (tmp_path / "graph.npz").stat().st_size > 1000
