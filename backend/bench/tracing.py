"""How fast is tracing? Against circuit-tracer on the same models, against the floor, and as it grows.

    python backend/bench/tracing.py                    both cases, peer and ours (a quarter of an hour)
    python backend/bench/tracing.py --cases small      the smaller case only
    python backend/bench/tracing.py --device cuda      ours alone, on synthetic networks of those sizes

Each side runs in a process of its own with one thread, its first trace is timed (model and dictionaries
loaded), and its memory is the peak over what it held before. CPU seconds are compared, as they do not
depend on what else the machine does; wall clock is given beside them.

The floor is TRACING.md d.5: 4·d_model² operations for each target, block below it and position up to its
own, at the machine's measured rate of large matrix products. We need fewer (see `attribution.linear.sweep`),
so reaching it exactly means nothing; it says how much waste could be left.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import torch

from bench.synthetic import Size, random_network
from headwater.attribution.linear import explain
from headwater.attribution.methods import LinearTracing
from headwater.graph.graph import Graph

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "backend/parity/circuit_tracer_peer.py"


@dataclass(frozen=True)
class Case:
    """One size. `heads` as in models of that width; both sides explain `cap` features, or all."""

    name: str
    size: Size
    cap: int | None

    @property
    def floor_flops(self) -> float:
        """TRACING.md d.5, with targets spread evenly over blocks and positions."""
        size = self.size
        targets = self.cap or size.layers * (size.tokens - 1) * size.l0
        return targets * (size.layers / 2) * (size.tokens / 2) * 4 * size.d_model**2


CASES = {
    "small": Case("small", Size(6, 256, 4, 4, 64, 4096, 30, 24, 512), None),
    "large": Case("large", Size(12, 768, 12, 12, 64, 24576, 30, 32, 512), 5000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", nargs="*", choices=list(CASES), default=list(CASES))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--no-peer", action="store_true", help="ours alone, on synthetic networks")
    parser.add_argument("--no-scaling", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the models here (2.2 GB) and use them again")
    parser.add_argument("--json", action="store_true", help="JSON only")
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cap", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.ours:
        _say(json.dumps(trace_folder(options.ours, options.cap)))
        return
    result = measure(options)
    _say(json.dumps(result, indent=1))
    if not options.json:
        _say(table(result))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    rate = matmul_rate(options.device)
    result: dict[str, Any] = {"machine": machine(options.device), "gflops": round(rate / 1e9), "cases": {}}
    alone = options.no_peer or options.device != "cpu"
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.cases:
            case = CASES[name]
            found = synthetic(case, options.device) if alone else both(case, options.folder or Path(scratch))
            found["floor_s"] = round(case.floor_flops / rate, 3)
            result["cases"][name] = found
    if not options.no_scaling:
        result["scaling"] = scaling(options.device)
    return result


def both(case: Case, root: Path) -> dict[str, Any]:
    """Peer and ours, one after the other, on one model."""
    from parity.rebuild import peer_python

    folder, size, python = root / case.name, case.size, str(peer_python())
    if not (folder / "args.json").exists():
        options = {"layers": size.layers, "d-model": size.d_model, "heads": size.heads, "width": size.width}
        options |= {"l0": size.l0, "tokens": size.tokens, "vocab": size.vocab}
        _run([python, str(SCRIPT), "make", str(folder), *(f"--{k}={v}" for k, v in options.items())])
    peer = _run([python, str(SCRIPT), "run", str(folder), f"--max-feature-nodes={case.cap or 0}"])
    cap = [f"--cap={case.cap}"] if case.cap else []
    ours = _run([sys.executable, __file__, "--ours", str(folder), *cap])
    return {
        "peer": peer,
        "ours": ours,
        "times_faster": round(peer["cpu_s"] / ours["cpu_s"], 1),
        "memory_ratio": round(ours["extra_rss_mb"] / peer["extra_rss_mb"], 2),
    }


def trace_folder(folder: Path, cap: int | None) -> dict[str, Any]:
    """Ours, on a folder the peer's script made; and how far we are from the peer's edges there."""
    from headwater.attribution.linear import trace
    from headwater.dictionaries.load import load_set
    from headwater.lm.model import load_model
    from headwater.lm.registry import find_model
    from parity.compare import Peer, compare

    entry = find_model(None, folder / "lm", [folder / "transcoders"])
    entry.fingerprint(), entry.set_fingerprint()
    model, dictionaries = load_model(entry), load_set(entry)
    ids = json.loads((folder / "prompt.json").read_text())["token_ids"]
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    wall, cpu = time.perf_counter(), time.process_time()
    graph = trace(model, dictionaries, ids, LinearTracing(max_features=cap))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    extra = _memory("VmHWM") - before
    difference = compare(graph, Peer.read(folder / "peer.npz"), leave_out=("error",) if cap else ())
    return _facts(graph, wall, cpu) | {
        "base_rss_mb": before,
        "extra_rss_mb": extra,
        "largest_difference": difference.largest,
        "features_only_we_chose": sum(place[0] == "feature" for place in difference.extra),
    }


def synthetic(case: Case, device: str) -> dict[str, Any]:
    """Ours alone, second of two runs (the first warms a GPU up)."""
    frozen, dictionaries = random_network(case.size, device=device)
    for _ in range(2):
        if device != "cpu":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            held = torch.cuda.memory_allocated()
        wall, cpu = time.perf_counter(), time.process_time()
        graph = explain(frozen, dictionaries, LinearTracing(max_features=case.cap))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = {"ours": _facts(graph, wall, cpu)}
    if device != "cpu":
        found["ours"]["extra_device_mb"] = (torch.cuda.max_memory_allocated() - held) >> 20
    return found


def scaling(device: str) -> dict[str, list[dict[str, Any]]]:
    """6 blocks, d 256: growing prompts at 10 features a position and a cap of 2,000; growing dictionaries'
    activity at 24 tokens, everything explained."""
    base = Size(6, 256, 4, 4, 64, 4096, 10, 24, 512)
    grown = {
        "tokens": [Case("", replace(base, tokens=n), 2000) for n in (16, 32, 64, 128, 256)],
        "features": [Case("", replace(base, l0=n), None) for n in (5, 10, 20, 40, 80)],
    }
    return {
        name: [{"tokens": c.size.tokens, **synthetic(c, device)["ours"]} for c in cases]
        for name, cases in grown.items()
    }


def matmul_rate(device: str) -> float:
    """Floating-point operations a second of a 2,048-wide product, best of several."""
    a = torch.randn(2048, 2048, device=device)
    best = 0.0
    for _ in range(8):
        start = time.perf_counter() if device != "cpu" else time.process_time()
        float((a @ a)[0, 0])
        spent = (time.perf_counter() if device != "cpu" else time.process_time()) - start
        best = max(best, 2 * 2048**3 / spent)
    return best


def machine(device: str) -> str:
    if device != "cpu":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    name = names[0].split(":")[1].strip() if names else platform.processor()
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return f"{name}, one thread, {load}, torch {torch.__version__}"


def table(result: dict[str, Any]) -> str:
    """The results in Markdown, as docs/benchmarks/tracing.md shows them."""
    lines = [f"{result['machine']}; {result['gflops']} GFLOP/s in large matrix products.", ""]
    heads = ["case", "active features", "rows", "circuit-tracer 0.5.0", "Headwater", "times faster"]
    rows = [_case_row(CASES[name].size, found) for name, found in result["cases"].items()]
    lines += _markdown([*heads, "extra memory, theirs", "ours", "floor", "ours / floor"], rows)
    for name, grown in result.get("scaling", {}).items():
        columns = ["tokens", "active_features", "rows", "edges", "cpu_s", "wall_s"]
        cells = [[f"{row[column]:,}" for column in columns] for row in grown]
        lines += ["", f"Growing {name}:", "", *_markdown(columns, cells)]
    return "\n".join(lines)


def _case_row(size: Size, found: dict[str, Any]) -> list[str]:
    ours, peer = found["ours"], found.get("peer")
    extra = ours.get("extra_rss_mb", ours.get("extra_device_mb"))
    return [
        f"{size.layers} layers, d {size.d_model}, {size.width:,} features, {size.tokens} tokens",
        f"{ours['active_features']:,}",
        f"{ours['rows']:,}",
        f"{peer['cpu_s']} CPU-s ({peer['wall_s']} s)" if peer else "",
        f"{ours['cpu_s']} CPU-s ({ours['wall_s']} s)",
        f"{found['times_faster']}" if peer else "",
        f"{peer['extra_rss_mb']} MB" if peer else "",
        f"{extra} MB",
        f"{found['floor_s']} s",
        f"{ours['cpu_s'] / found['floor_s']:.1f}",
    ]


def _markdown(heads: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]


def _facts(graph: Graph, wall: float, cpu: float) -> dict[str, Any]:
    return {
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "seconds": graph.provenance["seconds"],
        "active_features": graph.provenance["features"]["active"],
        "rows": len(graph.edges.target),
        "rows_computed": graph.provenance["rows_computed"],
        "nodes": len(graph.nodes),
        "edges": len(graph.edges),
        "residual": graph.provenance["residuals"]["max_relative_to_inputs"],
    }


def _run(command: list[str]) -> dict[str, Any]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603  # our own scripts
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def _memory(field: str) -> int:
    """Of this process, in MB: now (VmRSS) or at its highest (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith(field))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
