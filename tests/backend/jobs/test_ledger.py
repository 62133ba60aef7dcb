"""The laws of long work, on a real database."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.errors import InvalidPrompt, QueueFull, UnknownJob
from headwater.jobs import ledger
from headwater.jobs.ledger import Lease, LeaseLost
from headwater.settings import Settings
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredJob, now

LEASE_S = 20.0


def submit(store: Store, key: str = "k") -> str:
    with store.database.writing() as session:
        return ledger.submit(session, "trace", key, {}, max_queue=100).id


def claim(store: Store, owner: str = "one") -> Lease | None:
    with store.database.writing() as session:
        job = ledger.claim(session, owner, LEASE_S)
        return Lease(job.id, job.attempt) if job else None


def must_claim(store: Store, owner: str = "one") -> Lease:
    lease = claim(store, owner)
    assert lease is not None
    return lease


def finish(store: Store, lease: Lease) -> None:
    with store.database.writing() as session:
        ledger.finish(session, lease, "done")


def lose(store: Store) -> list[str]:
    """As if every lease had run out."""
    with store.database.writing() as session:
        return ledger.release_expired(session, now() + timedelta(hours=1))


def job(store: Store, id: str) -> StoredJob:
    with store.database.reading() as session:
        return ledger.get_job(session, id)


def test_the_same_key_is_the_same_job_while_it_is_wanted(store: Store) -> None:
    first = submit(store)
    assert submit(store) == first

    must_claim(store)
    assert submit(store) == first

    assert submit(store, "other") != first


def test_forty_threads_asking_at_once_share_one_job(store: Store) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.append(submit(store))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 40
    assert len(set(ids)) == 1


def test_jobs_are_claimed_oldest_first_and_once(store: Store) -> None:
    ids = [submit(store, key) for key in "abc"]

    claimed = [claim(store) for _ in range(4)]

    assert claimed == [*(Lease(id, 1) for id in ids), None]


def test_a_finished_job_can_be_asked_for_again(store: Store) -> None:
    first = submit(store)
    finish(store, must_claim(store))

    assert submit(store) != first


def test_a_lost_lease_is_tried_once_more_then_failed_with_a_reason(store: Store) -> None:
    id = submit(store)

    must_claim(store)
    assert lose(store) == [id]
    assert job(store, id).state == "queued"
    assert must_claim(store) == Lease(id, 2)
    lose(store)

    failed = job(store, id)
    assert (failed.state, failed.attempt) == ("failed", 2)
    assert failed.error is not None
    assert failed.error["type"] == "/problems/job-failed"
    assert "died 2 times" in failed.error["detail"]


def store_part(store: Store, lease: Lease) -> None:
    with store.database.writing() as session:
        ledger.count_shard(session, lease)


def test_a_job_that_gets_on_is_not_punished_for_its_dead_workers(store: Store) -> None:
    id = submit(store)
    for attempt in range(1, 6):
        lease = must_claim(store)
        assert lease.attempt == attempt
        store_part(store, lease)
        lose(store)
        assert job(store, id).state == "queued"

    must_claim(store)
    lose(store)
    assert (job(store, id).state, job(store, id).deaths) == ("queued", 1)
    store_part(store, must_claim(store))
    lose(store)
    assert (job(store, id).state, job(store, id).deaths) == ("queued", 0)

    for _ in range(2):
        must_claim(store)
        lose(store)
    failed = job(store, id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert "died 2 times" in failed.error["detail"]


def test_what_a_job_makes_is_named_by_its_kind(store: Store) -> None:
    for kind, request, made in (
        ("trace", {}, {"graph": "k", "circuit": None, "evaluation": None}),
        ("circuit", {}, {"graph": None, "circuit": "k", "evaluation": None}),
        ("evaluation", {"circuit": "c"}, {"graph": None, "circuit": "c", "evaluation": "k"}),
    ):
        with store.database.writing() as session:
            id = ledger.submit(session, kind, "k", request, max_queue=9).id
        assert ledger.show(job(store, id)).result is None
        finish(store, must_claim(store))
        result = ledger.show(job(store, id)).result
        assert result is not None
        assert result.model_dump() == made


def test_a_fenced_worker_can_change_nothing(store: Store) -> None:
    submit(store)
    zombie = must_claim(store, "zombie")
    lose(store)
    heir = must_claim(store, "heir")

    for act in (
        lambda session: ledger.finish(session, zombie, "done"),
        lambda session: ledger.report(session, zombie, "tracing", 1, 2),
        lambda session: ledger.extend(session, zombie, LEASE_S),
        lambda session: ledger.count_shard(session, zombie),
    ):
        with pytest.raises(LeaseLost), store.database.writing() as session:
            act(session)

    finish(store, heir)
    assert job(store, heir.job_id).state == "done"


def test_a_result_is_stored_with_the_end_of_its_job_or_not_at_all(store: Store) -> None:
    submit(store)
    zombie = must_claim(store)
    lose(store)
    must_claim(store)

    with pytest.raises(LeaseLost), store.database.writing() as session:  # noqa: PT012
        session.add(Artifact(sha256="z" * 64, size=1, media_type="x"))
        ledger.finish(session, zombie, "done")

    with store.database.reading() as session:
        assert session.get(Artifact, "z" * 64) is None


def test_a_dead_owner_gives_back_only_its_own(store: Store) -> None:
    mine, other = submit(store, "a"), submit(store, "b")
    must_claim(store, "dead")
    must_claim(store, "alive")

    with store.database.writing() as session:
        assert ledger.release_owner(session, "dead") == [mine]

    assert (job(store, mine).state, job(store, other).state) == ("queued", "running")


def test_a_lease_that_is_kept_is_not_lost(store: Store) -> None:
    submit(store)
    lease = must_claim(store)
    with store.database.writing() as session:
        assert ledger.extend(session, lease, 7200) is False

    assert lose(store) == []


def test_a_waiting_job_is_cancelled_at_once(store: Store) -> None:
    id = submit(store)
    with store.database.writing() as session:
        assert ledger.cancel(session, id).state == "cancelled"

    assert claim(store) is None


def test_a_running_job_hears_of_its_cancellation(store: Store) -> None:
    id = submit(store)
    lease = must_claim(store)
    with store.database.writing() as session:
        ledger.cancel(session, id)

    with store.database.writing() as session:
        assert ledger.extend(session, lease, LEASE_S) is True


def test_asking_again_while_a_cancelled_job_winds_down_gives_a_new_one(store: Store) -> None:
    id = submit(store)
    must_claim(store)
    with store.database.writing() as session:
        ledger.cancel(session, id)

    assert submit(store) != id


def test_a_cancelled_job_whose_worker_dies_is_not_tried_again(store: Store) -> None:
    id = submit(store)
    must_claim(store)
    with store.database.writing() as session:
        ledger.cancel(session, id)

    lose(store)

    assert job(store, id).state == "cancelled"


def test_cancelling_what_is_over_changes_nothing(store: Store) -> None:
    id = submit(store)
    finish(store, must_claim(store))
    before = job(store, id).revision

    with store.database.writing() as session:
        ledger.cancel(session, id)

    assert (job(store, id).state, job(store, id).revision) == ("done", before)


def test_a_failure_keeps_its_problem_document(store: Store) -> None:
    submit(store)
    lease = must_claim(store)
    with store.database.writing() as session:
        ledger.finish(session, lease, "failed", InvalidPrompt("The prompt is empty.", position=0))

    assert job(store, lease.job_id).error == {
        "type": "/problems/invalid-prompt",
        "title": "This prompt cannot be traced",
        "status": 422,
        "detail": "The prompt is empty.",
        "position": 0,
    }


def test_a_full_queue_refuses_new_work_but_not_work_it_has(store: Store) -> None:
    first = submit(store, "a")
    with store.database.writing() as session:
        with pytest.raises(QueueFull, match="1 jobs are waiting"):
            ledger.submit(session, "trace", "b", {}, max_queue=1)
        assert ledger.submit(session, "trace", "a", {}, max_queue=1).id == first


def test_an_unknown_job_is_a_404(store: Store) -> None:
    with store.database.reading() as session, pytest.raises(UnknownJob):
        ledger.get_job(session, "nope")


class Machine(RuleBasedStateMachine):
    """Submits, claims, deaths, cancels and ends in any order, against what must always hold."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile
        from pathlib import Path

        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Settings(data=Path(self.folder.name), worker=False))
        self.leases: list[Lease] = []
        self.revisions: dict[str, int] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(key=st.sampled_from("abc"))
    def submit(self, key: str) -> None:
        submit(self.store, key)

    @rule()
    def claim(self) -> None:
        if lease := claim(self.store):
            self.leases.append(lease)

    @rule(number=st.integers(0, 20))
    def finish(self, number: int) -> None:
        if not self.leases:
            return
        lease = self.leases[number % len(self.leases)]
        newest = max(other.attempt for other in self.leases if other.job_id == lease.job_id)
        ours = job(self.store, lease.job_id).state == "running" and lease.attempt == newest
        try:
            finish(self.store, lease)
        except LeaseLost:
            assert not ours
        else:
            assert ours

    @rule(number=st.integers(0, 20))
    def get_on(self, number: int) -> None:
        if self.leases:
            with suppress(LeaseLost):
                store_part(self.store, self.leases[number % len(self.leases)])

    @rule()
    def lose_leases(self) -> None:
        lose(self.store)

    @rule(number=st.integers(0, 20))
    def cancel(self, number: int) -> None:
        if self.leases:
            with self.store.database.writing() as session:
                ledger.cancel(session, self.leases[number % len(self.leases)].job_id)

    @invariant()
    def laws(self) -> None:
        with self.store.database.reading() as session:
            jobs = session.query(StoredJob).all()
        wanted = [
            one.cache_key for one in jobs if one.state in ("queued", "running") and not one.cancel_requested
        ]
        assert len(wanted) == len(set(wanted)), "two wanted jobs for one key"
        for one in jobs:
            assert one.deaths <= ledger.MAX_DEATHS
            assert (one.finished_at is not None) == (one.state in ledger.FINAL)
            assert (one.lease_until is not None) == (one.state == "running")
            assert one.revision >= self.revisions.get(one.id, 0), "events went back"
            self.revisions[one.id] = one.revision


TestMachine = Machine.TestCase
TestMachine.settings = hypothesis_settings(max_examples=15, stateful_step_count=25, deadline=None)
