"""`headwater evaluate`: how far to trust a circuit."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.cli.circuit import Sites, find_sites
from headwater.cli.options import Data, Device, Json, Model, read_settings
from headwater.cli.output import Output, Progress, answering, check_writable, write_json, writing
from headwater.cli.task_options import Examples, Patch, Seed, Split, part_of

if TYPE_CHECKING:
    from headwater.evaluation.settings import EvaluationResult, EvaluationSettings
    from headwater.graph.circuit import Circuit
    from headwater.lm.registry import ModelEntry
    from headwater.settings import Settings
    from headwater.tasks.opened import OpenedTask


class Ablation(StrEnum):
    counterfactual = "counterfactual"
    resample = "resample"
    mean = "mean"
    mean_position = "mean_position"
    zero = "zero"


class Errors(StrEnum):
    circuit = "circuit"
    keep = "keep"
    remove = "remove"


class Selection(StrEnum):
    top = "top"
    greedy = "greedy"


def evaluate(
    circuit: Annotated[
        Path, typer.Argument(metavar="CIRCUIT", help="A circuit's file: ours, EAP-IG scores, or MIB.")
    ],
    task: Annotated[str, typer.Option("--task", "-t", help="A bundled task's name, or a file of examples.")],
    model: Model = None,
    ablation: Annotated[
        Ablation, typer.Option(help="What stands in for everything outside the circuit.")
    ] = Ablation.counterfactual,
    sizes: Annotated[
        str | None,
        typer.Option(
            help="Shares of all edges, or numbers of nodes (features), with commas.",
            show_default="the ten shares of the MIB benchmark, or a sweep",
        ),
    ] = None,
    selection: Annotated[Selection, typer.Option(help="Highest scores, or best first.")] = Selection.top,
    errors: Annotated[Errors, typer.Option(help="Error terms of feature circuits.")] = Errors.circuit,
    start_layer: Annotated[int, typer.Option(min=0, help="Features: layers below are left alone.")] = 0,
    baselines: Annotated[
        str, typer.Option(help="Rankings beside it, with commas; `none` for none.")
    ] = "random,activation,gradient",
    resamples: Annotated[int, typer.Option(min=0, help="Draws of examples for the stability.")] = 0,
    dictionaries: Sites = None,
    patch: Patch = None,
    split: Split = None,
    examples: Examples = None,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON file to write.")] = None,
    figure: Annotated[Path | None, typer.Option(help="HTML file with the curves.")] = None,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Faithfulness and completeness over circuit size, CPR and CMD, beside baselines.

    By default on the examples that the task marks for evaluation, or on all of them where it marks none.
    """
    with answering(as_json) as output:
        settings = read_settings(data=data, device=device)
        from headwater.graph.export.read_circuit import read_circuit
        from headwater.tasks.opened import open_task

        asked = read_evaluation(
            ablation.value, sizes, selection.value, errors.value, start_layer, baselines, resamples, seed
        )
        for path in (out, figure):
            if path is not None:
                check_writable(path)
        found = read_circuit(_read(circuit))
        entry, sites = find_sites(settings, model, dictionaries or _sets_of(found))
        opened = open_task(
            entry,
            task,
            second=patch,
            part=part_of(split),
            marked_part="evaluation",
            examples=examples,
            seed=seed,
        )
        with output.progress() as progress:
            progress("loading the model", 0, 0)
            result = run_evaluation(settings, entry, sites, found, opened, asked, progress)
        if out is not None:
            write_json(out, result.model_dump(mode="json"))
        if figure is not None:
            write_figure(figure, result)
        _report(output, result, out, figure)


def _read(path: Path) -> bytes:
    from headwater.errors import InvalidGraphFile

    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidGraphFile(
            f"{path} cannot be read: {error.strerror}. Check its name and rights."
        ) from None


def read_evaluation(
    ablation: str,
    sizes: str | None,
    selection: str,
    errors: str,
    start_layer: int,
    baselines: str,
    resamples: int,
    seed: int,
) -> "EvaluationSettings":
    from pydantic import ValidationError

    from headwater.evaluation.settings import EvaluationSettings

    try:
        listed = None if sizes is None else [float(size) for size in sizes.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--sizes {sizes!r}: write numbers with commas, such as .01,.1,1.") from None
    names = [] if baselines == "none" else [name.strip() for name in baselines.split(",")]
    given = {
        "ablation": ablation, "sizes": listed, "selection": selection, "errors": errors,
        "start_layer": start_layer, "baselines": names, "n_resamples": resamples, "seed": seed,
    }  # fmt: skip
    try:
        return EvaluationSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}.") from None


def run_evaluation(
    settings: "Settings",
    entry: "ModelEntry",
    sites: dict[str, str],
    circuit: "Circuit",
    opened: "OpenedTask",
    asked: "EvaluationSettings",
    progress: "Progress",
) -> "EvaluationResult":
    from headwater.lm.network import load_network

    task, train = opened.task, opened.train
    network = load_network(entry, settings.device)
    if circuit.level == "components":
        from headwater.evaluation.components import evaluate_components

        return evaluate_components(network, task, circuit, asked, train=train, progress=progress)
    from headwater.dictionaries.load import load_set
    from headwater.evaluation.features import evaluate_features
    from headwater.lm.site_sets import site_sets

    sets = site_sets(entry, sites)
    loaded = {site: load_set(entry, one, settings.device) for site, one in sets.items()}
    return evaluate_features(network, loaded, task, circuit, asked, train=train, progress=progress)


def _sets_of(circuit: "Circuit") -> list[str]:
    """The sets that the file says it was made with; ids without the model's name, which may differ here."""
    return [f"{site}={name.partition('.')[2] or name}" for site, name in circuit.dictionaries.items()]


def write_figure(path: Path, result: "EvaluationResult") -> None:
    from headwater.figures.evaluation import evaluation_curves, settings_line
    from headwater.figures.page import to_html

    figures = [evaluation_curves(result, measure) for measure in ("faithfulness", "completeness", "kl")]
    page = to_html(figures, title="How far to trust this circuit", subtitle=settings_line(result))
    with writing(path) as file:
        file.write(page.encode())


def _report(output: Output, result: "EvaluationResult", out: Path | None, figure: Path | None) -> None:
    from headwater.figures.evaluation import settings_line

    output.give(result.model_dump(mode="json"))
    output.say(settings_line(result))
    for curve in result.curves:
        areas = [f"{n} {v:.3f}" for n, v in (("CPR", curve.cpr), ("CMD", curve.cmd)) if v is not None]
        output.say(f"\n{curve.name}, ranked by {'|score|' if curve.ranking == 'absolute' else 'score'}"
                   + (f": {', '.join(areas)}" if areas else ""))  # fmt: skip
        rows = [
            [f"{point.size:,}", f"{point.fraction:.3g}", *map(_number, _measures(point))]
            for point in curve.points
        ]
        output.table(["size", "share", "faithful", "complete", "hard", "KL", "median", "worst 5 %"], rows)
    for one in result.stability:
        output.say(
            f"\nStability of the {one.size:,} strongest over {one.n_resamples} draws of examples: Jaccard "
            f"{one.mean_jaccard:.3f}, by chance {one.chance:.3f}."
        )
    for note in result.notes:
        output.say(note)
    for path in (out, figure):
        if path is not None:
            output.say(f"Written to {path}.")


def _measures(point: Any) -> tuple[float | None, ...]:
    q = point.quantiles
    spread = (None, None) if q is None else (q.median, q.worst5)
    return (point.faithfulness, point.completeness, point.hard, point.kl, *spread)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
