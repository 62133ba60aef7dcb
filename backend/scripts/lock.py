"""Rewrites requirements/*.lock: every package with hashes, no addresses, no torch.

torch and its CUDA libraries are left out because which build is right depends on the
machine (see install_torch.py). Run by `make lock`, from a checkout with a set-up .venv.
"""

import re
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
LEFT_OUT = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")


def lock(name: str) -> None:
    out = REQUIREMENTS / f"{name}.lock"
    compiled = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--python-version", "3.11",
         "--generate-hashes", "--no-header", "--no-annotate", "--quiet", str(REQUIREMENTS / f"{name}.in")],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    kept, keep = [], True
    for line in compiled.splitlines():
        if not line.startswith(" "):
            keep = not LEFT_OUT.match(line)
        if keep:
            kept.append(line)
    kept[-1] = kept[-1].removesuffix(" \\")
    out.write_text("\n".join(kept) + "\n")
    sys.stdout.write(f"{out.name}: {sum('==' in line for line in kept)} packages\n")


if __name__ == "__main__":
    for each in ("main", "dev"):
        lock(each)
