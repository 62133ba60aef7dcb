"""Models whose circuits are known: every method must find them as well as it is known to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.truth import METHODS, OURS, Case, measure, read_case
from headwater.attribution.circuit_methods import EdgeSearch
from headwater.attribution.circuits import find_circuit

CIRCUITS = Path(__file__).parents[2] / "data" / "circuits"
COMPILED = ("hist", "reverse", "sort", "xproportion")
TRAINED = ("hist", "sort")


@pytest.fixture(scope="module")
def compiled() -> list[Case]:
    return [read_case(CIRCUITS / "tracr" / name) for name in COMPILED]


@pytest.fixture(scope="module")
def trained() -> list[Case]:
    return [read_case(CIRCUITS / "siit" / name) for name in TRAINED]


def mean(cases: list[Case], settings: dict[str, Any], number: str = "edge_auroc") -> float:
    return float(np.mean([measure(case, settings)[number] for case in cases]))


@pytest.mark.parametrize(
    "settings", [{"method": "exact"}, {"method": "exact", **OURS}], ids=["plain", "ours"]
)
def test_exact_patching_is_perfect_on_compiled_programs(
    compiled: list[Case], settings: dict[str, Any]
) -> None:
    for case in compiled:
        found = measure(case, settings)
        assert found["edge_auroc"] == found["edge_ap"] == found["node_ap"] == 1


# AUROC that an independent implementation reached on a larger set of such models, by family.
@pytest.mark.parametrize(
    ("name", "on_compiled", "on_trained"),
    [
        ("EAP", 0.82, 0.95),
        ("EAP-IG inputs, 5 steps", 0.83, 0.96),
        ("EAP-IG inputs, 30 steps", 0.90, 0.96),
        ("EAP-IG activations, 5 steps", 0.87, 0.96),
    ],
)
def test_gradient_methods_are_no_worse_than_is_known(
    compiled: list[Case], trained: list[Case], name: str, on_compiled: float, on_trained: float
) -> None:
    assert mean(compiled, METHODS[name]) >= on_compiled
    assert mean(trained, METHODS[name]) >= on_trained - 0.02 * (name == "EAP")


@pytest.mark.parametrize("method", [{"method": "exact"}, {"method": "eap-ig-activations", "steps": 5}])
def test_absolute_effects_on_kl_find_what_was_trained(
    compiled: list[Case], trained: list[Case], method: dict[str, Any]
) -> None:
    assert mean(trained, {**method, **OURS}) >= 0.98
    assert mean(compiled, {**method, **OURS}) >= 0.97
    assert mean(trained, {**method, **OURS}, "edge_ap") >= mean(trained, method, "edge_ap")


def test_baselines_are_far_below(compiled: list[Case], trained: list[Case]) -> None:
    for method in ("random", "activation", "gradient"):
        assert mean(compiled, {"method": method}) < 0.75
        assert mean(trained, {"method": method}) < 0.9


def searched(case: Case, method: EdgeSearch) -> set[str]:
    found = find_circuit(case.network, {}, case.task, method)
    return {found.edge_name(edge) for edge in range(len(found.edges))}


@pytest.mark.parametrize("compare", ["kl", "mse", "metric"])
def test_the_search_returns_exactly_the_edges_that_matter(compiled: list[Case], compare: Any) -> None:
    for case in compiled:
        assert searched(case, EdgeSearch(compare=compare)) == case.edges


def test_the_search_as_a_computation_says_the_same_and_goes_on_where_it_was(compiled: list[Case]) -> None:
    case = compiled[2]
    kept: dict[tuple[str, int], Any] = {}
    computed: list[str] = []

    def save(phase: str, number: int, part: Any) -> None:
        kept[phase, number] = part
        computed.append(phase)

    first = find_circuit(case.network, {}, case.task, EdgeSearch(), save=save)
    before = len(computed)
    again = find_circuit(case.network, {}, case.task, EdgeSearch(), load=lambda *at: kept.get(at), save=save)

    assert {first.edge_name(edge) for edge in range(len(first.edges))} == case.edges
    assert len(computed) == before
    np.testing.assert_array_equal(first.edges.weight, again.edges.weight)
    assert (first.edges.weight > 0.01).all()


def test_a_threshold_of_nothing_keeps_everything_that_moves(trained: list[Case]) -> None:
    small = trained[0]
    small = Case(small.name, small.network, small.task.take(20), small.edges)

    tight, loose = (searched(small, EdgeSearch(threshold=threshold)) for threshold in (1e-4, 0.5))

    assert len(loose) < len(tight)
