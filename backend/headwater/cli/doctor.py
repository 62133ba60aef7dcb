"""`headwater doctor`: is this installation sound?"""

import os
import platform
import shutil
import tempfile
from importlib import metadata
from typing import TYPE_CHECKING, Annotated, Any

import typer

import headwater
from headwater.cli.options import Data, Device, Json, Model, read_settings
from headwater.cli.output import Output, answering

if TYPE_CHECKING:
    from headwater.settings import Settings

PACKAGES = (
    "torch",
    "transformer-lens",
    "transformers",
    "tokenizers",
    "safetensors",
    "numpy",
    "pyarrow",
    "fastapi",
)
FREE_BYTES = 256 * 2**20
"""Less free space than this on the data folder's disk is worth a warning."""


def doctor(
    model: Model = None,
    all_: Annotated[bool, typer.Option("--all", help="Check every installed model.")] = False,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check the installation and the laws that tracing and circuits rest on, each with figure and verdict.

    Splice identity, completeness of every row, direct interventions, sums of edges, nodes and attention,
    circuits that are known, fingerprints. Exit status 1 when something does not hold.
    """
    with answering(as_json) as output:
        settings = read_settings(data=data, device=device)
        environment = describe_environment(settings)
        _say_environment(output, environment)
        found = check_models(settings, model, output, every=all_)
        passed = environment["data"]["writable"] and all(c["passed"] for m in found for c in m["checks"])
        output.give({"passed": passed, "environment": environment, "models": found})
        output.say("Everything holds." if passed else "Something does not hold: see FAILED above.")
    if not passed:
        raise typer.Exit(1)


def describe_environment(settings: "Settings") -> dict[str, Any]:
    import psutil

    return {
        "headwater": headwater.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cpus": os.cpu_count(),
        "memory_free_mib": psutil.virtual_memory().available // 2**20,
        "device": settings.device,
        "data": _data_folder(settings),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _data_folder(settings: "Settings") -> dict[str, Any]:
    """Writable is tried, not guessed. A folder that does not exist yet is not left behind."""
    folder, existing = settings.data, settings.data
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            writable, reason = True, ""
    except OSError as error:
        writable, reason = False, error.strerror or str(error)
    free = shutil.disk_usage(existing).free
    return {"folder": str(folder), "writable": writable, "reason": reason, "free_mib": free // 2**20}


def _say_environment(output: Output, environment: dict[str, Any]) -> None:
    data = environment["data"]
    output.say(
        f"headwater {environment['headwater']}, Python {environment['python']}, {environment['platform']}"
    )
    output.say(
        ", ".join(f"{name} {version or 'MISSING'}" for name, version in environment["packages"].items())
    )
    output.say(
        f"{environment['cpus']} CPUs, {environment['memory_free_mib']:,} MiB free, "
        f"device {environment['device']}"
    )
    state = "writable" if data["writable"] else f"FAILED: {data['reason']}. Choose another with --data"
    low = "; little space is left" if data["free_mib"] * 2**20 < FREE_BYTES else ""
    output.say(f"Data folder {data['folder']}: {state}, {data['free_mib']:,} MiB free{low}")


def check_models(
    settings: "Settings", model: str | None, output: Output, *, every: bool
) -> list[dict[str, Any]]:
    from headwater.cli.session import find
    from headwater.lm.registry import list_models

    entries = list_models(settings) if every else [find(settings, model)]
    found = []
    for entry in entries:
        from headwater.cli.checks import model_checks

        with output.progress() as progress:
            checks = model_checks(entry, settings.device, progress)
        output.say()
        output.table(["", "check", "figure", "limit", ""], [one.as_row() for one in checks])
        found.append({"model": entry.name, "checks": [one.as_json() for one in checks]})
    return found
