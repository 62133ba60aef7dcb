"""Every step keeps the precision it is given, the ranking of a capped graph included."""

import numpy as np
import torch

from bench.synthetic import Size, random_network
from headwater.attribution.linear import explain
from headwater.attribution.methods import LinearTracing


def test_a_capped_graph_of_a_double_precision_network_is_exact() -> None:
    frozen, dictionaries = random_network(Size(heads=4, kv=1, d_head=6), dtype=torch.float64)

    graph = explain(frozen, dictionaries, LinearTracing(max_features=3))

    assert graph.provenance["features"]["explained"] == 3
    sums = np.add.reduceat(graph.edges.weight, graph.edges.indptr[:-1])
    np.testing.assert_allclose(sums, graph.edges.value, atol=1e-5)
