"""Graphs as bytes for the wire: the stored default view as it is, other views computed and kept.

Decoded raw graphs and finished views share one budget in bytes; the least recently used goes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

import pyarrow  # type: ignore[import-untyped]  # it ships no types
import zstandard

from headwater.graph.circuit import Circuit
from headwater.graph.circuit_codec import decode_circuit
from headwater.graph.codec import decode_graph
from headwater.graph.graph import Graph
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredCircuit, StoredGraph

MAX_GRAPH_BYTES: Final = 4 * 2**30


class ByteCache:
    """Least recently used, bounded in bytes. One computation per key at a time."""

    def __init__(self, limit: int) -> None:
        self.limit, self.used = limit, 0
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], tuple[Any, int]]) -> Any:
        """`compute` gives the value and its size in bytes."""
        with self._lock:
            turn = self._computing.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._held:
                    self._computing.pop(key, None)
                    self._held.move_to_end(key)
                    return self._held[key][0]
            try:
                value, size = compute()
            finally:
                with self._lock:
                    self._computing.pop(key, None)
            with self._lock:
                self._keep(key, value, size)
            return value

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        if size > self.limit or key in self._held:
            return
        self._held[key] = value, size
        self.used += size
        while self.used > self.limit:
            _, (_, dropped) = self._held.popitem(last=False)
            self.used -= dropped


class Views:
    def __init__(self, store: Store, limit_bytes: int) -> None:
        self.store = store
        self.cache = ByteCache(limit_bytes)
        self.one_large = threading.Lock()

    def stored(self, sha256: str) -> bytes:
        """A blob as it lies on disk: zstd."""
        with self.store.database.reading() as session:
            artifact = session.get_one(Artifact, sha256)
        return self.store.blobs.get(sha256, artifact.size)

    def graph(self, row: StoredGraph) -> Graph:
        """The raw graph, decoded."""

        def decode() -> tuple[Graph, int]:
            data = decompress(self.stored(row.raw_sha256))
            return decode_graph(data), 3 * len(data)  # its influence is about twice its columns

        graph: Graph = self.cache.get(("graph", row.raw_sha256), decode)
        return graph

    def circuit(self, row: StoredCircuit) -> Circuit:
        """The whole circuit, decoded."""

        def decode() -> tuple[Circuit, int]:
            data = decompress(self.stored(row.raw_sha256))
            return decode_circuit(data), len(data) + 200 * row.n_nodes  # names of nodes

        circuit: Circuit = self.cache.get(("raw circuit", row.raw_sha256), decode)
        return circuit

    def computed(self, key: Hashable, compute: Callable[[], bytes]) -> bytes:
        def measured() -> tuple[bytes, int]:
            data = compute()
            return data, len(data)

        data: bytes = self.cache.get(("view", key), measured)
        return data


def warm_up() -> None:
    """Arrow imports pandas, where it is installed, at its first array: most of a second, better not in
    somebody's first request."""
    pyarrow.array([0.0])


def compress(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(data)


def decompress(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_GRAPH_BYTES)
