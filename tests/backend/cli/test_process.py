"""The real program, as a shell starts it."""

# every process is our own program

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from headwater.cli.app import app

PROGRAM = [sys.executable, "-m", "headwater"]


@pytest.fixture
def environment(data):
    return os.environ | {
        "HEADWATER_DATA": str(data),
        "HEADWATER_DEFAULT_MODEL": "stories",
        "OMP_NUM_THREADS": "1",
        "LC_ALL": "C",
    }


def start(arguments, environment, **more):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, env=environment, timeout=120, **more)


def test_help_names_every_command(environment):
    told = start(["--help"], environment).stdout.decode()

    for name in ("serve", "trace", "intervene", "models", "doctor", "harvest", "bench"):
        assert f"\n  {name} " in told


def test_version(environment):
    assert start(["--version"], environment).stdout.startswith(b"headwater 0.")


def test_no_arguments_show_the_help(environment):
    assert b"Usage:" in start([], environment).stderr + start([], environment).stdout


@pytest.mark.parametrize("module", ["torch", "fastapi", "pyarrow", "plotly", "rich", "pydantic"])
def test_help_imports_nothing_heavy(module, environment):
    told = f"import sys, headwater.cli.app; sys.exit({module!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", told], env=environment, check=False).returncode == 0


def test_raw_bytes_on_the_command_line(environment):
    done = start(["trace", b"caf\xe9 au lait"], environment)

    assert done.returncode == 1
    assert b"byte 4 is 0xE9" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_trace_from_a_pipe_in_a_plain_locale(environment):
    done = start(["trace", "-", "--json"], environment, input="Once upon a 🐈".encode())

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["prompt"] == "Once upon a 🐈"
    assert done.stderr == b""


def test_a_taken_port_is_told_before_anything_starts(environment, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = start(["serve", "--port", port, "--data", str(tmp_path / "new")], environment)

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr.decode()
    assert not (tmp_path / "new").exists()


def test_serve_prints_its_address_and_answers(environment, tmp_path):
    quiet = environment | {"HEADWATER_WORKER": "false", "HEADWATER_DATA": str(tmp_path)}
    server = subprocess.Popen([*PROGRAM, "serve", "--port", "0", "--json"], env=quiet, stdout=subprocess.PIPE)
    try:
        address = json.loads(server.stdout.readline())["address"]
        assert httpx.get(f"{address}/api/v1/health", timeout=10).json()["status"] == "ok"
    finally:
        server.terminate()
        server.wait(20)


def test_serve_imports_no_torch(environment):
    told = "import sys, headwater.cli.serve, headwater.api.app as api\nsys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", told], env=environment, check=False).returncode == 0


def test_every_command_takes_json_and_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
    for name, options in commands():
        assert f"headwater {name}" in page, name
        assert "--json" in options, name
        for option in options - {"--help", "-h"}:
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", page), f"{name} {option}"


def commands():
    """(name, its options) of every command, groups opened."""
    from typer.main import get_command

    def walk(command, path):
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, [*path, name])
        if path and not getattr(command, "commands", {}):
            yield " ".join(path), {option for p in command.params for option in p.opts if option[0] == "-"}

    yield from walk(get_command(app), [])
