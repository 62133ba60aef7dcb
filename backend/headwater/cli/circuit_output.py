"""What `headwater circuit` writes and prints: the whole circuit, or the edges that --keep selects."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwater.cli.output import Output, counted, write_json, writing

if TYPE_CHECKING:
    from headwater.graph.circuit import Circuit
    from headwater.graph.circuit_view import CircuitView
    from headwater.tasks.opened import OpenedTask


class Select(StrEnum):
    top = "top"
    greedy = "greedy"


class Format(StrEnum):
    scores = "scores"
    mib = "mib"
    headwater = "headwater"
    csv = "csv"
    graphml = "graphml"


def select_edges(circuit: "Circuit", keep: int, select: Select) -> "CircuitView":
    """The circuit of at most `keep` edges."""
    from headwater.graph.circuit_view import cut

    return cut(circuit, edges=keep, select="greedy" if select == Select.greedy else "connected")


def write_circuit(
    path: Path, format: Format, circuit: "Circuit", selected: "CircuitView | None" = None
) -> None:
    """`selected`: what of it is written. A mib file lists all edges and marks these."""
    from headwater.graph.circuit_view import part_of

    part = circuit if selected is None else part_of(selected)
    if format == Format.scores:
        from headwater.graph.export.mib import to_scores

        write_json(path, to_scores(part))
    elif format == Format.mib:
        from headwater.graph.export.mib import to_mib

        write_json(path, to_mib(circuit, None if selected is None else selected.kept))
    elif format == Format.headwater:
        from headwater.graph.export.circuit_file import to_circuit_file

        write_json(path, to_circuit_file(part))
    else:
        from headwater.graph.export.circuit_tables import to_csv, to_graphml

        with writing(path) as file:
            file.write((to_csv if format == Format.csv else to_graphml)(selected or circuit))


def report(
    output: Output,
    circuit: "Circuit",
    selected: "CircuitView | None",
    opened: "OpenedTask",
    out: Path | None,
) -> None:
    from headwater.graph.accuracy import accuracy_of, accuracy_warning
    from headwater.graph.circuit_codec import circuit_json
    from headwater.graph.circuit_view import cut, part_of, view_facts
    from headwater.graph.methods_text import methods_text

    shown = circuit if selected is None else part_of(selected)
    view = circuit_json({}, cut(shown, nodes=15, edges=15))
    text = methods_text(shown)
    output.give(
        {
            "model": circuit.model,
            "task": circuit.task,
            "method": circuit.method,
            "level": circuit.level,
            "dictionaries": circuit.dictionaries,
            "n_nodes": len(circuit.nodes),
            "n_edges": len(circuit.edges),
            "selection": None if selected is None else view_facts(selected),
            "metric_clean": float(circuit.metric_clean.mean()),
            "metric_patch": _mean(circuit.metric_patch),
            "accuracy": accuracy_of(circuit),
            "warning": accuracy_warning(circuit) or None,
            "nodes": view["nodes"],
            "edges": view["edges"],
            "dropped": [vars(one) for one in opened.dropped[:20]],
            "notes": list(opened.notes),
            "methods_text": text,
            "provenance": circuit.provenance,
            "out": None if out is None else str(out),
        }
    )
    if accuracy_warning(circuit):
        output.say(f"Warning: {accuracy_warning(circuit)}\n")
    output.say(f"{counted(len(circuit.nodes), 'node')}, {counted(len(circuit.edges), 'edge')}. {text}")
    if selected is not None:
        kept = f"{counted(len(selected.node), 'node')}, {counted(len(selected.edge), 'edge')}"
        output.say(f"Selected: {kept}." + ("" if len(selected.edge) else f" {_NO_WAY}"))
    for note in opened.notes:
        output.say(note)
    if opened.dropped:
        first = opened.dropped[0]
        output.say(f"{counted(len(opened.dropped), 'example')} dropped; line {first.line}: {first.reason}")
    output.say()
    nodes = [one for one in view["nodes"] if one["kind"] != "logit"]
    output.table(["node", "effect"], [[one["name"], f"{one['effect']:+.4f}"] for one in nodes])
    output.say()
    output.table(["edge", "weight"], [[one["name"], f"{one['weight']:+.4f}"] for one in view["edges"]])
    if out is not None:
        output.say(f"\nWritten to {out}.")


_NO_WAY = "No edge among so few leads from the input to the metric: give --keep more, or --select greedy."


def _mean(values: Any) -> float | None:
    known = values[values == values]
    return float(known.mean()) if len(known) else None
