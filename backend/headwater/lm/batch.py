"""Examples of a task run together: padded token ids, where answers are read, which bin a position is in.

`lm` knows no tasks; whatever has their fields is an example here (`headwater.tasks.task`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, Protocol, TypeVar, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor

Positions = Literal["separate", "spans", "sum"]
PADDING: Final = -1


@runtime_checkable
class ReadoutLike(Protocol):
    @property
    def position(self) -> int: ...
    @property
    def correct(self) -> int: ...
    @property
    def wrong(self) -> int | None: ...
    @property
    def weight(self) -> float: ...


@runtime_checkable
class ExampleLike(Protocol):
    @property
    def clean(self) -> tuple[int, ...]: ...
    @property
    def patch(self) -> tuple[int, ...] | None: ...
    @property
    def readouts(self) -> Sequence[ReadoutLike]: ...
    @property
    def spans(self) -> tuple[int, ...] | None: ...


@runtime_checkable
class TaskLike(Protocol):
    @property
    def examples(self) -> Sequence[ExampleLike]: ...
    @property
    def span_names(self) -> tuple[str, ...] | None: ...


@dataclass(frozen=True)
class Readouts:
    """Where answers are read. `row` counts within the batch; `wrong` is -1 where there is no wrong token."""

    row: Int[Tensor, " readout"]
    position: Int[Tensor, " readout"]
    correct: Int[Tensor, " readout"]
    wrong: Int[Tensor, " readout"]
    weight: Float[Tensor, " readout"]


@dataclass(frozen=True)
class Batch:
    """Rows padded on the right with token 0; `lengths` says how many positions of each are real.

    `patch` is None where examples have no patch prompt. `examples`: each row's number in the task. `bins`:
    each position's place on a circuit's position axis, -1 for padding and for what no bin covers.
    """

    clean: Int[Tensor, "batch pos"]
    patch: Int[Tensor, "batch pos"] | None
    lengths: Int[Tensor, " batch"]
    examples: Int[Tensor, " batch"]
    readout: Readouts
    bins: Int[Tensor, "batch pos"]

    @property
    def is_real(self) -> Tensor:
        """[batch pos], False for padding."""
        return torch.arange(self.clean.shape[1], device=self.clean.device) < self.lengths[:, None]


def batches(
    task: TaskLike,
    size: int,
    device: str | torch.device = "cpu",
    *,
    positions: Positions | None = None,
    pad: bool = True,
) -> list[Batch]:
    """All examples, shortest first, at most `size` a batch; paired and unpaired ones never share one.

    `positions`: what a bin is. None: the task's spans if it has any, else each position by itself. With "sum"
    all real positions are in bin 0. `pad=False` puts only examples of one length together.
    """
    numbered = list(enumerate(task.examples))

    def kind(item: tuple[int, ExampleLike]) -> tuple[bool, int]:
        return item[1].patch is None, len(item[1].clean)

    chosen: Positions = positions or ("separate" if task.span_names is None else "spans")
    ordered = sorted(numbered, key=kind)
    groups = groupby(ordered, key=kind if not pad else lambda item: item[1].patch is None)
    return [
        _batch(part, chosen, torch.device(device))
        for _, group in groups
        for part in _chunks(list(group), size)
    ]


Item = TypeVar("Item")


def _chunks(items: list[Item], size: int) -> list[list[Item]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def _batch(rows: list[tuple[int, ExampleLike]], positions: Positions, device: torch.device) -> Batch:
    examples = [example for _, example in rows]
    longest = max(len(example.clean) for example in examples)

    def table(row_of: Callable[[ExampleLike], Sequence[int]], filler: int) -> Tensor:
        padded = [[*row, *[filler] * (longest - len(row))] for row in map(row_of, examples)]
        return torch.tensor(padded, device=device)

    paired = all(example.patch is not None for example in examples)
    return Batch(
        clean=table(lambda example: example.clean, 0),
        patch=table(lambda example: example.patch or (), 0) if paired else None,
        lengths=torch.tensor([len(example.clean) for example in examples], device=device),
        examples=torch.tensor([number for number, _ in rows], device=device),
        readout=_readouts(examples, device),
        bins=table(lambda example: _bins(example, positions), PADDING),
    )


def _bins(example: ExampleLike, positions: Positions) -> Sequence[int]:
    if positions == "separate":
        return range(len(example.clean))
    if positions == "spans":
        return example.spans if example.spans is not None else [PADDING] * len(example.clean)
    return [0] * len(example.clean)


def _readouts(examples: Sequence[ExampleLike], device: torch.device) -> Readouts:
    found = [(row, one) for row, example in enumerate(examples) for one in example.readouts]
    where = torch.tensor(
        [[row, one.position, one.correct, PADDING if one.wrong is None else one.wrong] for row, one in found],
        dtype=torch.long,
        device=device,
    ).view(-1, 4)
    weight = torch.tensor([one.weight for _, one in found], dtype=torch.float32, device=device)
    return Readouts(where[:, 0], where[:, 1], where[:, 2], where[:, 3], weight)
