"""What every failure looks like."""

from typing import Any

import httpx


def check_problem(response: httpx.Response, status: int, type: str) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert response.status_code == status, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{type}"
    assert problem["status"] == status
    assert problem["instance"] == response.request.url.path
    assert problem["request_id"] == response.headers["x-request-id"]
    assert len(problem["detail"]) > 20
    assert "Traceback" not in response.text
    return problem
