"""A circuit over a task, example by example: which nodes and edges carry the behaviour?

Every method is a *computation*: phases of shards that can be computed in any order, on any machine, and
kept; merging them gives the same circuit whatever the shard size. So a job shows progress by examples,
keeps what is finished when it is cancelled or killed, and goes on from there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from headwater import __version__
from headwater.attribution.circuit_methods import FEATURE_METHODS, CircuitMethod, shard_examples
from headwater.attribution.task_checks import check_task
from headwater.dictionaries.dictionary import DictionarySet
from headwater.errors import JobCancelled, UnstableNumbers
from headwater.graph.circuit import Circuit, check_circuit
from headwater.lm.network import Network
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.tasks.task import TokenTask

Arrays = dict[str, NDArray[Any]]
"""What a shard gives: named arrays, stored as they are between a crash and the next try."""

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]
Load = Callable[[str, int], Arrays | None]
Save = Callable[[str, int, Arrays], None]


@runtime_checkable
class CircuitComputation(Protocol):
    """One method on one model and task. `carry` is what the phase before merged into, {} at first."""

    @property
    def phases(self) -> tuple[str, ...]: ...

    def shard(self, phase: str, task: TokenTask, first: int, carry: Arrays) -> Arrays:
        """The examples of `task`, a slice of the whole that begins at example `first`."""
        ...

    def merge(self, phase: str, parts: Sequence[Arrays], carry: Arrays) -> Arrays:
        """All shards of a phase, in order of their examples."""
        ...

    def finish(self, carry: Arrays) -> Circuit: ...


def find_circuit(
    network: Network,
    dictionaries: dict[str, DictionarySet],
    task: TokenTask,
    method: CircuitMethod,
    *,
    shard_size: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    load: Load | None = None,
    save: Save | None = None,
) -> Circuit:
    """The circuit of `task`. `dictionaries`: site (`attn`, `mlp`, `resid`) -> set; empty for methods on heads
    and MLPs. `shard_size`: examples a shard; None is what suits the method. `load` and `save` keep shards
    elsewhere: what `load` gives is not computed again.

    Raises InvalidTask when the method cannot work on this task (see `check_task`), UnstableNumbers when an
    effect is not finite, JobCancelled when `cancelled()` says so.
    """
    check_task(task, method)
    computation = computation_of(network, dictionaries, task, method)
    carry: Arrays = {}
    n = len(task.examples)
    size = shard_size or shard_examples(method, n)
    for phase in computation.phases:

        def part(number: int, phase: str = phase, carry: Arrays = carry) -> Arrays:
            first = number * size
            found = load(phase, number) if load else None
            if found is None:
                found = computation.shard(phase, _slice(task, first, size), first, carry)
                _check_finite(phase, first, found)
                if save:
                    save(phase, number, found)
            return found

        parts: list[Arrays] = []
        for number, first in enumerate(range(0, n, size)):
            if cancelled and cancelled():
                raise JobCancelled(
                    "The circuit was cancelled. Finished examples are kept: ask again to go on."
                )
            if progress:
                progress(phase, first, n)
            one = part(number)
            if load is None:
                parts.append(one)
        if progress:
            progress(phase, n, n)
        carry = computation.merge(phase, parts if load is None else _Kept(-(-n // size), part), carry)
    return _shaped(check_circuit(computation.finish(carry)), network)


def identified(
    circuit: Circuit,
    entry: ModelEntry,
    sets: Mapping[str, DictionarySetEntry],
    task: dict[str, Any],
) -> Circuit:
    """The circuit with what it was made from: names, fingerprints, versions. `task`: name, title, split."""
    import torch

    prints = {site: entry.set_fingerprint(one) for site, one in sets.items()}
    provenance = {
        **circuit.provenance,
        "headwater": __version__,
        "torch": torch.__version__,
        "model_fingerprint": entry.fingerprint(),
        "dictionary_fingerprints": prints,
    }
    return replace(
        circuit,
        model=entry.name,
        dictionaries={site: one.id for site, one in sets.items()},
        task={**circuit.task, **task},
        provenance=provenance,
    )


def computation_of(
    network: Network, dictionaries: dict[str, DictionarySet], task: TokenTask, method: CircuitMethod
) -> CircuitComputation:
    """The method's own class. Imported here, so that settings can be read without torch's methods."""
    if method.method in FEATURE_METHODS:
        from headwater.attribution.sparse import sparse_computation

        return sparse_computation(network, dictionaries, task, method)
    from headwater.attribution.components import component_computation

    return component_computation(network, task, method)


def _shaped(circuit: Circuit, network: Network) -> Circuit:
    """With what files of other programs say of the model."""
    shape = {"d_model": network.d_model, "parallel": network.parallel}
    return replace(circuit, provenance={**circuit.provenance, **shape})


class _Kept(Sequence[Arrays]):
    """Parts that lie elsewhere, read when they are looked at: merging 100,000 examples needs the memory of
    one shard and of the result."""

    def __init__(self, n: int, part: Callable[[int], Arrays]) -> None:
        self._n, self._part = n, part

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> Arrays: ...
    @overload
    def __getitem__(self, index: slice) -> list[Arrays]: ...
    def __getitem__(self, index: int | slice) -> Arrays | list[Arrays]:
        if isinstance(index, slice):
            return [self._part(number) for number in range(*index.indices(self._n))]
        if not -self._n <= index < self._n:
            raise IndexError(index)
        return self._part(index % self._n)


def _slice(task: TokenTask, first: int, size: int) -> TokenTask:
    return task.select(list(range(first, min(first + size, len(task.examples)))))


def _check_finite(phase: str, first: int, part: Arrays) -> None:
    for name, array in part.items():
        if array.dtype.kind == "f" and name != "metric_patch" and not np.isfinite(array).all():
            raise UnstableNumbers(
                f"{phase} of the examples from {first} gave numbers that are not finite ({name}). The "
                "weights may be damaged, or activations overflow on these prompts: try other examples."
            )
