"""Tasks and circuits in the database."""

from typing import Any

import pytest

from headwater.errors import TaskChanged, UnknownTask
from headwater.store.store import Store
from headwater.store.tables import Artifact
from headwater.store.tasks import change_task, create_task, get_task, list_tasks, remove_task

FACTS: dict[str, Any] = {
    "name": "n", "title": "t", "description": "", "source": "", "kind": "text", "n_examples": 1, "cases": [],
    "has_spans": False,
}  # fmt: skip


def content(mark: str) -> Artifact:
    return Artifact(sha256=mark * 64, size=1, media_type="x")


def create(store: Store, name: str = "n") -> str:
    with store.database.writing() as session:
        return create_task(session, content("a"), {**FACTS, "name": name}).id


def test_a_task_is_kept_and_listed_newest_first(store: Store) -> None:
    ids = [create(store, name) for name in "abc"]

    with store.database.reading() as session:
        assert [task.id for task in list_tasks(session)] == ids[::-1]
        assert (get_task(session, ids[0]).name, get_task(session, ids[0]).version) == ("a", 1)


def test_a_change_names_the_version_it_is_of(store: Store) -> None:
    id = create(store)

    with store.database.writing() as session:
        changed = change_task(session, id, 1, content("b"), {"title": "new", "n_examples": 2})
        assert (changed.version, changed.title, changed.sha256[0]) == (2, "new", "b")
    with pytest.raises(TaskChanged, match="at version 2 now") as refused, store.database.writing() as session:
        change_task(session, id, 1, None, {"title": "lost"})
    assert refused.value.extra == {"version": 2}
    with store.database.reading() as session:
        assert get_task(session, id).title == "new"
        assert get_task(session, id).updated_at > get_task(session, id).created_at


def test_a_removed_task_is_unknown(store: Store) -> None:
    id = create(store)

    with pytest.raises(TaskChanged), store.database.writing() as session:
        remove_task(session, id, 5)
    with store.database.writing() as session:
        remove_task(session, id, 1)

    with store.database.reading() as session, pytest.raises(UnknownTask, match="GET /tasks"):
        get_task(session, id)
