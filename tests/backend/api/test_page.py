"""The built page from the same server."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from headwater.api.page import FOREVER


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Headwater</title>")
    (folder / "assets" / "main-a1b2c3.js").write_text("export {}")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def page(start: Any, built: Path) -> httpx.Client:
    return httpx.Client(base_url=start(frontend=built).address)


def test_the_page_is_served_at_the_root_and_always_looked_up(page: httpx.Client) -> None:
    response = page.get("/")

    assert "Headwater" in response.text
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/graphs/abc", "/anything/at/all", "/graphs/abc?node=f1.2.3"])
def test_addresses_of_the_page_are_the_page(page: httpx.Client, path: str) -> None:
    assert page.get(path).text == page.get("/").text


def test_hashed_files_are_kept_for_good(page: httpx.Client) -> None:
    response = page.get("/assets/main-a1b2c3.js")

    assert response.headers["cache-control"] == FOREVER
    assert "javascript" in response.headers["content-type"]


def test_other_files_are_served_as_they_are(page: httpx.Client) -> None:
    response = page.get("/favicon.svg")

    assert response.text == "<svg/>"
    assert page.get("/favicon.svg", headers={"if-none-match": response.headers["etag"]}).status_code == 304


def test_large_files_travel_compressed(page: httpx.Client, built: Path) -> None:
    (built / "assets" / "large-d4e5f6.js").write_text("export const many = 1;" * 1000)

    response = page.get("/assets/large-d4e5f6.js", headers={"accept-encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < 2000
    assert response.text.startswith("export const many")


def test_a_missing_asset_is_a_404_and_not_the_page(page: httpx.Client) -> None:
    assert page.get("/assets/old-000000.js").status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt"]
)
def test_nothing_outside_the_folder_is_served(page: httpx.Client, path: str) -> None:
    assert "secret" not in page.get(path).text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/models", "/api/v1/nope"])
def test_unknown_addresses_of_the_api_are_problems(page: httpx.Client, path: str) -> None:
    response = page.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_without_a_build_the_page_says_how_to_make_one(start: Any, tmp_path: Path) -> None:
    page = httpx.Client(base_url=start(frontend=tmp_path / "nowhere").address)

    assert "make setup" in page.get("/").text
    assert page.get("/graphs/abc").status_code == 404
