"""The numbering of edges: counts that others publish, names both ways, who feeds whom."""

import json
from pathlib import Path

import numpy as np
import pytest

from headwater.attribution.components.graph import EdgeUniverse
from headwater.errors import InvalidGraphFile

DATA = Path(__file__).parents[3] / "data" / "circuits"


@pytest.mark.parametrize(("layers", "heads", "edges"), [(12, 12, 32_491), (24, 16, 231_877), (2, 4, 110)])
def test_as_many_edges_as_eap_ig_counts(layers: int, heads: int, edges: int) -> None:
    universe = EdgeUniverse(layers, heads)

    per_layer = [(1 + (heads + 1) * layer) * (3 * heads + 1) + heads for layer in range(layers)]

    assert universe.n_edges == edges == sum(per_layer) + 1 + (heads + 1) * layers
    assert universe.n_sources == 1 + layers * (heads + 1)
    assert universe.n_slots == layers * (3 * heads + 1) + 1


def test_names_are_those_of_the_peer() -> None:
    peer = json.loads((DATA / "peers" / "eap_ln" / "peer_eap.json").read_text())

    assert set(EdgeUniverse(2, 4).edge_names) == set(peer["methods"]["EAP"]["scores"])


def test_a_name_leads_back_to_its_edge() -> None:
    universe = EdgeUniverse(3, 2)

    numbers = [universe.find_edge(name) for name in universe.edge_names]

    assert numbers == list(range(universe.n_edges))
    assert universe.source_names[universe.edge_source[universe.find_edge("m0->a2.h1<k>")]] == "m0"


@pytest.mark.parametrize("name", ["a0.h0->a0.h1<q>", "m1->a0.h0<v>", "input->a0.h9<q>", "", "x"])
def test_an_edge_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(InvalidGraphFile, match="is no edge of a model with 3 layers of 2 heads"):
        EdgeUniverse(3, 2).find_edge(name)


def test_heads_feed_the_mlp_of_their_own_layer_in_sequential_blocks_only() -> None:
    names = set(EdgeUniverse(2, 2).edge_names) - set(EdgeUniverse(2, 2, parallel=True).edge_names)

    assert names == {"a0.h0->m0", "a0.h1->m0", "a1.h0->m1", "a1.h1->m1"}


def test_edges_lead_to_what_is_computed_later() -> None:
    universe = EdgeUniverse(3, 2)

    owner = universe.source_of_slot[universe.edge_slot]

    assert (universe.edge_source < owner).all()
    assert universe.exists[:, universe.logits_slot].all()
    assert np.array_equal(universe.exists.sum(0), universe.n_sources_of)
