"""`headwater bench`: how fast is it here?"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from headwater.cli.options import Data, Json, Model, read_settings
from headwater.cli.output import Output, answering

SCRIPTS = Path(__file__).parents[2] / "bench"
"""Where a checkout keeps the full benchmarks; an installed package has only the quick one."""

NOT_BY_ITSELF = ("feature_circuits", "truth")
"""`circuits` runs the first itself; the second measures no speed and wants data."""


def bench(
    context: typer.Context,
    model: Model = None,
    data: Data = None,
    quick: bool = typer.Option(False, "--quick", help="Only the quick benchmark, also in a checkout."),
    as_json: Json = False,
) -> None:
    """Measure speed: the published numbers in a checkout, a quick run on one model elsewhere.

    Further arguments are handed to the scripts in backend/bench.
    """
    if not quick and (scripts := find_scripts()):
        extra = [*context.args, *(["--json"] if as_json else [])]
        places = os.pathsep.join(filter(None, [str(SCRIPTS.parent), os.environ.get("PYTHONPATH", "")]))
        for script in scripts:
            command = [sys.executable, "-m", script, *extra]
            if subprocess.run(command, env=os.environ | {"PYTHONPATH": places}, check=False).returncode:  # noqa: S603  # our own scripts
                raise typer.Exit(1)
        return
    with answering(as_json) as output:
        if context.args:
            raise typer.BadParameter(f"{context.args[0]!r} is not an option of the quick benchmark.")
        from headwater.cli.session import find

        settings = read_settings(data=data)
        _report(output, measure(settings.device, find(settings, model)))


def find_scripts() -> list[str]:
    """Modules to run: the package itself when it can be run, else each of its files that can by itself."""
    if (SCRIPTS / "__main__.py").is_file():
        return [SCRIPTS.name]
    files = [path for path in sorted(SCRIPTS.glob("*.py")) if 'if __name__ == "__main__"' in path.read_text()]
    return [f"{SCRIPTS.name}.{path.stem}" for path in files if path.stem not in NOT_BY_ITSELF]


def measure(device: str, entry: Any) -> dict[str, Any]:
    """Wall and CPU milliseconds of each step of one trace, best of five after a warm-up."""
    import dataclasses

    import torch

    from headwater.attribution.linear import trace
    from headwater.attribution.methods import LinearTracing
    from headwater.cli.checks import sample_prompt
    from headwater.dictionaries.load import load_set
    from headwater.graph.codec import decode_graph, encode_graph, encode_view
    from headwater.lm.model import load_model

    torch.set_num_threads(1)
    model, dictionaries = load_model(entry, device), load_set(entry, device=device)
    ids = sample_prompt(model)
    graph = trace(model, dictionaries, ids, LinearTracing())
    pruned, encoded = graph.prune(), encode_graph(graph)
    steps: dict[str, Callable[[], object]] = {
        "forward pass": lambda: model.forward(ids),
        "trace": lambda: trace(model, dictionaries, ids, LinearTracing()),
        "influence and first pruning": lambda: dataclasses.replace(graph).prune(),
        "pruning again": lambda: graph.prune(0.79),
        "encode the raw graph": lambda: encode_graph(graph),
        "decode the raw graph": lambda: decode_graph(encoded),
        "encode the view": lambda: encode_view({}, pruned),
    }
    return {
        "model": entry.name,
        "tokens": len(ids),
        "nodes": len(graph.nodes),
        "edges": len(graph.edges),
        "raw_bytes": len(encoded),
        "threads": 1,
        "steps": {name: _best(step) for name, step in steps.items()},
    }


def _best(step: Callable[[], object], times: int = 5) -> dict[str, float]:
    runs = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        "wall_ms": round(1e3 * min(wall for wall, _ in runs), 2),
        "cpu_ms": round(1e3 * min(cpu for _, cpu in runs), 2),
    }


def _report(output: Output, found: dict[str, Any]) -> None:
    output.give(found)
    output.say(
        f"{found['model']}: {found['tokens']} tokens, {found['nodes']:,} nodes, {found['edges']:,} edges; "
        "one thread"
    )
    rows = [
        [name, f"{step['wall_ms']:.1f}", f"{step['cpu_ms']:.1f}"] for name, step in found["steps"].items()
    ]
    output.table(["step", "wall ms", "CPU ms"], rows)
