"""Would a circuit fit? Counted by hand where it can be."""

from pathlib import Path
from typing import Any

import pytest

from headwater.attribution.circuit_methods import read_method
from headwater.errors import NotEnoughMemory
from headwater.jobs.circuit_memory import check_circuit_memory, n_edges, result_bytes
from headwater.jobs.requests import CircuitRequest, Examples
from headwater.lm.registry import ModelEntry, find_model
from headwater.settings import Settings
from headwater.store.circuits import TaskOfCircuit


@pytest.fixture(scope="module")
def brook() -> ModelEntry:
    return find_model(Settings(), "brook")


def request(method: dict[str, Any], n: int = 100, longest: int = 20) -> CircuitRequest:
    return CircuitRequest(
        model="brook",
        task=TaskOfCircuit(
            id="t", name="t", title="t", fingerprint="f", n_examples=n, n_train=n, n_evaluation=0, n_dropped=0
        ),
        train=Examples(sha256="0", size=1, fingerprint="f", n=n, longest=longest),
        evaluation=None,
        method=read_method(method),
        dictionaries={},
        model_fingerprint="m",
        dictionary_fingerprints={},
        drawn={},
    )


@pytest.mark.parametrize(("layers", "heads", "edges"), [(12, 12, 32_491), (24, 16, 231_877), (1, 1, 8)])
def test_edges_are_counted_as_the_papers_count_them(layers: int, heads: int, edges: int) -> None:
    """GPT-2 small and medium; and one head with one MLP: input to q, k, v, MLP and logits, both to logits,
    the head to the MLP."""
    assert n_edges(layers, heads) == edges


def test_results_grow_with_examples_and_positions(brook: ModelEntry) -> None:
    sources = 1 + 6 * 9
    summed = result_bytes(brook, request({"method": "eap"}))
    apart = result_bytes(brook, request({"method": "peap"}))

    assert summed == 100 * sources * 4 + 3 * n_edges(6, 8) * 8
    assert apart > 20 * summed


def test_what_does_not_fit_is_refused_and_what_fits_is_not(brook: ModelEntry, tmp_path: Path) -> None:
    small, large = (Settings(data=tmp_path, memory_limit_mib=limit) for limit in (64, 8000))

    check_circuit_memory(large, brook, [], request({"method": "peap"}, longest=200), is_warm=False)
    check_circuit_memory(small, brook, [], request({"method": "eap"}), is_warm=True)
    with pytest.raises(
        NotEnoughMemory, match="peap on 100 examples of up to 200 tokens needs about"
    ) as found:
        check_circuit_memory(small, brook, [], request({"method": "peap"}, longest=200), is_warm=True)
    with pytest.raises(NotEnoughMemory):
        check_circuit_memory(small, brook, brook.dictionary_sets, request({"method": "sfc"}), is_warm=True)

    assert found.value.extra["available_mib"] == 64


def test_an_id_names_examples_and_settings_and_not_what_the_task_is_called() -> None:
    one = request({"method": "eap"})
    renamed = one.model_copy(update={"task": one.task.model_copy(update={"name": "other", "id": "x"})})
    others = [
        request({"method": "eap", "aggregate": "mean_abs"}),
        one.model_copy(update={"train": one.train.model_copy(update={"fingerprint": "g"})}),
        one.model_copy(update={"evaluation": one.train}),
        one.model_copy(update={"model_fingerprint": "n"}),
        one.model_copy(update={"dictionary_fingerprints": {"mlp": "d"}}),
        one.model_copy(update={"engine": "2"}),
    ]

    assert renamed.circuit_id == one.circuit_id
    assert len({one.circuit_id, *(other.circuit_id for other in others)}) == 7
