"""`headwater circuit`: the circuit of a task without a server."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.cli.circuit_output import Format, Select, report, select_edges, write_circuit
from headwater.cli.options import Data, Device, Json, Model, read_settings
from headwater.cli.output import answering, check_writable
from headwater.cli.task_options import Examples, Patch, Seed, Split, TaskName, part_of

if TYPE_CHECKING:
    from headwater.attribution.circuit_methods import CircuitMethod
    from headwater.graph.circuit import Circuit
    from headwater.lm.registry import ModelEntry
    from headwater.settings import Settings
    from headwater.tasks.opened import OpenedTask


Sites = Annotated[
    list[str] | None,
    typer.Option(
        "--dictionaries",
        "-d",
        metavar="SITE=SET",
        help="attn=, mlp= or resid= and a set's name or folder; may be repeated.",
        show_default="every site the model has dictionaries for",
    ),
]


def circuit(
    task: TaskName,
    model: Model = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="sfc, hierarchical (dictionary features); eap, eap-ig-inputs, eap-ig-activations, exact, "
            "peap, acdc, random, activation, gradient (heads and MLPs).",
            show_default="sfc where the model has dictionaries, else eap-ig-inputs",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Points on the path of integrated gradients.")] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="logit_difference, logit, log_probability, probability_difference, kl; or a feature, as "
            "in resid:3:120 (sfc, hierarchical)."
        ),
    ] = None,
    positions: Annotated[str | None, typer.Option(help="separate, spans or sum.")] = None,
    effects: Annotated[str | None, typer.Option(help="sfc: ig, attribution or exact.")] = None,
    rule: Annotated[str | None, typer.Option(help="sfc: midpoint, or left (the paper's).")] = None,
    patch_to: Annotated[str | None, typer.Option("--patch-to", help="sfc: pair or zero.")] = None,
    max_nodes: Annotated[int | None, typer.Option(help="sfc: nodes whose inputs are computed.")] = None,
    edges_per_node: Annotated[int | None, typer.Option(help="Strongest inputs kept for each node.")] = None,
    size: Annotated[int | None, typer.Option(help="hierarchical: about this many nodes.")] = None,
    aggregate: Annotated[str | None, typer.Option(help="Heads and MLPs: mean or mean_abs.")] = None,
    threshold: Annotated[float | None, typer.Option(help="acdc: how much an edge has to matter.")] = None,
    compare: Annotated[str | None, typer.Option(help="acdc: kl, mse or metric.")] = None,
    dictionaries: Sites = None,
    patch: Patch = None,
    split: Split = None,
    examples: Examples = None,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; `-` is stdout.")] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="File format; scores and mib hold heads and MLPs only.",
            show_default="by the file's name, else scores for heads and MLPs and headwater for features",
        ),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Edges of the circuit that is reported and written to --out.")
    ] = None,
    select: Annotated[
        Select | None,
        typer.Option(
            help="--keep: the strongest edges without dead ends, or best first from the metric.",
            show_default="top",
        ),
    ] = None,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Find the circuit of a task: an effect for every node, a weight for every edge.

    TASK is a bundled task (`headwater tasks list`) or a file: prompt pairs as JSONL, token ids, or any other
    format of docs/tasks.md.
    """
    with answering(as_json) as output:
        if out is not None and str(out) == "-" and as_json:
            raise typer.BadParameter("--json already answers on standard output: give --out a file.")
        if select is not None and keep is None:
            raise typer.BadParameter("--select says which edges --keep keeps: give --keep a number of edges.")
        settings = read_settings(data=data, device=device)
        entry, sites = find_sites(settings, model, dictionaries or [])
        given = {
            "steps": steps, "metric": read_metric(metric), "positions": positions, "effects": effects,
            "rule": rule, "patch": patch_to, "max_nodes": max_nodes, "edges_per_node": edges_per_node,
            "size": size, "aggregate": aggregate, "threshold": threshold, "compare": compare,
            "seed": seed if method == "random" else None,
        }  # fmt: skip
        wanted = read_method(method or ("sfc" if entry.dictionary_sets else "eap-ig-inputs"), given)
        form = _format(format, out, wanted)
        if out is not None:
            check_writable(out)
        from headwater.tasks.opened import open_task

        opened = open_task(entry, task, second=patch, part=part_of(split), examples=examples, seed=seed)
        with output.progress() as progress:
            found = run_circuit(settings, entry, sites, opened, wanted, progress)
        selected = None if keep is None else select_edges(found, keep, select or Select.top)
        if out is not None:
            write_circuit(out, form, found, selected)
        if out is None or str(out) != "-":
            report(output, found, selected, opened, out)


def read_metric(text: str | None) -> str | dict[str, Any] | None:
    """`resid:3:120` is the activation of that feature; everything else is a metric's name."""
    match = re.fullmatch(r"(attn|mlp|resid):(\d{1,6}):(\d{1,9})", text or "", re.ASCII)
    if match is None:
        return text
    return {"kind": "feature", "site": match[1], "layer": int(match[2]), "index": int(match[3])}


def find_sites(
    settings: "Settings", model: str | None, given: list[str]
) -> "tuple[ModelEntry, dict[str, str]]":
    """The model, and the names of the sets that `SITE=SET` options name (folders become sets of it)."""
    from headwater.cli.session import find

    pairs = [text.partition("=") for text in given]
    for site, equals, name in pairs:
        if not (equals and name):
            raise typer.BadParameter(f"--dictionaries {site!r}: write SITE=SET, for example resid=resid.")
    entry = find(settings, model, [name for _, _, name in pairs])
    paths = {str(one.path): one.set for one in entry.dictionary_sets}
    names = {site: paths.get(str(Path(name).expanduser().resolve()), name) for site, _, name in pairs}
    return entry, names


def read_method(method: str, given: dict[str, Any]) -> "CircuitMethod":
    """The method's settings; an option that it does not take is wrong usage."""
    from pydantic import ValidationError

    from headwater.attribution.circuit_methods import METHODS
    from headwater.attribution.circuit_methods import read_method as read

    if method not in METHODS:
        raise typer.BadParameter(f"There is no method {method!r}. Choose one of {', '.join(METHODS)}.")
    settings = {name: value for name, value in given.items() if value is not None}
    known = METHODS[method].model_fields
    foreign = sorted(set(settings) - set(known))
    if foreign:
        takes = ", ".join(f"--{name.replace('_', '-')}" for name in known if name != "method") or "no options"
        option = foreign[0].replace("_", "-").replace("patch", "patch-to")
        raise typer.BadParameter(f"{method} has no --{option}. It takes {takes}.")
    try:
        return read({"method": method, **settings})
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"--{str(first['loc'][-1]).replace('_', '-')}: {first['msg']}.") from None


def run_circuit(
    settings: "Settings",
    entry: "ModelEntry",
    sites: dict[str, str],
    opened: "OpenedTask",
    method: "CircuitMethod",
    progress: Any,
) -> "Circuit":
    from headwater.attribution.circuit_methods import FEATURE_METHODS
    from headwater.lm.site_sets import site_sets

    sets = site_sets(entry, sites) if method.method in FEATURE_METHODS else {}
    progress("loading the model", 0, 0)
    from headwater.attribution.circuits import find_circuit, identified
    from headwater.dictionaries.load import load_set
    from headwater.lm.network import load_network

    network = load_network(entry, settings.device)
    loaded = {site: load_set(entry, one, settings.device) for site, one in sets.items()}
    found = find_circuit(network, loaded, opened.task, method, progress=progress)
    return identified(found, entry, sets, opened.facts)


def _format(format: Format | None, out: Path | None, method: "CircuitMethod") -> Format:
    from headwater.attribution.circuit_methods import FEATURE_METHODS

    is_features = method.method in FEATURE_METHODS
    if format in (Format.scores, Format.mib) and is_features:
        raise typer.BadParameter(f"{format.value} files hold heads and MLPs; write features as headwater.")
    if format is not None:
        return format
    by_name = {".csv": Format.csv, ".graphml": Format.graphml}
    default = Format.headwater if is_features else Format.scores
    return default if out is None else by_name.get(out.suffix, default)
