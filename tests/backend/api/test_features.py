"""Dashboards and search over HTTP."""

import httpx


def test_a_harvested_feature_has_a_dashboard(client: httpx.Client) -> None:
    board = client.get("/features/stories.transcoders.1/7").json()

    assert (board["dictionary"], board["layer"], board["index"]) == ("stories.transcoders.1", 1, 7)
    assert board["has_examples"]
    assert board["groups"][0]["name"] == "top"
    assert len(board["top_logits"]) == 10


def test_a_feature_without_a_harvest_says_so(client: httpx.Client) -> None:
    board = client.get("/features/stories.wide.4/1023").json()

    assert (board["has_examples"], board["groups"], board["density"]) == (False, [], None)


def test_features_are_found_by_their_tokens_in_pages(client: httpx.Client) -> None:
    top = client.get("/features/stories.transcoders.0/3").json()["groups"][0]["examples"][0]
    word = top["tokens"][top["peak"]].strip()

    first = client.get("/features", params={"q": word, "limit": 2}).json()
    second = client.get("/features", params={"q": word, "limit": 2, "cursor": first["next"] or "0"}).json()

    assert first["total"] >= 1
    assert len(first["items"]) <= 2
    assert not first["next"] or first["items"] != second["items"]


def test_a_dictionary_can_be_browsed(client: httpx.Client) -> None:
    page = client.get("/features", params={"dictionary": "stories.transcoders.1", "limit": 3}).json()

    assert [row["index"] for row in page["items"]] == [0, 1, 2]
    assert page["total"] == 48


def test_only_one_dictionary_is_searched_when_it_is_named(client: httpx.Client) -> None:
    page = client.get(
        "/features", params={"q": "a", "dictionary": "stories.transcoders.1", "limit": 200}
    ).json()

    assert {row["dictionary"] for row in page["items"]} <= {"stories.transcoders.1"}
