"""How well the model does the task that a circuit explains: a circuit of what it cannot do is of nothing."""

from typing import Final

from headwater.graph.circuit import Circuit

CHANCE: Final = 0.5
"""Of two answers."""

_TELLS_RIGHT_FROM_WRONG: Final = ("logit_difference", "probability_difference")
"""Metrics above zero where the right answer beats the wrong one."""


def accuracy_of(circuit: Circuit) -> float | None:
    """Share of examples whose clean answer beats the patch answer; None where the metric does not tell."""
    tells = circuit.method.get("metric") in _TELLS_RIGHT_FROM_WRONG
    return float((circuit.metric_clean > 0).mean()) if tells and len(circuit.metric_clean) else None


def accuracy_warning(circuit: Circuit) -> str:
    """What to say where the model is no better than chance; else nothing."""
    accuracy, n = accuracy_of(circuit), len(circuit.metric_clean)
    if accuracy is None or accuracy > CHANCE:
        return ""
    return (
        f"The model prefers the clean answer on {round(accuracy * n):,} of the {n:,} examples, no better "
        "than chance: this circuit explains a behaviour that the model does not show."
    )
