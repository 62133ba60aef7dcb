"""Colours and axes that read well on light and on dark ground.

Pairs differ in lightness as well as hue, so they survive colour-blind eyes and grey print.
"""

from dataclasses import dataclass
from typing import Any, Literal

Template = Literal["light", "dark"]
Figure = dict[str, Any]


@dataclass(frozen=True)
class Theme:
    ground: str
    text: str
    muted: str
    grid: str
    before: str
    after: str
    rises: str
    falls: str


_THEMES: dict[str, Theme] = {
    "light": Theme("#ffffff", "#1b1f24", "#57606a", "#e2e5e9", "#8c96a3", "#0b5cad", "#0b7a5e", "#b3400a"),
    "dark": Theme("#14171b", "#e8eaed", "#a3abb5", "#2c3239", "#77818d", "#6cb6ff", "#4fd1a5", "#ff9a5c"),
}


def theme_of(template: Template) -> Theme:
    return _THEMES[template]


def layout(theme: Theme, *, title: str, x: str, y: str, **more: Any) -> dict[str, Any]:
    """The layout all figures share; `more` adds or replaces parts of it."""
    axis = {
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "linecolor": theme.grid,
        "automargin": True,
        "title": {"standoff": 12},
    }
    shared = {
        "title": {"text": plain(title), "x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 16}},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": theme.text},
        "paper_bgcolor": theme.ground,
        "plot_bgcolor": theme.ground,
        "hoverlabel": {"bgcolor": theme.ground, "bordercolor": theme.muted, "font": {"color": theme.text}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 56, "r": 24, "t": 72, "b": 56},
        "xaxis": axis | {"title": {"text": x, "standoff": 12}},
        "yaxis": axis | {"title": {"text": y, "standoff": 12}},
    }
    for name, value in more.items():
        known = shared.get(name)
        shared[name] = known | value if isinstance(known, dict) and isinstance(value, dict) else value
    return shared


def plain(text: str) -> str:
    """Text plotly shows as it is: it would read `<b>` in a token as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def visible(token: str) -> str:
    """A token one can see: spaces and line breaks are part of it. Also see `plain`."""
    return plain(token.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥")) or "∅"
