"""A circuit as tables for spreadsheets and as GraphML for graph programs (Gephi, yEd, networkx).

Both take the whole circuit, or a view of it (`circuit_view.cut`).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from headwater.graph.circuit import CIRCUIT_KINDS, SITES, SLOTS, Circuit
from headwater.graph.circuit_view import CircuitView, cut

Table = Literal["nodes", "edges"]

NODE_COLUMNS: Final = (
    "name", "kind", "layer", "site", "bin", "index", "effect", "spread"
)  # fmt: skip
EDGE_COLUMNS: Final = ("name", "source", "target", "slot", "weight")
_TYPES: Final = {"layer": "int", "index": "int", "effect": "double", "spread": "double", "weight": "double"}


def to_csv(circuit: Circuit | CircuitView, table: Table = "edges") -> bytes:
    """One row a node (`name`, where it lies, effect, spread over examples) or an edge, strongest first."""
    view = _view(circuit)
    columns, rows = (NODE_COLUMNS, _nodes(view)) if table == "nodes" else (EDGE_COLUMNS, _edges(view))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(columns)
    writer.writerows([_inert(value) for value in row] for row in rows)
    return text.getvalue().encode()


def to_graphml(circuit: Circuit | CircuitView) -> bytes:
    """Node ids are the nodes' names; every column is an attribute."""
    view = _view(circuit)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *_keys("node", NODE_COLUMNS[1:]),
        *_keys("edge", EDGE_COLUMNS[3:]),
        '<graph edgedefault="directed">',
    ]
    for row in _nodes(view):
        lines.append(f"<node id={_quoted(row[0])}>{_data('node', NODE_COLUMNS[1:], row[1:])}</node>")
    for name, source, target, *rest in _edges(view):
        ends = f"id={_quoted(name)} source={_quoted(source)} target={_quoted(target)}"
        lines.append(f"<edge {ends}>{_data('edge', EDGE_COLUMNS[3:], rest)}</edge>")
    return "\n".join([*lines, "</graph>", "</graphml>", ""]).encode("utf-8", "replace")


def _view(circuit: Circuit | CircuitView) -> CircuitView:
    return cut(circuit) if isinstance(circuit, Circuit) else circuit


def _nodes(view: CircuitView) -> Iterator[tuple[Any, ...]]:
    circuit, nodes = view.circuit, view.circuit.nodes
    for row in view.node.tolist():
        yield (
            circuit.names[row],
            CIRCUIT_KINDS[int(nodes.kind[row])],
            int(nodes.layer[row]),
            SITES[int(nodes.site[row])],
            circuit.bins[int(nodes.position[row])],
            int(nodes.index[row]),
            _short(nodes.effect[row]),
            _short(nodes.spread[row]),
        )


def _edges(view: CircuitView) -> Iterator[tuple[Any, ...]]:
    circuit, names = view.circuit, view.circuit.names
    for edge in view.edge.tolist():
        yield (
            circuit.edge_name(edge),
            names[int(circuit.edges.source[edge])],
            names[int(circuit.edges.target[edge])],
            SLOTS[int(circuit.edges.slot[edge])],
            _short(circuit.edges.weight[edge]),
        )


def _short(value: Any) -> str:
    """Enough digits to give the float32 back."""
    return f"{float(value):.9g}"


def _inert(value: Any) -> Any:
    """A span may be called `=cmd()`, and spreadsheets would run it: a quote before it makes it text."""
    formula = isinstance(value, str) and value[:1] in ("=", "+", "@", "\t", "\r")
    return f"'{value}" if formula else value


def _keys(of: str, columns: Sequence[str]) -> list[str]:
    return [
        f'<key id="{of}-{name}" for="{of}" attr.name="{name}" attr.type="{_TYPES.get(name, "string")}"/>'
        for name in columns
    ]


def _data(of: str, columns: Sequence[str], values: Sequence[Any]) -> str:
    pairs = zip(columns, values, strict=True)
    return "".join(f'<data key="{of}-{name}">{escape(_legal(str(value)))}</data>' for name, value in pairs)


def _quoted(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    """XML 1.0 has no control characters, not even escaped."""
    return "".join(one if one >= " " or one in "\t\n\r" else "\ufffd" for one in text)
