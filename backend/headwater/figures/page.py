"""Figures as one HTML page that works without a network: plotly.js lies inside it."""

import html
from collections.abc import Sequence

from headwater.figures.theme import Figure, Template, theme_of


def to_html(
    figures: Sequence[Figure], *, title: str, subtitle: str = "", template: Template = "light"
) -> str:
    """About 5 MB, nearly all of it plotly.js, once however many figures."""
    from plotly import graph_objects, io  # type: ignore[import-untyped]  # slow, and ships no types

    theme = theme_of(template)
    parts = [
        io.to_html(
            graph_objects.Figure(figure),
            full_html=False,
            include_plotlyjs=place == 0,
            config={"displaylogo": False, "responsive": True},
        )
        for place, figure in enumerate(figures)
    ]
    style = (
        f"body{{margin:2rem auto;max-width:60rem;padding:0 1rem;background:{theme.ground};"
        f"color:{theme.text};font-family:system-ui,sans-serif}}p{{color:{theme.muted}}}"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{style}</style></head><body><h1>{html.escape(title)}</h1><p>{html.escape(subtitle)}</p>"
        + "".join(parts)
        + "</body></html>\n"
    )
