"""Options that several commands share, and how their values are read."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from headwater.errors import InvalidPrompt

if TYPE_CHECKING:
    from headwater.attribution.methods import FeatureTarget
    from headwater.interventions.plan import FeatureIntervention
    from headwater.settings import Settings

PROMPT_BYTES = 1 << 20
"""Read from standard input at most; the tokenizer refuses far less."""

Prompt = Annotated[
    str, typer.Argument(metavar="PROMPT", help="Text to trace; `-` reads it from standard input.")
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="Name of an installed model, or its folder.", show_default="brook"),
]
Dictionaries = Annotated[
    str | None,
    typer.Option(
        "--dictionaries", "-d", help="Name of a dictionary set, or its folder; default the model's."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Data folder.", envvar="HEADWATER_DATA", show_default="user's data directory"
    ),
]
Device = Annotated[
    str | None,
    typer.Option("--device", help="cpu, cuda or cuda:N.", show_default="cuda where it can be used"),
]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


def read_settings(**given: Any) -> "Settings":
    """The environment's settings; what was given on the command line wins."""
    from headwater.settings import load_settings

    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    os.environ.setdefault("OMP_NUM_THREADS", str(settings.worker_threads))  # torch is not imported yet
    return settings


def read_prompt(argument: str) -> str:
    """The prompt as text. From `-`, one newline at the end is the shell's and is dropped."""
    if argument != "-":
        return _decoded(argument.encode("utf-8", "surrogateescape"))
    if sys.stdin is None or sys.stdin.isatty():
        raise typer.BadParameter("`-` reads the prompt from standard input: pipe some text into it.")
    raw = sys.stdin.buffer.read(PROMPT_BYTES + 1)
    if len(raw) > PROMPT_BYTES:
        raise InvalidPrompt(f"The prompt is larger than {PROMPT_BYTES:,} bytes. Give a shorter text.")
    return _decoded(raw).removesuffix("\n").removesuffix("\r")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidPrompt(
            f"The prompt is not UTF-8: byte {error.start + 1} is 0x{raw[error.start]:02X}. "
            "Was it typed or saved in another encoding? Convert it, for example with `iconv -t utf-8`.",
            byte=error.start,
        ) from None


_FEATURE = r"(?:(?P<set>[a-z0-9][a-z0-9_.-]*)\.)?(?P<layer>\d{1,6}):(?P<index>\d{1,9})"
_TARGET = re.compile(rf"{_FEATURE}(?:@(?P<position>-?\d{{1,6}}))?", re.ASCII)
_CHANGE = re.compile(
    rf"{_FEATURE}@(?P<positions>all|-?\d{{1,6}}(?:,-?\d{{1,6}})*)(?:=(?P<value>.+))?", re.ASCII
)


def read_token(text: str) -> int | str:
    """`#1234` is the token with that id, everything else the token's exact text."""
    return int(text[1:]) if re.fullmatch(r"#\d{1,9}", text, re.ASCII) else text


def read_feature(text: str) -> "FeatureTarget":
    from headwater.attribution.methods import FeatureTarget

    match = _TARGET.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no feature. Write LAYER:INDEX@POSITION, for example 3:17@9.")
    layer, index, position = (match[name] for name in ("layer", "index", "position"))
    return FeatureTarget(layer=int(layer), index=int(index), position=int(position or -1))


def read_change(text: str, mode: str, n_tokens: int, set_id: str) -> "FeatureIntervention":
    """`3:17@5=0` and its like. Positions count from the end when negative."""
    from headwater.errors import InvalidIntervention
    from headwater.interventions.plan import FeatureIntervention

    form, example = "LAYER:FEATURE@POSITION", "3:17@5"
    if mode != "ablate":
        form, example = form + "=VALUE", example + "=2"
    match = _CHANGE.fullmatch(text)
    if match is None or (match["value"] is None) != (mode == "ablate"):
        raise typer.BadParameter(
            f"--{mode} {text!r} cannot be read. Write {form}, for example --{mode} {example}; "
            "POSITION may be `all` or several, as in 5,7."
        )
    if match["set"] not in (None, set_id, set_id.partition(".")[2]):
        raise InvalidIntervention(
            f"{text!r} names the dictionaries {match['set']!r}, but {set_id!r} are in use. "
            f"Write the layer alone, or give --dictionaries {match['set']}."
        )
    return FeatureIntervention(
        layer=int(match["layer"]),
        index=int(match["index"]),
        positions=_positions(match["positions"], n_tokens),
        mode=mode,  # type: ignore[arg-type]  # one of the three literals
        value=None if match["value"] is None else _number(match["value"], text),
    )


def _positions(text: str, n_tokens: int) -> Any:
    from headwater.errors import InvalidIntervention

    if text == "all":
        return text
    given = [int(part) for part in text.split(",")]
    for position in given:
        if not -n_tokens <= position < n_tokens:
            raise InvalidIntervention(
                f"Position {position} lies outside the prompt, which has positions 0 to {n_tokens - 1} "
                f"(or -1 to -{n_tokens} from its end). Choose one of them."
            )
    return sorted({position % n_tokens for position in given})


def _number(value: str, text: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise typer.BadParameter(f"{text!r}: {value!r} is not a number. Write one, for example 0 or 2.5.")
    return number
