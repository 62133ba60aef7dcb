"""The import table of ARCHITECTURE.md, held by reading every import in the package."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "backend" / "headwater"
DOCUMENT = (PACKAGE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
IN_THEIR_FOLDER = {"app.py", "harvest.py", "tasks.py", "worker.py"}
"""Files that the document names beside their folder."""

CORE = {
    "lm", "dictionaries", "tasks", "attribution", "graph", "interventions", "evaluation", "features",
    "figures",
}  # fmt: skip
MAY_READ = {
    "errors": set(),
    "settings": {"errors"},
    "lm": {"errors", "settings"},
    "dictionaries": {"errors", "settings", "lm"},
    "tasks": {"errors", "settings", "lm"},
    "graph": {"errors", "settings"},
    "attribution": {"errors", "settings", "lm", "dictionaries", "tasks", "graph"},
    "interventions": {"errors", "settings", "lm", "dictionaries", "attribution", "graph"},
    "evaluation": {"errors", "settings", "lm", "dictionaries", "tasks", "attribution", "graph"},
    "features": {"errors", "settings", "lm", "dictionaries", "graph"},
    "figures": {"errors", "settings", "graph", "features", "interventions", "evaluation"},
    "store": {"errors", "settings", "graph"},
    "jobs": {"errors", "settings", "store", *CORE},
    "api": {"errors", "settings", "store", "jobs", *CORE},
    "notebook": {"errors", "settings", *CORE},
    "cli": {"errors", "settings", "store", "jobs", "api", "notebook", *CORE},
}
TORCH_FREE = {"errors", "settings", "tasks", "graph", "figures", "store", "api"}
WEB, SQL = {"fastapi", "starlette", "uvicorn"}, {"sqlalchemy", "alembic"}
NO_WEB = {*CORE, "store", "notebook"}
NO_SQL = {*CORE, "notebook", "api", "cli"}


def files_of(part: str) -> list[Path]:
    folder = PACKAGE / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{part}.py"]


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def parts_read(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("headwater.")} - {"__version__"}


@pytest.mark.parametrize("part", MAY_READ)
def test_a_part_imports_only_what_the_table_allows(part: str) -> None:
    wrong = {
        str(path.relative_to(PACKAGE)): extra
        for path in files_of(part)
        if (extra := parts_read(path) - MAY_READ[part] - {part})
    }
    assert not wrong


def test_the_table_of_the_document_is_this_one() -> None:
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|[^|]*\|([^|]*)\|", DOCUMENT, re.MULTILINE)
    told = {part: set(re.findall(r"\w+", allowed)) | {"errors", "settings"} for part, allowed in rows}

    assert told == {part: MAY_READ[part] for part in set(MAY_READ) - {"errors", "settings"}}


def test_every_file_that_the_document_names_is_there() -> None:
    root = PACKAGE.parents[1]
    page = root / "frontend" / "src"
    places = (root, page, PACKAGE, PACKAGE.parent, PACKAGE / "attribution" / "linear")
    named = set(re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|ts|tsx))\b", DOCUMENT))

    missing = {name for name in named if not any((place / name).exists() for place in places)}

    assert missing <= IN_THEIR_FOLDER


def test_every_part_is_in_the_table() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    found = modules | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert found - {"__init__", "__main__"} == set(MAY_READ)


@pytest.mark.parametrize(
    ("parts", "libraries"),
    [(TORCH_FREE, {"torch", "transformer_lens", "transformers"}), (NO_WEB, WEB), (NO_SQL, SQL),
     (set(MAY_READ) - {"lm"}, {"transformer_lens"})],
    ids=["torch", "web", "sql", "transformer_lens"],
)  # fmt: skip
def test_libraries_stay_in_their_layer(parts: set[str], libraries: set[str]) -> None:
    wrong = {
        str(path.relative_to(PACKAGE)): found
        for part in parts
        for path in files_of(part)
        if (found := {name.split(".")[0] for name in imports(path)} & libraries)
    }
    assert not wrong


def test_the_api_process_imports_no_torch() -> None:
    program = (
        "import sys; from headwater.api.app import create_app; from headwater.settings import Settings; "
        "import tempfile; create_app(Settings(data=tempfile.mkdtemp())); "
        "print([m for m in ('torch', 'transformers', 'transformer_lens') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_nothing_unpickles_or_runs_remote_code() -> None:
    forbidden = ("torch.load(", "pickle.load", "allow_pickle=True", "trust_remote_code=True", "shell=True")
    wrong = {
        (str(path.relative_to(PACKAGE)), word)
        for path in PACKAGE.rglob("*.py")
        for word in forbidden
        if word in path.read_text()
    }
    assert not wrong
