"""What can be checked of the container and set-up files without a container engine."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from headwater.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
HOST_NAME = re.compile(
    r"https?://(?!127\.0\.0\.1|localhost)[\w.-]*(pypi|pythonhosted|npmjs|pytorch|debian|nodesource)"
)


def test_every_copied_path_exists() -> None:
    copies = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M)
    sources = [path for line in copies for path in line.split()[:-1]]

    assert sources
    assert not [path for path in sources if not (ROOT / path).exists()]


def test_environment_variables_are_settings() -> None:
    service = COMPOSE["services"]["headwater"]
    named = {*service["environment"], *re.findall(r"\b(HEADWATER_\w+)=", DOCKERFILE)}

    assert named <= {f"HEADWATER_{field.upper()}" for field in Settings.model_fields}


def test_the_container_is_published_on_loopback_only() -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"]["headwater"]["ports"])


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "backend" / "requirements").glob("*.lock"):
        text = lock.read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]

        assert all(line.endswith("\\") for line in pins), lock
        assert "://" not in text, lock
    assert '"resolved"' not in (ROOT / "frontend" / "package-lock.json").read_text()


def our_files() -> Iterator[Path]:
    """Everything but what set-up makes."""
    made = {"node_modules", ".venv", ".parity-venv", "dist", ".corpus", ".git"}
    for folder, inside, names in os.walk(ROOT):
        inside[:] = [name for name in inside if name not in made]
        yield from (Path(folder, name) for name in names)


def test_no_registry_host_is_named() -> None:
    texts = {".py", ".ts", ".tsx", ".md", ".toml", ".yml", ".sh", ".in", ".json"}
    ours = [path for path in our_files() if path.suffix in texts]

    assert not [str(p) for p in ours if HOST_NAME.search(p.read_text(errors="ignore"))]


def test_make_lists_every_command_and_the_readme_names_the_two_that_matter() -> None:
    makefile, readme = (ROOT / "Makefile").read_text(), (ROOT / "README.md").read_text()
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.M)

    assert {"setup", "run", "test", "check", "bench", "dev"} <= set(targets)
    assert "make run" in readme
    assert "make test" in readme
    assert "make test" in (ROOT / ".ci" / "run").read_text()
