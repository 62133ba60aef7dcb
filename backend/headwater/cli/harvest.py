"""`headwater harvest`: what does every feature respond to?"""

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.options import Data, Device, Json, Model, read_settings
from headwater.cli.output import answering


def harvest(
    corpus: Annotated[
        list[Path], typer.Option("--corpus", help="UTF-8 text, or .npy rows of token ids; may be repeated.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    model: Model = None,
    dictionaries: Annotated[
        list[str] | None,
        typer.Option(
            "--dictionaries", "-d", help="Dictionary set; may be repeated.", show_default="all sets"
        ),
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Most tokens to read.")] = 1_500_000,
    device: Device = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Collect examples and statistics of every feature from text, for its dashboard.

    To use them, name the folder as "features" in the model's headwater.json.
    """
    with answering(as_json) as output:
        from headwater.cli.session import find

        settings = read_settings(data=data, device=device)
        entry = find(settings, model)
        for name in dictionaries or []:
            entry.dictionary_set(name)
        from headwater.features.harvest import harvest_model

        with output.progress() as progress:
            size = harvest_model(
                entry,
                corpus,
                out,
                progress,
                sets=dictionaries,
                max_tokens=max_tokens,
                device=settings.device,
            )
        output.give({"model": entry.name, "out": str(out), "bytes": size})
        output.say(f"Written to {out}: {size / 2**20:.1f} MiB")
