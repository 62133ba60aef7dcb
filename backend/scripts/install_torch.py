"""Puts the right torch into this virtual environment, before everything else.

Choice, first that applies: a torch already here and in range is kept; `TORCH=cpu` or
`TORCH=cuda` as the user says; otherwise the CPU build unless an NVIDIA driver is seen.
`TORCH_INDEX` names another package index for it (a mirror, a wheel house).
"""

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPU_VERSION = "2.13.0"  # the version the locks and the published numbers were made with
RANGE = "torch>=2.6,<2.16"


def installed() -> str | None:
    try:
        return version("torch")
    except PackageNotFoundError:
        return None


def in_range(found: str) -> bool:
    major, minor = (int(part) for part in found.split("+")[0].split(".")[:2])
    return (2, 6) <= (major, minor) < (2, 16)


def wanted() -> str:
    asked = os.environ.get("TORCH", "").lower()
    if asked in {"cpu", "cuda"}:
        return asked
    if asked:
        sys.exit(f"TORCH={asked} is not understood. Use TORCH=cpu or TORCH=cuda.")
    has_gpu = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi")
    return "cuda" if has_gpu else "cpu"


def attempts(build: str) -> list[list[str]]:
    """Commands to try in turn.

    CPU: first the wheel houses pip already knows (`--no-index`: their torch is the CPU
    build, and this fails at once where there is none), then uv, which knows where the CPU
    build lives without our naming it. Plain pip comes last: on Linux it brings about 3 GB
    of CUDA libraries, which work on a CPU but are not wanted there.
    """
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    if index := os.environ.get("TORCH_INDEX"):
        return [[*pip, "--index-url", index, RANGE]]
    if build == "cuda":
        return [[*uv, "--torch-backend=auto", RANGE], [*pip, RANGE]]
    pinned = f"torch=={CPU_VERSION}"
    return [[*pip, "--no-index", "--no-deps", pinned], [*uv, "--torch-backend=cpu", pinned], [*pip, pinned]]


def main() -> None:
    if (found := installed()) and in_range(found):
        sys.stdout.write(f"torch {found} is already here\n")
        return
    build = wanted()
    sys.stdout.write(f"Installing torch ({build} build)\n")
    for command in attempts(build):
        if subprocess.run(command, capture_output=True).returncode == 0:
            sys.stdout.write(f"torch {installed()} installed\n")
            return
    sys.exit("torch could not be installed. Set TORCH_INDEX to a package index that has it, and run again.")


if __name__ == "__main__":
    main()
