"""What every request passes, and what every answer carries."""

import logging
from typing import Any

import httpx
import pytest


def test_every_answer_carries_safe_headers(client: httpx.Client) -> None:
    for path in ("/health", "/nope", "/graphs"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]
        assert "worker-src 'self' blob:" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert len(headers["x-request-id"]) == 16


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:9", "app.localhost", "LOCALHOST:8000"])
def test_this_machine_may_be_named_in_any_way(client: httpx.Client, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost.evil.example:80"]
)
def test_other_names_are_refused(client: httpx.Client, host: str) -> None:
    response = client.get("/health", headers={"host": host})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "HEADWATER_ALLOWED_HOSTS" in response.json()["detail"]


def test_a_configured_name_is_allowed(start: Any) -> None:
    running = start(allowed_hosts="lab.example, other.example")

    assert running.client.get("/health", headers={"host": "LAB.example:8765"}).status_code == 200


@pytest.mark.parametrize("headers", [
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"},
    {"origin": "null"}, {"origin": "http://[::1"},
])  # fmt: skip
def test_pages_of_other_sites_may_not_write(client: httpx.Client, headers: dict[str, str]) -> None:
    refused = client.post("/tokenize", json={"model": "stories", "prompt": "a"}, headers=headers)
    reading = client.get("/health", headers=headers)

    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/cross-site"
    assert reading.status_code == 200


def test_the_own_page_may_write(client: httpx.Client) -> None:
    own = str(client.base_url).removesuffix("/api/v1/")
    body = {"model": "stories", "prompt": "a"}

    for headers in ({"sec-fetch-site": "same-origin", "origin": own}, {"origin": own}, {}):
        assert client.post("/tokenize", json=body, headers=headers).status_code == 200


def test_no_other_site_may_read_answers(client: httpx.Client) -> None:
    response = client.get("/models", headers={"origin": "https://evil.example"})

    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/models"), ("PUT", "/graphs"), ("PATCH", "/jobs/x")]
)
def test_a_wrong_method_is_405_and_says_which_are_right(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)

    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["allow"]


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_an_unknown_path_is_404_for_every_method(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/nope").status_code == 404


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    response = client.head("/health")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] != "0"


def test_a_fault_of_ours_is_a_500_without_its_trace(start: Any, caplog: pytest.LogCaptureFixture) -> None:
    running = start()

    @running.app.get("/api/v1/fault")
    def fault() -> None:
        raise RuntimeError("secret detail")

    running.app.router.routes.insert(0, running.app.router.routes.pop())
    with caplog.at_level(logging.ERROR):
        response = running.client.get("/fault")

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text
    assert response.json()["request_id"] in caplog.text
    assert "secret detail" in caplog.text
