"""`headwater intervene`: change features, see what the model says then."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.options import (
    Data,
    Device,
    Dictionaries,
    Json,
    Model,
    Prompt,
    read_change,
    read_prompt,
    read_settings,
    read_token,
)
from headwater.cli.output import Output, answering, check_writable, counted, write_json, writing

if TYPE_CHECKING:
    from headwater.cli.session import Request
    from headwater.interventions.plan import InterventionPlan, InterventionResult

Changes = list[str] | None


def intervene(
    prompt: Prompt,
    model: Model = None,
    dictionaries: Dictionaries = None,
    set_: Annotated[
        Changes, typer.Option("--set", help="Give a feature a value: SITE:FEATURE@POSITION=VALUE.")
    ] = None,
    ablate: Annotated[Changes, typer.Option(help="Switch a feature off: SITE:FEATURE@POSITION.")] = None,
    scale: Annotated[
        Changes, typer.Option(help="Multiply a feature's activation: SITE:FEATURE@POSITION=FACTOR.")
    ] = None,
    direct: Annotated[
        bool, typer.Option("--direct", help="Hold attention, norms and MLPs: direct effects only.")
    ] = False,
    freeze_attention: Annotated[
        bool, typer.Option("--freeze-attention", help="Hold attention only.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option(help="A token to list besides the likeliest ones; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the result as JSON.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Write figures as a standalone HTML page.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Figures on dark ground.")] = False,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change features and compare the model's next word before and after.

    SITE is the layer (`3`), or a dictionary (`brook.transcoders.3`); POSITION counts from 0 at the
    start token, from -1 at the end, may list several (`5,7`), or be `all`.
    """
    with answering(as_json) as output:
        asked = {"set": set_ or [], "ablate": ablate or [], "scale": scale or []}
        if not any(asked.values()):
            raise typer.BadParameter("Nothing to change: give --ablate, --scale or --set at least once.")
        for path in (out, figure):
            if path is not None:
                check_writable(path)
        from headwater.cli.session import prepare

        request = prepare(read_settings(data=data, device=device), model, dictionaries, read_prompt(prompt))
        plan = read_plan(request, asked, direct=direct, freeze_attention=freeze_attention)
        with output.progress() as progress:
            progress("loading the model", 0, 0)
            result = run_plan(request, plan, target or [])
        if out is not None:
            write_json(out, result.model_dump(mode="json"))
        if figure is not None:
            write_figures(figure, request.prompt, result, dark=dark)
        _report(output, result, out, figure)


def read_plan(
    request: "Request", asked: dict[str, list[str]], *, direct: bool, freeze_attention: bool
) -> "InterventionPlan":
    from headwater.interventions.plan import InterventionPlan

    changes = [
        read_change(text, mode, len(request.token_ids), request.dictionary_set.id)
        for mode, texts in asked.items()
        for text in texts
    ]
    return InterventionPlan(
        interventions=changes, mode="direct" if direct else "full", freeze_attention=freeze_attention
    )


def run_plan(request: "Request", plan: "InterventionPlan", targets: list[str]) -> "InterventionResult":
    from headwater.attribution.methods import resolve_token
    from headwater.interventions.run import intervene as run_intervention

    model, dictionaries = request.load()
    wanted = [resolve_token(read_token(text), model.tokenizer) for text in targets]
    return run_intervention(model, dictionaries, request.token_ids, plan, targets=wanted)


def write_figures(path: Path, prompt: str, result: "InterventionResult", *, dark: bool) -> None:
    from headwater.figures.interventions import output_distribution, predicted_vs_measured
    from headwater.figures.page import to_html
    from headwater.figures.theme import Template

    template: Template = "dark" if dark else "light"
    figures = [draw(result, template=template) for draw in (output_distribution, predicted_vs_measured)]
    page = to_html(figures, title="Intervention", subtitle=prompt, template=template)
    with writing(path) as file:
        file.write(page.encode("utf-8", "replace"))


def _report(output: Output, result: "InterventionResult", out: Path | None, figure: Path | None) -> None:
    output.give(result.model_dump(mode="json"))
    titles = ["next token", "before", "after", "measured", "predicted", "direct"]
    changes = ("measured_change", "predicted_change", "direct_change")
    rows = [
        [
            repr(token.text),
            f"{token.probability_before:.1%}",
            f"{token.probability_after:.1%}",
            *(f"{getattr(token, name):+.3f}" for name in changes),
        ]
        for token in result.tokens
    ]
    output.table(titles, rows)
    output.say()
    told = (
        ""
        if result.correlation is None
        else f"; predicted and measured change correlate at {result.correlation:.3f}"
    )
    output.say(f"KL divergence {result.kl:.4f} nats{told}. {counted(result.n_changed, 'feature')} changed:")
    for change in result.activations[:8]:
        note = " (set)" if change.intervened else ""
        name = f"{change.layer}:{change.index}@{change.position}"
        output.say(f"  {name:<14} {change.before:z8.3f} → {change.after:z8.3f}{note}")
    for path in (out, figure):
        if path is not None:
            output.say(f"Written to {path}")
