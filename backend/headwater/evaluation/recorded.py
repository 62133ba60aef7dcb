"""What a circuit says of how it was found, as far as an evaluation follows it. People edit files by hand."""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from headwater.attribution.circuit_methods import Metric, Positions
from headwater.errors import InvalidGraphFile
from headwater.graph.circuit import Circuit

_METRIC: Final[TypeAdapter[Metric]] = TypeAdapter(Metric)
_POSITIONS: Final[TypeAdapter[Positions]] = TypeAdapter(Positions)


def recorded_metric(circuit: Circuit) -> Metric:
    """The metric it was found by, the logit difference where it says nothing. Other tools' names for metrics
    are not ours: imported scores are evaluated by the logit difference too."""
    found = circuit.method.get("metric", "logit_difference")
    try:
        return _METRIC.validate_python(found)
    except ValidationError:
        if circuit.provenance.get("imported"):
            return "logit_difference"
        raise _no("metric", found) from None


def recorded_positions(circuit: Circuit) -> Positions:
    """What its bins are."""
    if len(circuit.bins) == 1:
        return "sum"
    found = circuit.method.get("positions", "separate")
    try:
        return _POSITIONS.validate_python(found)
    except ValidationError:
        raise _no("positions", found) from None


def _no(what: str, found: Any) -> InvalidGraphFile:
    return InvalidGraphFile(
        f"The circuit's method has {what} {str(found)[:60]!r}, which is none. Export or compute it again."
    )
