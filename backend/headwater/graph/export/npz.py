"""The raw, unpruned matrix for checking by other tools (DESIGN.md 4.1).

Arrays: `adjacency` float32 [node, node] (rows = targets, columns = sources, zero rows for
nodes that are no targets); one entry per node of `kind` (text), `layer`, `position`,
`index` (token id for embeddings and logits, feature index for features, -1 otherwise) and
`activation`; `token_ids`; `logit_probabilities` in the order of the logit nodes.

circuit-tracer's arrays hold an error node for every layer at the start token too, whose column is
always zero. They come last here, so that a comparison finds all of its nodes.
"""

import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from headwater.graph.graph import ERROR, KINDS, LOGIT, Graph

_BLOCK_BYTES = 32 * 2**20


def write_npz(graph: Graph, file: IO[bytes]) -> None:
    """Memory stays near 32 MiB: the square matrix is written in blocks of rows, never held."""
    nodes, silent = graph.nodes, np.arange(graph.n_layers, dtype=np.int32)
    columns = {
        "kind": np.append(np.array(KINDS)[nodes.kind], np.full(len(silent), KINDS[ERROR])),
        "layer": np.append(nodes.layer.astype(np.int32), silent),
        "position": np.append(nodes.position.astype(np.int32), np.zeros_like(silent)),
        "index": np.append(nodes.index.astype(np.int32), np.full_like(silent, -1)),
        "activation": np.append(nodes.activation.astype(np.float32), np.zeros_like(silent, np.float32)),
        "token_ids": graph.token_ids.astype(np.int32),
        "logit_probabilities": graph.flow.weights[nodes.kind == LOGIT].astype(np.float32),
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with _member(archive, "adjacency") as member:
            _write_adjacency(graph, member)
        for name, values in columns.items():
            with _member(archive, name) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    # A fixed date: equal graphs give equal files.
    return archive.open(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True)


def _write_adjacency(graph: Graph, member: Any) -> None:
    explained, n = len(graph.nodes), len(graph.nodes) + graph.n_layers
    header = {"descr": "<f4", "fortran_order": False, "shape": (n, n)}
    np.lib.format.write_array_header_1_0(member, header)
    step = max(1, _BLOCK_BYTES // (4 * n))
    for first in range(0, explained, step):
        rows = dense_rows(graph, np.arange(first, min(first + step, explained)))
        member.write(np.pad(rows, ((0, 0), (0, graph.n_layers))).tobytes())
    member.write(np.zeros((graph.n_layers, n), "<f4").tobytes())


def dense_rows(graph: Graph, nodes: NDArray[np.integer]) -> NDArray[np.float32]:
    """The rows of the square matrix that belong to these nodes; zeros for nodes without one."""
    edges = graph.edges
    dense = np.zeros((len(nodes), len(graph.nodes)), "<f4")
    for place, row in enumerate(graph.flow.row_of[nodes].tolist()):
        if row >= 0:
            span = slice(edges.indptr[row], edges.indptr[row + 1])
            dense[place, edges.source[span]] = edges.weight[span]
    return dense
