"""All commands put together."""

import sys
from typing import Annotated

import typer

import headwater
from headwater.cli import bench, circuit, doctor, evaluate, harvest, intervene, models, serve, tasks, trace

app = typer.Typer(
    name="headwater",
    help="Explore the sparse feature circuits of language models: trace a prompt, see which features "
    "made the model say what it said, switch them off.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain sentences: boxes break them over lines, and cost start-up time
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug shows its plain traceback; a user's mistake never gets that far
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("trace")(trace.trace)
app.command("intervene")(intervene.intervene)
app.command("circuit")(circuit.circuit)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("harvest")(harvest.harvest)
app.add_typer(tasks.app, name="tasks")
app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"headwater {headwater.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Exit status: 0 done, 1 failed (one sentence says why and what to do), 2 wrong usage."""


def run() -> None:
    # Tokens may hold any character, and terminals any encoding: better an escape than a crash.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are TextIOWrapper
    try:
        app()
    except BrokenPipeError:  # `headwater ... | head`
        sys.stderr.close()
        sys.exit(1)
