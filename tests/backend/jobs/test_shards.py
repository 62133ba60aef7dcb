"""Finished parts: read as they were written, fenced, computed again when damaged, gone with the result."""

import numpy as np
import pytest

from headwater.jobs import ledger
from headwater.jobs.ledger import Lease, LeaseLost
from headwater.jobs.shards import Shards
from headwater.store import shards as stored
from headwater.store.store import Store
from headwater.store.tables import Artifact

KEY = "k" * 64
PART = {
    "effects": np.arange(6, dtype=np.float32).reshape(2, 3),
    "scores": np.array([0.1, -2.5e-300]),
    "row": np.array([1, 2**40]),
    "kept": np.array([True, False]),
    "nothing": np.zeros((0, 4), np.float32),
}


def begin(store: Store) -> Lease:
    with store.database.writing() as session:
        ledger.submit(session, "circuit", KEY, {}, max_queue=9)
        job = ledger.claim(session, "me", 60)
    assert job is not None
    return Lease(job.id, job.attempt)


def test_a_part_comes_back_as_it_was(store: Store) -> None:
    shards = Shards(store, begin(store), KEY, 32)

    shards.save("nodes", 3, {**PART, "turned": PART["effects"].T})
    found = shards.load("nodes", 3)

    assert found is not None
    for name, array in PART.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    np.testing.assert_array_equal(found["turned"], PART["effects"].T)


def test_parts_of_another_phase_number_size_or_work_are_not_mixed_up(store: Store) -> None:
    lease = begin(store)
    Shards(store, lease, KEY, 32).save("nodes", 3, PART)

    assert Shards(store, lease, KEY, 32).load("edges", 3) is None
    assert Shards(store, lease, KEY, 32).load("nodes", 4) is None
    assert Shards(store, lease, KEY, 16).load("nodes", 3) is None
    assert Shards(store, lease, "other", 32).load("nodes", 3) is None


def test_who_lost_the_job_stores_nothing(store: Store) -> None:
    zombie = begin(store)
    with store.database.writing() as session:
        ledger.release_all(session)
        ledger.claim(session, "heir", 60)

    with pytest.raises(LeaseLost):
        Shards(store, zombie, KEY, 32).save("nodes", 0, PART)

    with store.database.reading() as session:
        assert stored.count_shards(session, KEY) == 0


@pytest.mark.parametrize("damage", ["cut", "altered", "gone"])
def test_a_damaged_part_is_as_if_it_never_was(store: Store, damage: str) -> None:
    shards = Shards(store, begin(store), KEY, 32)
    shards.save("nodes", 0, PART)
    with store.database.reading() as session:
        path = store.blobs.path(session.query(Artifact).one().sha256)
    data = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(data[:10] if damage == "cut" else data[::-1])

    assert shards.load("nodes", 0) is None
    shards.save("nodes", 0, PART)
    assert shards.load("nodes", 0) is not None


def test_parts_go_with_the_result_and_take_nothing_else_along(store: Store) -> None:
    lease = begin(store)
    mine, others = Shards(store, lease, KEY, 32), Shards(store, lease, "other", 32)
    for number in range(3):
        mine.save("nodes", number, {"x": np.array([number])})
    others.save("nodes", 0, {"x": np.array([1])})  # the same bytes as one of ours
    with store.database.writing() as session:
        session.add(Artifact(sha256="a" * 64, size=1, media_type="application/else"))

    with store.database.writing() as session:
        free = stored.remove_shards(session, KEY)

    assert len(free) == 2
    with store.database.reading() as session:
        assert stored.count_shards(session, KEY) == 0
        assert session.get(Artifact, "a" * 64) is not None
    assert others.load("nodes", 0) is not None
