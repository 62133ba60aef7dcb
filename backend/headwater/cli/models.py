"""`headwater models`: what is installed."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.cli.options import Data, Device, Json, read_settings
from headwater.cli.output import Output, answering

if TYPE_CHECKING:
    from headwater.cli.verdict import Check
    from headwater.dictionaries.check import SetCheck
    from headwater.lm.registry import ModelEntry
    from headwater.settings import Settings

app = typer.Typer(help="List, add and check models.", invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def models(context: typer.Context, data: Data = None, as_json: Json = False) -> None:
    """List, add and check models. Without a command: list them."""
    if context.invoked_subcommand is None:
        list_(data, as_json)


@app.command("list")
def list_(data: Data = None, as_json: Json = False) -> None:
    """What is installed, bundled models first."""
    with answering(as_json) as output:
        from headwater.lm.registry import broken_models, list_models

        settings = read_settings(data=data)
        entries = list_models(settings)
        broken = {name: error.detail for name, error in broken_models(settings).items()}
        output.give({"models": [describe(entry) for entry in entries], "broken": broken})
        rows = [
            [
                entry.name,
                entry.architecture,
                str(entry.n_layers),
                str(entry.d_model),
                f"{entry.d_vocab:,}",
                ", ".join(f"{one.set} ({one.kind}, {one.width:,})" for one in entry.dictionary_sets)
                or "none",
                "bundled" if entry.bundled else str(entry.folder),
            ]
            for entry in entries
        ]
        output.table(["model", "architecture", "layers", "width", "tokens", "dictionaries", "where"], rows)
        unusable = {one.id: one.error.detail for entry in entries for one in entry.broken_sets}
        for name, reason in (broken | unusable).items():
            output.say(f"{name} cannot be used: {reason}")


def describe(entry: "ModelEntry") -> dict[str, Any]:
    return {
        "name": entry.name,
        "architecture": entry.architecture,
        "n_layers": entry.n_layers,
        "d_model": entry.d_model,
        "d_vocab": entry.d_vocab,
        "n_ctx": entry.n_ctx,
        "bundled": entry.bundled,
        "folder": str(entry.folder),
        "fingerprint": entry.fingerprint(),
        "default_dictionaries": entry.default_dictionaries,
        "dictionary_sets": [
            {
                "id": one.id,
                "set": one.set,
                "kind": one.kind,
                "format": one.format,
                "layers": list(one.layers),
                "width": one.width,
                "fingerprint": entry.set_fingerprint(one),
            }
            for one in entry.dictionary_sets
        ],
        "broken_sets": [
            {"id": one.id, "set": one.set, "reason": one.error.detail} for one in entry.broken_sets
        ],
    }


@app.command("add")
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="How the model will be called: a-z, 0-9, - and _.")
    ],
    lm: Annotated[Path, typer.Option(help="Folder of the language model, as `save_pretrained` writes it.")],
    dictionaries: Annotated[
        list[Path] | None,
        typer.Option("--dictionaries", "-d", help="Folder of a dictionary set; may be repeated."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Register your own model and dictionaries. Nothing is copied; everything is read once and checked."""
    with answering(as_json) as output:
        from headwater.lm.registry import register_model

        entry = register_model(read_settings(data=data), name, lm, dictionaries or [])
        output.give({"model": describe(entry)})
        sets = ", ".join(one.id for one in entry.dictionary_sets) or "no dictionaries"
        output.say(f"Added {entry.name} with {sets}. Check it: headwater models check {entry.name}")


@app.command("check")
def check(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Model to check.", show_default="all")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(help="UTF-8 text to measure on.", show_default="a built-in sample")
    ] = None,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Measure every dictionary on sample text: splice identity, unexplained variance (FVU), L0.

    Also fingerprints. Exit status 1 when something does not hold.
    """
    with answering(as_json) as output:
        settings = read_settings(data=data, device=device)
        passed = check_models(settings, name, text, output)
    if not passed:
        raise typer.Exit(1)


def check_models(settings: "Settings", name: str | None, text: Path | None, output: Output) -> bool:
    from headwater.cli.session import find
    from headwater.lm.registry import broken_models, list_models

    entries = [find(settings, name)] if name else list_models(settings)
    broken = {} if name else {name: error.detail for name, error in broken_models(settings).items()}
    found = [_check_model(settings, entry, text, output) for entry in entries]
    for one, reason in broken.items():
        output.say(f"{one} cannot be used: {reason}")
    passed = not broken and all(one["passed"] for entry in found for one in entry["checks"])
    output.give({"passed": passed, "models": found, "broken": broken})
    return passed


def _check_model(
    settings: "Settings", entry: "ModelEntry", text: Path | None, output: Output
) -> dict[str, Any]:
    from headwater.cli.checks import features_check, figures, sets_checked
    from headwater.cli.verdict import Check

    with output.progress() as progress:
        found = list(sets_checked(entry, settings.device, text, progress))
    output.say(f"{entry.name}, fingerprint {entry.fingerprint()[:16]}")
    checks: list[Check] = []
    for one in found:
        output.say()
        if isinstance(one, Check):
            output.say(_said(one))
            checks.append(one)
        else:
            _say_set(output, one)
            checks += figures(one)
    if (features := features_check(entry)) is not None:
        output.say()
        output.say(f"{features.name}: {features.verdict} ({features.figure})")
        checks.append(features)
    sets = [asdict(one) for one in found if not isinstance(one, Check)]
    return {
        "model": entry.name,
        "fingerprint": entry.fingerprint(),
        "checks": [one.as_json() for one in checks],
        "dictionary_sets": sets,
    }


def _said(one: "Check") -> str:
    if not one.passed and isinstance(one.figure, str):
        return f"{one.name} cannot be used: {one.figure}"
    figure = one.figure if isinstance(one.figure, str) else f"{one.figure:.3g}, wanted {one.limit}"
    return f"{one.name}: {one.what}: {figure} ({one.verdict})"


def _say_set(output: Output, found: "SetCheck") -> None:
    """A line for every dictionary, and one for all of them spliced in at once."""
    output.say(f"{found.id}, fingerprint {found.fingerprint[:16]}, {found.tokens:,} tokens")
    titles = ["dictionary", "splice identity", "FVU", "L0", "silent", "cross-entropy", ""]
    rows = [
        [
            one.id,
            f"{one.splice_error:.1e}",
            f"{one.fvu:.3f}",
            f"{one.l0:.1f}",
            f"{one.dead:.0%}",
            f"{one.ce_spliced:.3f}",
            " ".join(filter(None, (one.verdict, one.reason))),
        ]
        for one in found.dictionaries
    ]
    every = [
        "all at once",
        f"{found.splice_error:.1e}",
        "",
        "",
        "",
        f"{found.ce_all_spliced:.3f}",
        found.verdict,
    ]
    output.table(titles, [*rows, every, ["none", "", "", "", "", f"{found.ce_clean:.3f}", ""]])
