"""A stored circuit in each format it is sent in."""

from enum import StrEnum
from typing import Final, NamedTuple

from headwater.api.server import Server
from headwater.api.views import compress
from headwater.errors import InvalidSetting
from headwater.graph.circuit import Circuit
from headwater.graph.circuit_codec import circuit_json, encode_circuit_view
from headwater.graph.circuit_view import CircuitView, Selection, cut, part_of
from headwater.graph.container import MEDIA_TYPE
from headwater.graph.export.circuit_file import to_circuit_file
from headwater.graph.export.circuit_tables import Table, to_csv, to_graphml
from headwater.graph.export.mib import to_mib, to_scores
from headwater.store.circuits import summarise
from headwater.store.graphs import canonical_json
from headwater.store.tables import StoredCircuit


class CircuitFormat(StrEnum):
    json = "json"
    columns = "columns"
    headwater = "headwater"
    eap_ig = "eap-ig"
    mib = "mib"
    csv = "csv"
    graphml = "graphml"


FILES: Final[dict[CircuitFormat, tuple[str, str | None]]] = {
    CircuitFormat.json: ("application/json", None),
    CircuitFormat.columns: (MEDIA_TYPE, None),
    CircuitFormat.headwater: ("application/json", "headwater.json"),
    CircuitFormat.eap_ig: ("application/json", "eap-ig.json"),
    CircuitFormat.mib: ("application/json", "mib.json"),
    CircuitFormat.csv: ("text/csv; charset=utf-8", "csv"),
    CircuitFormat.graphml: ("application/xml", "graphml"),
}
"""Media type and ending; None is shown and not saved."""


class Limits(NamedTuple):
    """What is shown. Without `select`: the strongest, and files that can hold the whole circuit do."""

    nodes: int
    edges: int
    min_effect: float
    min_weight: float
    select: Selection | None

    def cut(self, circuit: Circuit) -> CircuitView:
        return cut(circuit, *self[:4], self.select or "strongest")


def make_file(
    server: Server, row: StoredCircuit, limits: Limits, format: CircuitFormat, table: Table
) -> bytes:
    """Compressed. InvalidSetting where a format cannot hold this circuit."""
    circuit = server.views.circuit(row)
    if format in (CircuitFormat.eap_ig, CircuitFormat.mib) and circuit.level != "components":
        raise InvalidSetting(
            f"{format.value} files hold heads and MLPs, and this circuit's nodes are dictionary features. "
            "Ask for format=headwater, csv or graphml."
        )
    return compress(_write(row, circuit, limits, format, table))


def _write(
    row: StoredCircuit, circuit: Circuit, limits: Limits, format: CircuitFormat, table: Table
) -> bytes:
    view = limits.cut(circuit)
    part = circuit if limits.select is None else part_of(view)
    match format:
        case CircuitFormat.headwater:
            return canonical_json(to_circuit_file(part))
        case CircuitFormat.eap_ig:
            return canonical_json(to_scores(part))
        case CircuitFormat.mib:
            return canonical_json(to_mib(circuit, None if limits.select is None else view.kept))
        case CircuitFormat.csv:
            return to_csv(view, table)
        case CircuitFormat.graphml:
            return to_graphml(view)
    summary = summarise(row).model_dump(mode="json")
    if format == CircuitFormat.columns:
        return encode_circuit_view(summary, view)
    return canonical_json(circuit_json(summary, view))
