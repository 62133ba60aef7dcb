"""Transactions and schema on a real SQLite file."""

import threading

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from headwater.errors import StorageFull, StorageUnavailable
from headwater.settings import Settings
from headwater.store.database import alembic_config
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredIntervention

A, B = "a" * 64, "b" * 64


def artifact(sha256: str) -> Artifact:
    return Artifact(sha256=sha256, size=1, media_type="text/plain")


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.database.engine.connect() as connection:
        command.check(alembic_config(connection))


def test_every_migration_goes_down_and_up_again(store: Store) -> None:
    with store.database.engine.connect() as connection:
        command.downgrade(alembic_config(connection), "base")

    store.database.migrate()

    with store.database.engine.connect() as connection:
        command.check(alembic_config(connection))


def test_opening_again_keeps_what_is_stored(settings: Settings) -> None:
    first = Store.open(settings)
    with first.database.writing() as session:
        session.add(artifact(A))
    first.close()

    second = Store.open(settings)

    with second.database.reading() as session:
        assert session.get_one(Artifact, A).size == 1
    second.close()


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.database.writing() as session:  # noqa: PT012
        session.add(artifact(A))
        session.flush()
        raise RuntimeError

    with store.database.reading() as session:
        assert session.get(Artifact, A) is None


def test_durable_and_referentially_intact(store: Store) -> None:
    with store.database.reading() as session:
        facts = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    with pytest.raises(IntegrityError), store.database.writing() as session:
        session.add(StoredIntervention(id=A, graph_id=B, result={}))

    assert facts == ["wal", 2]


def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    with store.database.writing() as session:
        session.add(artifact(A))
        session.flush()
        with store.database.reading() as reader:
            assert reader.get(Artifact, A) is None


def test_eight_writers_lose_nothing(store: Store) -> None:
    def write(writer: int) -> None:
        for i in range(20):
            with store.database.writing() as session:
                session.add(artifact(f"{writer:032d}{i:032d}"))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.database.reading() as session:
        assert session.query(Artifact).count() == 160


def test_times_come_back_with_their_zone(store: Store) -> None:
    with store.database.writing() as session:
        session.add(artifact(A))
    with store.database.reading() as session:
        assert session.get_one(Artifact, A).created_at.utcoffset() is not None


def test_a_full_database_says_so_and_still_reads(store: Store) -> None:
    with store.database.writing() as session:
        session.add(artifact(A))
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count={pages}"))

    with pytest.raises(StorageFull, match="No space is left"):  # noqa: PT012
        for i in range(1000):
            with store.database.writing() as session:
                session.execute(text(f"PRAGMA max_page_count={pages}"))
                session.add(artifact(f"{i:064d}"))

    with store.database.reading() as session:
        assert session.get_one(Artifact, A).size == 1


def test_a_database_that_turned_read_only_says_so_and_still_reads(store: Store) -> None:
    with store.database.writing() as session:
        session.add(artifact(A))
    with store.database.reading() as session:
        session.execute(text("PRAGMA query_only=ON"))  # SQLite then refuses as on a read-only disk

    with pytest.raises(StorageUnavailable, match="readonly"), store.database.writing() as session:
        session.add(artifact(B))

    with store.database.reading() as session:
        assert session.get_one(Artifact, A).size == 1
