"""A circuit file of any known kind: our own, EAP-IG scores, or the MIB benchmark's."""

import json

from headwater.errors import InvalidGraphFile
from headwater.graph.circuit import Circuit
from headwater.graph.export.circuit_file import FORMAT, from_circuit_file
from headwater.graph.export.mib import read_mib


def read_circuit(data: bytes) -> Circuit:
    """Told apart by content. Raises InvalidGraphFile when it is none of them, or damaged."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidGraphFile(f"This circuit file is no JSON ({error}). Export it again.") from None
    if isinstance(document, dict) and document.get("format") == FORMAT:
        return from_circuit_file(document)
    return read_mib(data).circuit
