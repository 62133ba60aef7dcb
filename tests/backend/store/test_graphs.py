"""Graphs, their pages and their names."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import InvalidSetting, UnknownGraph, UnknownIntervention
from headwater.store.graphs import (
    GraphSummary,
    GraphTarget,
    get_graph,
    graph_id,
    list_graphs,
    put_graph,
    summarise,
)
from headwater.store.interventions import get_intervention, intervention_id, put_intervention
from headwater.store.pages import Cursor
from headwater.store.store import Store
from headwater.store.tables import Artifact

START = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = {
    "model_fingerprint": "m",
    "dictionary_fingerprint": "d",
    "token_ids": [1, 2],
    "method": {"method": "linear", "max_features": None},
    "engine": "1",
}


def summary(number: int) -> GraphSummary:
    return GraphSummary(
        id=f"{number:064d}",
        status="done",
        model="stories",
        dictionaries="stories.transcoders",
        prompt="Once upon",
        tokens=["<s>", "Once", " upon"],
        token_ids=[1, 403, 407],
        targets=[GraphTarget(label=" a", probability=0.9, node="l261.2")],
        method={"method": "linear"},
        created_at=START + timedelta(seconds=number // 2),
        n_nodes=3,
        n_edges=2,
        n_features=1,
        replacement_score=0.5,
        completeness_score=0.75,
        completeness_score_leaf_free=None,
        provenance={"engine": "1"},
    )


def put(store: Store, *numbers: int) -> None:
    for number in numbers:
        raw, view = (Artifact(sha256=f"{kind}{number:063d}", size=1, media_type="x") for kind in "rv")
        with store.database.writing() as session:
            put_graph(session, summary(number), raw=raw, view=view)


def test_a_graph_comes_back_as_it_was_put(store: Store) -> None:
    put(store, 1)

    with store.database.reading() as session:
        assert summarise(get_graph(session, summary(1).id)) == summary(1)


def test_an_unknown_graph_says_what_to_do(store: Store) -> None:
    with store.database.reading() as session, pytest.raises(UnknownGraph, match="Trace the prompt again"):
        get_graph(session, "nowhere")


def test_pages_are_newest_first_and_stable_while_graphs_are_added(store: Store) -> None:
    put(store, *range(5))  # numbers 2 and 3 share a time: the id decides
    with store.database.reading() as session:
        first = list_graphs(session, limit=2)
    put(store, 9)
    assert first.next is not None
    with store.database.reading() as session:
        second = list_graphs(session, limit=2, cursor=Cursor.decode(first.next))
        assert second.next is not None
        third = list_graphs(session, limit=2, cursor=Cursor.decode(second.next))

    pages = [[int(row.id) for row in page.items] for page in (first, second, third)]
    assert pages == [[4, 3], [2, 1], [0]]
    assert third.next is None


@pytest.mark.parametrize("text", ["", "x", "W10", "WzEsMl0", "é", "A" * 500])
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting, match="not one this server gave"):
        Cursor.decode(text)


@pytest.mark.parametrize("change", [
    {"model_fingerprint": "n"}, {"dictionary_fingerprint": "e"}, {"token_ids": [2, 1]}, {"engine": "2"},
    {"method": {"method": "linear", "max_features": 5}},
])  # fmt: skip
def test_whatever_changes_the_numbers_changes_the_id(change: dict[str, object]) -> None:
    assert graph_id(**REQUEST) != graph_id(**{**REQUEST, **change})  # type: ignore[arg-type]


@given(st.permutations(["method", "max_features", "targets"]))
def test_the_order_of_settings_does_not_change_the_id(order: list[str]) -> None:
    settings = {"method": "linear", "max_features": 3, "targets": {"kind": "top_logits", "max": 10}}

    reordered = {name: settings[name] for name in order}

    assert graph_id(**{**REQUEST, "method": reordered}) == graph_id(**{**REQUEST, "method": settings})  # type: ignore[arg-type]


def test_an_intervention_belongs_to_its_graph(store: Store) -> None:
    put(store, 1, 2)
    id = intervention_id(summary(1).id, {"mode": "full"}, "1")
    with store.database.writing() as session:
        put_intervention(session, id, summary(1).id, {"kl": 0.1})

    with store.database.reading() as session:
        assert get_intervention(session, summary(1).id, id).result == {"kl": 0.1}
        with pytest.raises(UnknownIntervention):
            get_intervention(session, summary(2).id, id)
