"""`headwater serve`: the app."""

from typing import Annotated

import typer

from headwater.cli.options import Data, Json, read_settings
from headwater.cli.output import answering

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1, this machine only")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 picks a free one.", show_default="8765")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Start the app and print its address. Stop it with Ctrl-C.

    Every other option is an environment variable: see docs/settings.md.
    """
    with answering(as_json) as output:
        settings = read_settings(host=host, port=port, data=data)
        from headwater.api import app

        if settings.host not in LOOPBACK:
            typer.echo(
                f"Listening on {settings.host}: whoever can reach this machine can use this server, "
                "for it has no accounts yet.",
                err=True,
            )

        def ready(address: str) -> None:
            output.say(f"Headwater is at {address}")
            output.give({"address": address, "data": str(settings.data)})

        app.serve(settings, ready)
