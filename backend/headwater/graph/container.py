"""The container of every binary file: a JSON header and Arrow streams, `HWGRAPH1` (see `codec.py`).

Reading trusts nothing: sizes, types and gaps are checked before a column comes out.
"""

import json
import struct
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from headwater.errors import InvalidGraphFile
from headwater.graph.check import require, wrong_version

MAGIC: Final = b"HWGRAPH1"
VERSION: Final = 1
MEDIA_TYPE: Final = "application/vnd.headwater.graph"
MAX_HEADER_BYTES: Final = 64 * 2**20

Columns = dict[str, NDArray[Any] | list[str]]


def pack(header: dict[str, Any], streams: dict[str, Columns]) -> bytes:
    parts, listed, offset = [], [], 0
    for name, columns in streams.items():
        data = _write_stream(columns)
        listed.append({"name": name, "offset": offset, "length": len(data)})
        parts += [data, bytes(-len(data) % 8)]
        offset += len(data) + -len(data) % 8
    text = json.dumps({**header, "streams": listed}, ensure_ascii=False, sort_keys=True, allow_nan=False)
    # A lone surrogate cannot be UTF-8; tokens never have one, a hand-made label might.
    encoded = text.encode("utf-8", "replace")
    head = MAGIC + struct.pack("<I", len(encoded)) + encoded
    return b"".join([head, bytes(-len(head) % 8), *parts])


def unpack(data: bytes | memoryview) -> tuple[dict[str, Any], memoryview]:
    view = memoryview(data)
    if bytes(view[:8]) != MAGIC:
        raise InvalidGraphFile("This is not a Headwater graph file: it does not begin with HWGRAPH1.")
    require(len(view) >= 12, "it ends within its header")
    (length,) = struct.unpack("<I", view[8:12])
    require(length <= MAX_HEADER_BYTES and 12 + length <= len(view), "it ends within its header")
    try:
        header = json.loads(bytes(view[12 : 12 + length]))
    except (ValueError, RecursionError):
        raise InvalidGraphFile("This graph file is damaged: its header is not JSON.") from None
    require(isinstance(header, dict), "its header is not an object")
    if header.get("version") != VERSION:
        raise wrong_version(header.get("version"), VERSION)
    start = 12 + length + -(12 + length) % 8
    return header, view[min(start, len(view)) :]


def _write_stream(columns: Columns) -> bytes:
    table = pa.table({name: _arrow(values) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _arrow(values: NDArray[Any] | list[str]) -> pa.Array:
    if isinstance(values, list):
        return pa.array([text.encode("utf-8", "replace").decode() for text in values], pa.utf8())
    return pa.array(np.ascontiguousarray(values))


def read_stream(
    header: dict[str, Any], body: memoryview, name: str, columns: dict[str, Any]
) -> dict[str, NDArray[Any]]:
    listed = header.get("streams")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    places = [(entry.get("offset"), entry.get("length")) for entry in entries if entry.get("name") == name]
    require(len(places) == 1, f"it does not have one stream {name!r}")
    offset, length = places[0]
    if type(offset) is not int or type(length) is not int:
        raise InvalidGraphFile(f"This graph file is damaged: stream {name!r} has no place.")
    require(0 <= offset <= offset + length <= len(body), f"stream {name!r} lies outside the file")
    try:
        table = pa.ipc.open_stream(pa.py_buffer(body[offset : offset + length])).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InvalidGraphFile(
            f"This graph file is damaged: stream {name!r} is not Arrow ({reason})."
        ) from None
    require(table.nbytes <= length, f"stream {name!r} is compressed or repeats itself")
    types = [pa.from_numpy_dtype(np.dtype(dtype)) for dtype in columns.values()]
    as_expected = table.schema.names == list(columns) and table.schema.types == types
    require(as_expected, f"stream {name!r} has other columns than {', '.join(columns)}")
    require(all(column.null_count == 0 for column in table.columns), f"stream {name!r} has gaps")
    return {column: table[column].combine_chunks().to_numpy(zero_copy_only=False) for column in columns}


def records(columns: Columns) -> list[dict[str, Any]]:
    lists = [_plain(values) for values in columns.values()]
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]


def _plain(values: NDArray[Any] | list[str]) -> list[Any]:
    if isinstance(values, list):
        return values
    if values.dtype.kind == "f":
        return [None if number != number else number for number in short_decimals(values).tolist()]
    return list(values.tolist())


def short_decimals(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Doubles that print with at most 9 significant digits, enough to give the float32 back.

    Half the JSON of a double's 17 digits, and twenty times faster than formatting each.
    """
    exact = values.astype(np.float64)
    size = np.abs(exact)
    exponent = np.floor(np.log10(size, out=np.zeros_like(exact), where=(size > 0) & np.isfinite(size)))
    scale = 10.0 ** (8 - exponent)
    return np.asarray(np.round(exact * scale) / scale)
