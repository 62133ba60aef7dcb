"""Every failure as `application/problem+json` (RFC 9457), never a stack trace."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from headwater.errors import HeadwaterError, TooLarge
from headwater.store.graphs import canonical_json

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
PAGE: Final = "serve_page"
"""Name of the catch-all route (see `page.py`)."""


class InvalidField(BaseModel):
    pointer: str = Field(
        description="JSON pointer into the body, or the name of the query or path parameter."
    )
    detail: str


class Problem(BaseModel):
    """What went wrong, in one sentence a person can act on. `type` is stable; extras depend on it."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`/problems/NAME`, stable across versions.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="Also in the X-Request-ID header and in the server's log.")
    errors: list[InvalidField] = Field(
        [], description="What is wrong with which field (invalid-request only)."
    )


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem document.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For every router: what clients may expect besides success."""


def problem_response(
    scope: Mapping[str, Any],
    *,
    type: str,
    title: str,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> Response:
    document = {
        **extra,
        "type": f"/problems/{type}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": scope["path"],
        "request_id": scope.get("state", {}).get("request_id", ""),
    }
    return Response(
        canonical_json(document), status, {**(headers or {}), "cache-control": "no-store"}, MEDIA_TYPE
    )


def from_error(scope: Mapping[str, Any], error: HeadwaterError) -> Response:
    headers = {"retry-after": str(error.extra.get("retry_after", 5))} if error.status == 503 else None
    return problem_response(
        scope,
        **{key: value for key, value in error.extra.items() if key not in _OWN},
        type=error.type,
        title=error.title,
        status=error.status,
        detail=error.detail,
        headers=headers,
    )


_OWN: Final = {"type", "title", "status", "detail", "instance", "request_id", "scope", "headers"}


def unexpected(scope: Mapping[str, Any]) -> Response:
    return problem_response(
        scope,
        type="internal-error",
        title="The server failed",
        status=500,
        detail="Something unexpected happened while answering. This is a fault in Headwater: the server's "
        "log has the details under this request id; please report it with them.",
    )


async def _from_headwater(request: Request, error: Exception) -> Response:
    assert isinstance(error, HeadwaterError)
    if error.status >= 500 and error.status != 503:
        log.warning("%s %s: %s", request.method, request.url.path, error.detail)
    return from_error(request.scope, error)


async def _from_http(request: Request, error: Exception) -> Response:
    """404 for unknown paths, 405, unreadable bodies: what the framework refuses by itself."""
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return from_error(request.scope, TooLarge(str(error.detail)))
    status = error.status_code
    if status == 405 and getattr(request.scope.get("endpoint"), "__name__", "") == PAGE:
        status = 404  # only the page's catch-all knows this path, and it is not for other methods
    type, detail = _HTTP.get(status, ("bad-request", str(error.detail)))
    return problem_response(
        request.scope,
        type=type,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail.format(method=request.method, path=request.url.path[:200]),
        headers=error.headers,
    )


_HTTP: Final = {
    400: (
        "unreadable-body",
        "The request body cannot be read. Send UTF-8 JSON with Content-Type application/json.",
    ),
    404: ("not-found", "Nothing is at {path}. The API is described at /api/v1/openapi.json."),
    405: (
        "method-not-allowed",
        "{path} does not answer {method}; the Allow header lists what it does answer.",
    ),
}


async def _from_validation(request: Request, error: Exception) -> Response:
    """422 with a pointer to every bad field. The bad values are left out: they may be huge or not JSON."""
    assert isinstance(error, RequestValidationError)
    fields = [
        {"pointer": _pointer(list(one["loc"])), "detail": _plain(str(one["msg"]))[:300]}
        for one in error.errors()[:20]
    ]
    if error.errors() and error.errors()[0]["type"] == "json_invalid":
        reason = error.errors()[0]["ctx"]["error"]
        fields = [
            {"pointer": "", "detail": f"not JSON, at character {error.errors()[0]['loc'][1]}: {reason}"}
        ]
    first = fields[0] if fields else {"pointer": "", "detail": "The request is malformed"}
    return problem_response(
        request.scope,
        type="invalid-request",
        title="The request is malformed",
        status=422,
        detail=f"{first['pointer'] or 'body'}: {first['detail']}. See /api/v1/openapi.json.",
        errors=fields,
    )


def _pointer(location: list[int | str]) -> str:
    place, *path = location
    if place == "body":
        return "".join(f"/{part}" for part in path)
    return str(path[0]) if path else str(place)


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def install(app: FastAPI) -> None:
    app.add_exception_handler(HeadwaterError, _from_headwater)
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(RequestValidationError, _from_validation)
