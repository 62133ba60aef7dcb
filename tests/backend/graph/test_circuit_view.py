"""A circuit cut to size by each rule.

input --1--> m0 --2--> logits       m0 has no effect of its own; m1 has the largest and leads to the metric
m0 --9--> m1 --0.5--> logits        by the weakest edge; input -> m1 is missing
"""

import json
from dataclasses import replace

import numpy as np
import pytest

from headwater.attribution.components.graph import EdgeUniverse
from headwater.graph.circuit import (
    EMBED_SITE,
    HEAD,
    LOGITS_SITE,
    MLP,
    MLP_SITE,
    Circuit,
    CircuitEdges,
    CircuitNodes,
    ExampleEffects,
    check_circuit,
)
from headwater.graph.circuit_codec import circuit_json
from headwater.graph.circuit_view import cut, part_of
from headwater.graph.export.mib import to_mib, to_scores
from headwater.graph.graph import EMBEDDING, LOGIT
from headwater.graph.methods_text import methods_text
from headwater.graph.selecting import greedy, top_n, wiring_of

INPUT, M0, M1, OUT = range(4)


def circuit() -> Circuit:
    return Circuit(
        nodes=CircuitNodes(
            kind=np.array([EMBEDDING, MLP, MLP, LOGIT], np.uint8),
            site=np.array([EMBED_SITE, MLP_SITE, MLP_SITE, LOGITS_SITE], np.uint8),
            layer=np.array([-1, 0, 1, 2], np.int16),
            position=np.zeros(4, np.int32),
            index=np.full(4, -1, np.int32),
            effect=np.array([1.0, 0.0, -3.0, 0.5], np.float32),
            spread=np.zeros(4, np.float32),
        ),
        edges=CircuitEdges(
            source=np.array([INPUT, M0, M0, M1], np.int32),
            target=np.array([M0, OUT, M1, OUT], np.int32),
            slot=np.zeros(4, np.uint8),
            weight=np.array([1.0, -2.0, 9.0, 0.5], np.float32),
        ),
        examples=ExampleEffects(
            np.array([0, 1, 1, 3, 3], np.int64),
            np.array([0, 0, 1], np.int32),
            np.array([1.0, -2.0, -4.0], np.float32),
        ),
        bins=("all",),
        metric_clean=np.array([2.0, 3.0], np.float32),
        metric_patch=np.array([1.0, 1.0], np.float32),
        level="components",
        n_layers=2,
        n_heads=1,
        model="toy",
        method={"method": "eap"},
        provenance={"d_model": 8, "parallel": False},
    )


def names(view: object) -> tuple[list[str], list[str]]:
    told = json.loads(json.dumps(circuit_json({}, view), allow_nan=False))  # type: ignore[arg-type]
    hidden = sum(told["view"]["hidden"].values())
    assert told["view"]["nodes_shown"] + hidden == told["view"]["nodes_total"] == 4
    return [one["name"] for one in told["nodes"]], [one["name"] for one in told["edges"]]


def test_the_strongest_edges_may_lead_nowhere() -> None:
    assert names(cut(circuit(), nodes=2)) == (["logits", "m1"], ["m1->logits"])
    whole = circuit()
    whole.nodes.effect[M0] = 0.1  # a node without effect is not shown

    assert names(cut(whole, edges=1))[1] == ["m0->m1"]


def test_connected_edges_lead_from_the_input_to_the_metric() -> None:
    assert names(cut(circuit(), edges=2, select="connected")) == (["logits"], [])
    assert names(cut(circuit(), edges=3, select="connected")) == (
        ["logits", "input", "m0"],
        ["m0->logits", "input->m0"],
    )
    assert names(cut(circuit(), select="connected"))[1] == ["m0->m1", "m0->logits", "input->m0", "m1->logits"]


def test_greedy_edges_are_found_from_the_metric() -> None:
    """m0 -> logits (2), input -> m0 (1); m1 -> logits (0.5) opens m0 -> m1 (9)."""
    assert names(cut(circuit(), edges=2, select="greedy"))[1] == ["m0->logits", "input->m0"]
    assert names(cut(circuit(), edges=3, select="greedy"))[1] == ["m0->logits", "input->m0"]
    assert names(cut(circuit(), edges=4, select="greedy"))[1] == names(cut(circuit(), select="connected"))[1]


def test_limits_on_nodes_leave_the_ends_of_the_circuit() -> None:
    """m1 is stronger than the input, which has to stay; m0 is the weakest and all ways lead through it."""
    assert names(cut(circuit(), nodes=3, select="connected")) == (["logits"], [])
    assert names(cut(circuit(), nodes=1, select="greedy")) == (["logits"], [])
    assert names(cut(circuit(), min_weight=1.0, select="connected"))[1] == ["m0->logits", "input->m0"]
    assert names(cut(circuit(), min_effect=0.5, select="connected")) == (["logits"], [])


def test_features_need_no_way_from_the_input() -> None:
    features = replace(circuit(), level="features")

    assert names(cut(features, edges=2, select="connected")) == (["logits", "m0"], ["m0->logits"])


def test_a_part_is_a_circuit_that_says_what_it_was_cut_from() -> None:
    whole = circuit()

    part = check_circuit(part_of(cut(whole, edges=3, select="connected")))

    assert part.names == ("input", "m0", "logits")
    assert [part.edge_name(edge) for edge in range(len(part.edges))] == ["input->m0", "m0->logits"]
    np.testing.assert_array_equal(part.example_effects(0), whole.example_effects(INPUT))
    np.testing.assert_array_equal(part.example_effects(2), whole.example_effects(OUT))
    both = part_of(cut(whole, edges=4, select="greedy"))
    np.testing.assert_array_equal(both.example_effects(2), [-2, -4])
    assert part.provenance["selection"]["edges_total"] == 4
    assert "Of its 4 nodes and 4 edges, 3 and 2 were selected" in methods_text(part)
    assert set(to_scores(part)["scores"]) == {"input->m0", "m0->logits"}


def test_a_mib_file_lists_all_edges_and_marks_the_selection() -> None:
    view = cut(circuit(), edges=3, select="connected")

    document = to_mib(view.circuit, view.kept)

    marked = {name for name, edge in document["edges"].items() if edge["in_graph"]}
    assert marked == {"input->m0", "m0->logits"}
    assert len(document["edges"]) == 4
    assert not document["nodes"]["m1"]["in_graph"]
    assert document["cfg"] == {"n_layers": 2, "n_heads": 1, "parallel_attn_mlp": False, "d_model": 8}


@pytest.mark.parametrize(
    "damage", [3, {}, {"selection": []}, {"selection": "magic"}, {"selection": "greedy"}]
)
def test_a_strange_record_of_a_selection_breaks_no_paragraph(damage: object) -> None:
    assert methods_text(replace(circuit(), provenance={"selection": damage})).endswith(".")


def test_a_circuit_of_the_size_of_gpt2_is_cut_at_once() -> None:
    """32,491 edges of 12 layers of 12 heads."""
    universe = EdgeUniverse(12, 12)
    n = universe.n_sources + 1
    kind = np.full(n, HEAD, np.uint8)
    kind[0], kind[-1] = EMBEDDING, LOGIT
    effect = np.linspace(1, 2, n, dtype=np.float32)
    whole = replace(
        circuit(),
        nodes=CircuitNodes(
            kind,
            np.zeros(n, np.uint8),
            np.arange(n, dtype=np.int16),
            np.zeros(n, np.int32),
            np.zeros(n, np.int32),
            effect,
            effect,
        ),
        edges=CircuitEdges(
            universe.edge_source.astype(np.int32),
            universe.source_of_slot[universe.edge_slot].astype(np.int32),
            np.zeros(universe.n_edges, np.uint8),
            np.random.default_rng(0).normal(size=universe.n_edges).astype(np.float32),
        ),
        examples=None,
    )
    wiring = universe.wiring(universe.edge_source, universe.edge_slot)

    for select, rule in (("connected", top_n), ("greedy", greedy)):
        view = cut(whole, edges=1_000, select=select)  # type: ignore[arg-type]
        assert universe.n_edges == 32_491
        assert (view.kept == rule(whole.edges.weight, 1_000, wiring)).all(), (
            "positions summed: nodes alone count"
        )
        assert wiring_of(whole).n_vertices == 4 * n
