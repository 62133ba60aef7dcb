"""`make parity`: rebuild the goldens with circuit-tracer 0.5.0, and compare on larger models too.

circuit-tracer needs older transformers than we do, so it runs in `.parity-venv`, made here from
backend/requirements/parity-circuit-tracer.txt. `--compare` only measures, and writes no golden.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headwater.attribution.linear.tracing import RANKING_EVERY, trace
from headwater.attribution.methods import LinearTracing
from headwater.dictionaries.load import load_set
from headwater.graph.graph import Graph
from headwater.lm.model import load_model
from headwater.lm.registry import find_model
from parity.compare import Difference, Peer, compare

ROOT = Path(__file__).parents[2]
GOLDENS = ROOT / "tests/goldens"
PEER_VENV = ROOT / ".parity-venv"
REQUIREMENTS = ROOT / "backend/requirements/parity-circuit-tracer.txt"
SCRIPT = Path(__file__).with_name("circuit_tracer_peer.py")
TOLERANCE = 1e-4
"""Of the largest edge."""

SMALL = "--layers 3 --d-model 32 --width 96 --l0 6 --tokens 10 --vocab 64"


@dataclass(frozen=True)
class Case:
    """`make` and `run` are options of circuit_tracer_peer.py; `cap` is the most features explained."""

    name: str
    make: str
    cap: int | None = None

    @property
    def run(self) -> list[str]:
        # A quarter of what we rank at once: the peer ranks every 4 batches.
        return ["--batch-size", str(RANKING_EVERY // 4), "--max-feature-nodes", str(self.cap or 0)]


CASES = [
    Case("llama", f"--arch llama --seed 0 {SMALL}"),
    Case("llama-grouped", f"--arch llama --seed 1 --kv-heads 2 {SMALL}"),
    Case("llama-skip", f"--arch llama --seed 2 --skip {SMALL}"),
    Case("gpt2", f"--arch gpt2 --seed 3 {SMALL}"),
    Case("gpt2-skip", f"--arch gpt2 --seed 4 --skip {SMALL}"),
]
"""Kept in tests/goldens."""

MORE = [
    Case(
        f"{arch}-{10 + i}{'-skip' * skip}", f"--arch {arch} --seed {10 + i} --kv-heads {kv}{' --skip' * skip}"
    )
    for arch, kvs in (("llama", (0, 2, 1)), ("gpt2", (0,)))
    for i, kv in enumerate((*kvs, *kvs)[:4], start=10)
    for skip in (False, True)
] + [
    Case("llama-capped", "--arch llama --seed 20 --layers 5", cap=600),
    Case("gpt2-capped", "--arch gpt2 --seed 21 --layers 5", cap=600),
]
"""4 layers, 1,024 features, about 1,200 active: built in a temporary folder, compared, thrown away."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--compare", action="store_true", help="leave the goldens as they are")
    only_compare = parser.parse_args().compare
    python = peer_python()
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for case in [*CASES, *MORE]:
            golden = GOLDENS / case.name
            if only_compare and case in CASES:
                folder = golden
            else:
                folder = Path(scratch) / case.name
                build(python, case, folder)
            difference, selection = measure(folder, case)
            failed |= difference.largest > TOLERANCE or bool(difference.missing and not case.cap)
            print(report(case, difference, selection), flush=True)  # noqa: T201  # its output
            if folder != golden and case in CASES:
                keep(folder, golden)
    sys.exit(f"Some edge differs by more than {TOLERANCE} of the largest." if failed else 0)


def peer_python() -> Path:
    """The interpreter with circuit-tracer, installed on first use."""
    python = PEER_VENV / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER_VENV], check=True)  # noqa: S603  # our own arguments
    ready = subprocess.run([python, "-c", "import circuit_tracer"], capture_output=True, check=False)  # noqa: S603  # as above
    if ready.returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)  # noqa: S603  # as above
    return python


def build(python: Path, case: Case, folder: Path) -> None:
    for step in (["make", str(folder), *case.make.split()], ["run", str(folder), *case.run]):
        done = subprocess.run([python, SCRIPT, *step], capture_output=True, text=True, check=False)  # noqa: S603  # as above
        if done.returncode:
            sys.exit(f"circuit_tracer_peer.py {' '.join(step)} failed:\n{done.stderr[-3000:]}")


def measure(folder: Path, case: Case) -> tuple[Difference, int]:
    """Our graph against the peer's; and how many of the peer's features we chose too."""
    peer = Peer.read(folder / "peer.npz")
    graph = our_graph(folder, peer.token_ids, case.cap)
    left_out = ("error",) if case.cap else ()
    difference = compare(graph, peer, leave_out=left_out)
    return difference, sum(place[0] == "feature" for place in peer.places) - len(difference.missing)


def our_graph(folder: Path, token_ids: list[int], cap: int | None = None) -> Graph:
    entry = find_model(None, folder / "lm", [folder / "transcoders"])
    return trace(load_model(entry), load_set(entry), token_ids, LinearTracing(max_features=cap))


def report(case: Case, difference: Difference, selection: int) -> str:
    return (
        f"{case.name:16} largest difference {difference.largest:.1e} of the largest edge,"
        f" {difference.common_edges:,} edges, {selection} common features, {len(difference.missing)} missing,"
        f" {len(difference.extra)} extra"
    )


def keep(folder: Path, golden: Path) -> None:
    """The model, the dictionaries and the peer's answer, as small as they get."""
    shutil.rmtree(golden, ignore_errors=True)
    shutil.copytree(folder / "transcoders", golden / "transcoders")
    golden.joinpath("lm").mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / "lm" / name, golden / "lm" / name)
    with np.load(folder / "peer.npz") as file:
        columns = {name: file[name] for name in file.files if name != "adjacency"}
        places = np.flatnonzero(file["adjacency"])
        weight = file["adjacency"].ravel()[places]
    gap = np.diff(places, prepend=0).astype(np.uint32)
    np.savez_compressed(golden / "peer.npz", gap=gap, weight=weight, **columns)


if __name__ == "__main__":
    main()
