"""Tasks in columns: what comes out is what went in, and a task of any size stays small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import StorageUnavailable
from headwater.jobs.token_tasks import numbers_of, pack_task, unpack_task
from headwater.tasks.task import Readout, TokenExample, TokenTask

ids = st.integers(0, 2**31 - 1)


@st.composite
def tasks(draw: st.DrawFn) -> TokenTask:
    paired, spanned = draw(st.booleans()), draw(st.booleans())

    def example() -> TokenExample:
        clean = draw(st.lists(ids, min_size=1, max_size=6))
        n = len(clean)
        readouts = st.builds(
            Readout,
            position=st.integers(0, n - 1),
            correct=ids,
            wrong=st.none() | ids,
            weight=st.floats(-2, 2, allow_nan=False),
        )
        return TokenExample(
            clean=tuple(clean),
            patch=tuple(draw(st.lists(ids, min_size=n, max_size=n))) if paired else None,
            readouts=tuple(draw(st.lists(readouts, min_size=1, max_size=3))),
            spans=tuple(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))) if spanned else None,
            case=draw(st.sampled_from(["", "a", "é"])),
            split=draw(st.sampled_from([None, "train", "evaluation"])),
        )

    examples = tuple(example() for _ in range(draw(st.integers(1, 5))))
    return TokenTask("t", examples, ("start", "rest") if spanned else None)


@given(tasks())
def test_a_packed_task_is_the_task(task: TokenTask) -> None:
    found = unpack_task(pack_task(task))

    assert tuple(found.examples) == task.examples
    assert (found.name, found.span_names, found.fingerprint) == (task.name, task.span_names, task.fingerprint)
    assert found.examples[-1] == task.examples[-1]
    assert found.select([0]).examples == task.examples[:1]
    assert found.examples[:2] == task.examples[:2]
    with pytest.raises(IndexError):
        found.examples[len(task.examples)]


def test_examples_keep_the_numbers_that_they_had() -> None:
    one = TokenExample((1, 2), None, (Readout(1, 3),))

    assert numbers_of(unpack_task(pack_task(TokenTask("t", (one, one)), [7, 3]))) == [7, 3]


def test_equal_tasks_are_equal_bytes() -> None:
    task = TokenTask("t", (TokenExample((1, 2), (1, 3), (Readout(1, 3, 4),)),))

    assert pack_task(task) == pack_task(unpack_task(pack_task(task)))


@pytest.mark.parametrize("data", [b"", b"nonsense", pack_task(TokenTask("t", ()))[:-3]])
def test_damaged_files_are_refused(data: bytes) -> None:
    with pytest.raises(StorageUnavailable, match="damaged"):
        unpack_task(data)
