"""`headwater tasks`: what behaviours can be explained, and whether a model can use a task at all."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.cli.options import Data, Device, Json, Model, read_settings
from headwater.cli.output import Output, answering, check_writable, counted, writing

if TYPE_CHECKING:
    from headwater.lm.registry import ModelEntry
    from headwater.settings import Settings
    from headwater.tasks.accuracy import TaskAccuracy
    from headwater.tasks.resolve import Resolution
    from headwater.tasks.task import Task, TokenTask

app = typer.Typer(help="List, show, check and convert tasks.", no_args_is_help=True, rich_markup_mode=None)

Given = Annotated[str, typer.Argument(metavar="TASK", help="A task that comes with the model, or a file.")]
Patch = Annotated[
    Path | None,
    typer.Option(help="Second file, with the patch side, where a format comes in two.", show_default="none"),
]
NoSpans = Annotated[bool, typer.Option("--no-spans", help="Leave spans out: they fit one tokenizer only.")]


@app.command("list")
def list_(model: Model = None, data: Data = None, as_json: Json = False) -> None:
    """The tasks that come with a model."""
    with answering(as_json) as output:
        from headwater.cli.session import find
        from headwater.tasks.bundled import bundled_tasks

        entry = find(read_settings(data=data), model)
        tasks = bundled_tasks(entry)
        output.give({"model": entry.name, "tasks": [_described(task) for task in tasks]})
        if not tasks:
            output.say(f"{entry.name} comes with no tasks. Give a file: docs/tasks.md tells the formats.")
            return
        rows = [[task.name, task.title, str(len(task.examples)), _sides(task)] for task in tasks]
        output.table(["task", "", "examples", "train and evaluation"], rows)


def _described(task: "Task") -> dict[str, Any]:
    sides = Counter(one.split for one in task.examples)
    return {
        "name": task.name,
        "title": task.title,
        "description": task.description,
        "source": task.source,
        "n_examples": len(task.examples),
        "n_train": sides["train"],
        "n_evaluation": sides["evaluation"],
        "cases": list(task.cases),
        "has_spans": task.has_spans,
    }


def _sides(task: "Task") -> str:
    sides = Counter(one.split for one in task.examples)
    return f"{sides['train']} + {sides['evaluation']}" if sides["evaluation"] else "drawn by chance"


@app.command("show")
def show(
    task: Given,
    model: Model = None,
    patch: Patch = None,
    examples: Annotated[int, typer.Option("--examples", "-n", min=0, help="How many examples to show.")] = 5,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Run the model: how well does it do the task by itself?")
    ] = False,
    no_spans: NoSpans = False,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """A task as a model reads it; with --accuracy how well the model does it."""
    with answering(as_json) as output:
        from headwater.tasks.task import Task

        settings, entry, whole, resolution = _resolved(task, model, patch, no_spans, data, device)
        figures = _accuracy(settings, entry, resolution, output) if accuracy else None
        text = _described(whole) if isinstance(whole, Task) else None
        output.give(
            {
                "model": entry.name,
                "task": text or {"name": whole.name, "n_examples": len(whole.examples)},
                **_facts(resolution, examples),
                "accuracy": None if figures is None else figures.model_dump(),
            }
        )
        output.say(text["title"] or whole.name if text else whole.name)
        if text and text["description"]:
            output.say(text["description"])
        output.say()
        _say_resolution(output, entry, resolution, examples)
        if figures is not None:
            output.say()
            _say_accuracy(output, entry, figures)


@app.command("check")
def check(
    task: Given,
    model: Model = None,
    patch: Patch = None,
    examples: Annotated[int, typer.Option("--examples", "-n", min=0, help="How many examples to show.")] = 3,
    no_spans: NoSpans = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Read a task file and say what the model can use of it, and why not the rest.

    Exit status 1 when nothing can be used.
    """
    with answering(as_json) as output:
        _, entry, whole, resolution = _resolved(task, model, patch, no_spans, data, None)
        output.give({"model": entry.name, "task": {"name": whole.name}, **_facts(resolution, examples)})
        _say_resolution(output, entry, resolution, examples)


@app.command("convert")
def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A task file of any known format.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; `-` is standard output.")],
    patch: Patch = None,
    as_json: Json = False,
) -> None:
    """Write a task of another tool as Headwater's JSONL (token ids stay as they are). No model is needed."""
    with answering(as_json) as output:
        if str(out) == "-" and as_json:
            raise typer.BadParameter("--json already answers on standard output: give --out a file.")
        check_writable(out)
        from headwater.tasks.opened import read_file
        from headwater.tasks.read import import_task

        found = import_task(read_file(file), file.name, second=None if patch is None else read_file(patch))
        with writing(out) as stream:
            stream.write(_written(found.task))
        n = len(found.task.examples)
        output.give({"format": found.format, "n_examples": n, "notes": list(found.notes), "out": str(out)})
        if str(out) != "-":
            output.say(f"{counted(n, 'example')} read as {found.format} and written to {out}.")
            for note in found.notes:
                output.say(note)


def _written(task: "Task | TokenTask") -> bytes:
    from headwater.tasks.task import Task
    from headwater.tasks.write import task_jsonl, token_task_json

    return task_jsonl(task) if isinstance(task, Task) else token_task_json(task)


def _resolved(
    given: str, model: str | None, patch: Path | None, no_spans: bool, data: Path | None, device: str | None
) -> "tuple[Settings, ModelEntry, Task | TokenTask, Resolution]":
    from dataclasses import replace

    from headwater.cli.session import find
    from headwater.tasks.opened import find_task
    from headwater.tasks.resolve import resolve

    settings = read_settings(data=data, device=device)
    entry = find(settings, model)
    whole, notes = find_task(entry, given, patch)
    found = resolve(whole, entry, use_spans=not no_spans)
    return settings, entry, whole, replace(found, notes=(*notes, *found.notes))


def _accuracy(
    settings: "Settings", entry: "ModelEntry", resolution: "Resolution", output: Output
) -> "TaskAccuracy":
    from headwater.evaluation.accuracy import measure_accuracy
    from headwater.lm.model import load_model

    model = load_model(entry, settings.device)
    with output.progress() as progress:
        return measure_accuracy(model.network, resolution.task, model.tokenizer, progress=progress)


def _facts(resolution: "Resolution", examples: int) -> dict[str, Any]:
    task = resolution.task
    return {
        "n_ok": len(resolution.kept),
        "n_dropped": len(resolution.dropped),
        "problems": [vars(one) for one in resolution.dropped[:100]],
        "notes": list(resolution.notes),
        "lengths": sorted(set(task.lengths)),
        "equal_lengths": task.has_equal_lengths,
        "paired": task.is_paired,
        "span_names": None if task.span_names is None else list(task.span_names),
        "preview": [_preview(resolution, n) for n in range(min(examples, len(task.examples)))],
    }


def _preview(resolution: "Resolution", n: int) -> dict[str, Any]:
    task = resolution.task
    one = task.examples[n]
    names = task.span_names
    return {
        "line": resolution.kept[n] + 1,
        "case": one.case,
        "split": one.split,
        "clean": list(one.clean),
        "tokens": None if task.tokens is None else list(task.tokens[n]),
        "patch": None if one.patch is None else list(one.patch),
        "readouts": [[r.position, r.correct, r.wrong, r.weight] for r in one.readouts],
        "spans": None if names is None or one.spans is None else [names[number] for number in one.spans],
    }


def _say_resolution(output: Output, entry: "ModelEntry", resolution: "Resolution", examples: int) -> None:
    task = resolution.task
    lengths = sorted(set(task.lengths))
    size = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    pairs = "with patch prompts" if task.is_paired else "without patch prompts"
    output.say(f"{counted(len(task.examples), 'example')} for {entry.name}, {size} tokens long, {pairs}.")
    if task.span_names:
        output.say(f"Spans: {', '.join(task.span_names)}.")
    elif len(lengths) > 1:
        output.say("No spans: effects are summed over positions, since the prompts differ in length.")
    if len(task.examples) == 1:
        output.say("One example can be traced, but not split into training and evaluation.")
    for note in resolution.notes:
        output.say(note)
    _say_dropped(output, resolution)
    for n in range(min(examples, len(task.examples))):
        output.say(_spelt(resolution, n))


def _say_dropped(output: Output, resolution: "Resolution") -> None:
    if not resolution.dropped:
        return
    n = len(resolution.dropped)
    output.say(f"{counted(n, 'example')} cannot be used:")
    for one in resolution.dropped[:5]:
        output.say(f"  example {one.line}, {one.field}: {one.reason}")
    if n > 5:
        output.say(f"  and {n - 5:,} more (all reasons: --json)")


def _spelt(resolution: "Resolution", n: int) -> str:
    """The prompt with a bar between spans (or tokens)."""
    task = resolution.task
    one = task.examples[n]
    tokens = [str(id) for id in one.clean] if task.tokens is None else list(task.tokens[n])
    joint = " " if task.tokens is None else ""
    groups: list[tuple[int, list[str]]] = []
    for place, token in enumerate(tokens):
        number = place if one.spans is None else one.spans[place]
        if not groups or groups[-1][0] != number:
            groups.append((number, []))
        groups[-1][1].append(token)
    text = "|".join(joint.join(part) for _, part in groups)
    return f"  {resolution.kept[n] + 1}: {json.dumps(text, ensure_ascii=False)[1:-1]}"


def _say_accuracy(output: Output, entry: "ModelEntry", found: "TaskAccuracy") -> None:
    output.say(f"{entry.name} by itself, on {counted(found.n, 'example')}:")
    titles = ["case", "examples", "clean answer wins", "likeliest token", "mean metric", "patch answer wins"]
    whole = ["all", f"{found.n}", *_shares(found)]
    rows = [[one.case or "no case", f"{one.n}", *_shares(one)] for one in found.by_case]
    output.table(titles, [*rows, whole] if len(rows) > 1 else [whole])
    output.say("Clean and patch answers are compared in probability; by chance half of them win.")


def _shares(one: Any) -> list[str]:
    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    metric = "-" if one.mean_metric is None else f"{one.mean_metric:.2f}"
    return [share(one.accuracy), share(one.top1), metric, share(one.accuracy_patch)]
