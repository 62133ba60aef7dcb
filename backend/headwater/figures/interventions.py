"""What an intervention did: the next token before and after, predicted beside measured."""

from headwater.figures.theme import Figure, Template, layout, theme_of, visible
from headwater.interventions.plan import InterventionResult


def output_distribution(result: InterventionResult, *, top: int = 12, template: Template = "light") -> Figure:
    """Paired bars, probability of each next token before and after, likeliest first.

    The change in percentage points stands at the end of each pair. Shows the `top` tokens
    by the larger of their two probabilities.
    """
    theme = theme_of(template)
    likeliest = sorted(result.tokens, key=lambda t: -max(t.probability_before, t.probability_after))[:top]
    # Plotly draws horizontal bars from the bottom up.
    tokens = sorted(likeliest, key=lambda t: t.probability_before)
    names = _distinct([visible(token.text) for token in tokens])
    changes = [100 * (token.probability_after - token.probability_before) for token in tokens]
    bars = [
        ("before", theme.before, [token.probability_before for token in tokens], [""] * len(tokens)),
        ("after", theme.after, [token.probability_after for token in tokens], [f"{c:+.1f}" for c in changes]),
    ]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": name,
                "y": names,
                "x": probabilities,
                "text": texts,
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": colour},
                "hovertemplate": "%{y} " + name + ": %{x:.2%}<extra></extra>",
            }
            for name, colour, probabilities, texts in bars
        ],
        "layout": layout(
            theme,
            title="Next token before and after",
            x="probability (change in percentage points at the bar)",
            y="",
            barmode="group",
            bargap=0.35,
            height=max(320, 110 + 36 * len(tokens)),
            xaxis={"tickformat": ".0%", "rangemode": "tozero"},
            yaxis={"type": "category", "title": {"text": ""}},
        ),
    }


def predicted_vs_measured(result: InterventionResult, *, template: Template = "light") -> Figure:
    """One point per token: the change the graph foretold, the change the model showed.

    Both in nats, relative to the mean logit. On the diagonal the linear graph was right.
    """
    theme = theme_of(template)
    predicted = [token.predicted_change for token in result.tokens]
    measured = [token.measured_change for token in result.tokens]
    low, high = _span([*predicted, *measured])
    told = "" if result.correlation is None else f"  (r = {result.correlation:.3f} over the vocabulary)"
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [low, high],
                "y": [low, high],
                "line": {"color": theme.muted, "dash": "dot", "width": 1},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": predicted,
                "y": measured,
                "text": [visible(token.text) for token in result.tokens],
                "textposition": "top center",
                "textfont": {"color": theme.muted, "size": 11},
                "marker": {"color": theme.after, "size": 9},
                "hovertemplate": "%{text}<br>predicted %{x:+.3f}<br>measured %{y:+.3f}<extra></extra>",
                "showlegend": False,
            },
        ],
        "layout": layout(
            theme,
            title=f"Predicted and measured change{told}",
            x="predicted change of logit (nats)",
            y="measured change of logit (nats)",
            height=480,
        ),
    }


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _distinct(names: list[str]) -> list[str]:
    """Two tokens may print alike; a category axis would merge their bars."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
