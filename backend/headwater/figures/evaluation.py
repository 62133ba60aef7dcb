"""How far to trust a circuit: faithfulness over size, beside baselines. Every figure states its settings."""

from typing import Any, Final, Literal

from headwater.evaluation.settings import Curve, EvaluationResult
from headwater.figures.theme import Figure, Template, Theme, layout, theme_of

Measure = Literal["faithfulness", "completeness", "soft", "hard", "kl"]

_TITLES: Final[dict[Measure, str]] = {
    "faithfulness": "Faithfulness: share of the behaviour that the circuit alone keeps",
    "completeness": "Completeness: share that is left without the circuit (0 is good)",
    "soft": "Metric of the circuit over the model's",
    "hard": "Share of examples whose top token is the model's",
    "kl": "KL divergence from the model (nats)",
}
_DASHES: Final = {"random": "dot", "activation": "dash", "gradient": "dashdot"}


def evaluation_curves(
    result: EvaluationResult,
    measure: Measure = "faithfulness",
    *,
    ranking: Literal["absolute", "signed"] = "absolute",
    template: Template = "light",
) -> Figure:
    """One line for the circuit, with a band over its examples' middle half, and one for each baseline.

    Sizes are on a logarithmic axis; points where a number does not exist are left out.
    """
    theme = theme_of(template)
    chosen = [curve for curve in result.curves if curve.ranking == ranking] or list(result.curves)
    traces: list[dict[str, Any]] = []
    for curve in chosen:
        if curve.name == "circuit" and measure == "faithfulness":
            traces += _band(curve, theme)
        traces.append(_line(curve, measure, theme))
    items = "edges" if result.level == "components" else "nodes"
    return {
        "data": traces,
        "layout": layout(
            theme,
            title=_TITLES[measure],
            x=f"{items} in the circuit, of {result.n_items:,}",
            y=measure if measure != "kl" else "KL (nats)",
            height=480,
            xaxis={"type": "log"},
            margin={"b": 110},
            annotations=[
                {
                    "text": settings_line(result),
                    "showarrow": False,
                    "xref": "paper",
                    "yref": "paper",
                    "x": 0,
                    "y": -0.24,
                    "xanchor": "left",
                    "align": "left",
                    "font": {"size": 11, "color": theme.muted},
                }
            ],
        ),
    }


def settings_line(result: EvaluationResult) -> str:
    """What a reader must know to make sense of a number of this result."""
    s = result.settings
    parts = [
        f"ablation: {s.ablation}",
        f"{result.n_examples} examples",
        f"metric {result.clean:.3g} (model) to {result.empty:.3g} (nothing kept)",
        f"method {result.method.get('method', '')}",
        f"selection: {s.selection}",
    ]
    if result.level == "features":
        parts += [f"errors: {s.errors}", f"layers from {s.start_layer}"]
    return ", ".join([*parts, f"seed {s.seed}"])


def _line(curve: Curve, measure: Measure, theme: Theme) -> dict[str, Any]:
    points = [point for point in curve.points if getattr(point, measure) is not None and point.size > 0]
    is_circuit = curve.name == "circuit"
    areas = [
        f"{name} {value:.3f}" for name, value in (("CPR", curve.cpr), ("CMD", curve.cmd)) if value is not None
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": ", ".join(["this circuit" if is_circuit else f"{curve.name} scores", *areas]),
        "x": [point.size for point in points],
        "y": [getattr(point, measure) for point in points],
        "line": {
            "color": theme.after if is_circuit else theme.before,
            "width": 3 if is_circuit else 1.5,
            "dash": "solid" if is_circuit else _DASHES.get(curve.name, "dot"),
        },
        "hovertemplate": f"{curve.name}: %{{y:.3f}} at %{{x:,}}<extra></extra>",
    }


def _band(curve: Curve, theme: Theme) -> list[dict[str, Any]]:
    spread = [(p.size, p.quantiles) for p in curve.points if p.quantiles is not None and p.size > 0]
    edge = {
        "type": "scatter",
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    x = [size for size, _ in spread]
    colour = theme.after
    rgb = ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return [
        {**edge, "x": x, "y": [q.q1 for _, q in spread]},
        {
            **edge,
            "x": x,
            "y": [q.q3 for _, q in spread],
            "fill": "tonexty",
            "fillcolor": f"rgba({rgb},0.18)",
            "name": "middle half of examples",
            "showlegend": True,
        },
    ]
