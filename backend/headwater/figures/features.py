"""What a feature does over the corpus."""

from headwater.features.dashboard import Histogram
from headwater.figures.theme import Figure, Template, layout, theme_of


def activation_histogram(
    histogram: Histogram, *, activation: float | None = None, template: Template = "light"
) -> Figure:
    """How often the feature fires how strongly; `activation` marks this prompt's value.

    Counts are drawn on a logarithmic axis, for strong activations are rare; empty bins have
    no bar.
    """
    theme = theme_of(template)
    bins = max(len(histogram.counts), 1)
    width = histogram.maximum / bins
    mark = {
        "type": "line",
        "x0": activation,
        "x1": activation,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.falls, "width": 2},
    }
    label = {
        "x": activation,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "text": f"here {activation:.2f}" if activation is not None else "",
        "showarrow": False,
        "font": {"color": theme.falls},
    }
    return {
        "data": [
            {
                "type": "bar",
                "x": [(place + 0.5) * width for place in range(len(histogram.counts))],
                "y": histogram.counts,
                "width": [width] * len(histogram.counts),
                "marker": {"color": theme.after, "line": {"color": theme.ground, "width": 1}},
                "hovertemplate": "around %{x:.2f}: %{y} tokens<extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": layout(
            theme,
            title="Activations over the corpus",
            x="activation",
            y="tokens",
            height=320,
            bargap=0,
            yaxis={"type": "log", "dtick": 1},
            shapes=[mark] if activation is not None else [],
            annotations=[label] if activation is not None else [],
        ),
    }
