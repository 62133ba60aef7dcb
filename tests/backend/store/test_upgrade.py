"""A database of the last release, with jobs in it, becomes one of this release."""

from sqlalchemy import text

from headwater.settings import Settings
from headwater.store.database import Database


def test_jobs_of_the_first_schema_are_kept(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    database = Database(settings.database)
    database.migrate("0001")
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO job (id, kind, cache_key, request, state, attempt, phase, done, total, "
                "cancel_requested, revision, created_at) VALUES "
                "('j', 'trace', 'k', '{}', 'done', 1, '', 0, 0, 0, 3, '2026-01-01 00:00:00')"
            )
        )

    database.migrate()

    with database.reading() as session:
        row = session.execute(text("SELECT state, deaths, shards FROM job")).one()
    assert tuple(row) == ("done", 0, 0)
    database.close()
