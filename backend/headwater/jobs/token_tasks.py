"""A task of any size as one file of columns, read example by example: 100,000 examples are 20 MB in memory
instead of half a gigabyte of objects. No torch.

safetensors inside zstd: `clean` and `patch` are all ids in a row, `start` where each example begins,
`readout_*` likewise with `readout_start`; words (cases, sides of a split) are numbers into lists of `words`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, overload

import numpy as np
import zstandard
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from headwater.errors import StorageUnavailable
from headwater.tasks.task import Readout, TokenExample, TokenTask

MEDIA_TYPE: Final = "application/vnd.headwater.token-task"
MAX_BYTES: Final = 2 * 2**30


class PackedExamples(Sequence[TokenExample]):
    """Looks like the tuple of a `TokenTask`; examples are made when they are looked at."""

    def __init__(self, columns: dict[str, NDArray[Any]], words: dict[str, Any]) -> None:
        self.columns, self.words = columns, words

    def __len__(self) -> int:
        return len(self.columns["case"])

    @overload
    def __getitem__(self, index: int) -> TokenExample: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TokenExample, ...]: ...
    def __getitem__(self, index: int | slice) -> TokenExample | tuple[TokenExample, ...]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._example(index % len(self))

    def __iter__(self) -> Iterator[TokenExample]:
        return (self._example(n) for n in range(len(self)))

    def _example(self, n: int) -> TokenExample:
        part = slice(*self.columns["start"][n : n + 2].tolist())
        read = slice(*self.columns["readout_start"][n : n + 2].tolist())
        names = ("readout_position", "readout_correct", "readout_wrong", "readout_weight")
        rows = zip(*(self.columns[name][read].tolist() for name in names), strict=True)
        readouts = (Readout(at, right, None if wrong < 0 else wrong, w) for at, right, wrong, w in rows)
        return TokenExample(
            clean=self._ids("clean", part) or (),
            patch=self._ids("patch", part),
            readouts=tuple(readouts),
            spans=self._ids("spans", part),
            case=self.words["cases"][int(self.columns["case"][n])],
            split=self.words["splits"][int(self.columns["split"][n])],
        )

    def _ids(self, name: str, part: slice) -> tuple[int, ...] | None:
        return tuple(self.columns[name][part].tolist()) if name in self.columns else None


def pack_task(task: TokenTask, numbers: Sequence[int] | None = None) -> bytes:
    """`numbers`: each example's number in the task it was drawn from. All examples are paired, or none."""
    ones = task.examples
    readouts = [readout for one in ones for readout in one.readouts]
    cases, splits = _numbered(one.case for one in ones), _numbered(one.split for one in ones)
    columns: dict[str, NDArray[Any]] = {
        "clean": _joined([one.clean for one in ones]),
        "start": _starts([len(one.clean) for one in ones]),
        "readout_start": _starts([len(one.readouts) for one in ones]),
        "readout_position": np.array([one.position for one in readouts], np.int32),
        "readout_correct": np.array([one.correct for one in readouts], np.int32),
        "readout_wrong": np.array([-1 if one.wrong is None else one.wrong for one in readouts], np.int32),
        "readout_weight": np.array([one.weight for one in readouts], np.float64),
        "case": np.array([cases[one.case] for one in ones], np.int32),
        "split": np.array([splits[one.split] for one in ones], np.int32),
        "number": np.array(range(len(ones)) if numbers is None else numbers, np.int32),
    }
    if ones and all(one.patch is not None for one in ones):
        columns["patch"] = _joined([one.patch or () for one in ones])
    if ones and all(one.spans is not None for one in ones):
        columns["spans"] = _joined([one.spans or () for one in ones])
    told = {"name": task.name, "span_names": task.span_names, "cases": [*cases], "splits": [*splits]}
    columns["words"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    return zstandard.ZstdCompressor(level=3).compress(save(columns))


def unpack_task(data: bytes) -> TokenTask:
    """The task, its examples still in their columns."""
    columns, told = _read(data)
    examples: Any = PackedExamples(columns, told)
    names = told["span_names"]
    return TokenTask(told["name"], examples, None if names is None else tuple(names))


def numbers_of(task: TokenTask) -> list[int]:
    """Each example's number in the task that it was drawn from."""
    examples: Any = task.examples
    return list(examples.columns["number"].tolist())


def _read(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    try:
        columns = load(zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_BYTES))
        return columns, json.loads(columns["words"].tobytes())
    except (zstandard.ZstdError, SafetensorError, KeyError, ValueError) as error:
        raise StorageUnavailable(
            f"A stored task is damaged ({type(error).__name__}). Ask for the result again to replace it."
        ) from None


def _numbered(words: Iterable[Any]) -> dict[Any, int]:
    return {word: number for number, word in enumerate(dict.fromkeys(words))}


def _joined(rows: list[tuple[int, ...]]) -> NDArray[np.int32]:
    total = sum(len(row) for row in rows)
    return np.fromiter((id for row in rows for id in row), np.int32, total)


def _starts(lengths: list[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
