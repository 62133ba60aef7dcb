"""What every request passes: a request id, the host and origin checks, the body cap, safe headers.

One middleware outside all others, so that even a failure in the framework leaves as a problem
document with these headers.
"""

import logging
import secrets
import time
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headwater.api import problems
from headwater.errors import TooLarge
from headwater.settings import Settings

log = logging.getLogger("headwater.requests")

LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}

TASKS: Final = "/api/v1/tasks"
"""Where files of examples are sent: 100,000 of them are 15 MB."""

SECURITY_HEADERS: Final = {
    # plotly writes style elements; workers and pictures come from blobs the page makes itself
    "content-security-policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guards:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = LOOPBACK | {host.lower() for host in settings.allowed_hosts} | {settings.host.lower()}
        self.max_body = settings.max_body_kib * 1024
        self.max_task = max(settings.max_task_kib, settings.max_body_kib) * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started, begun = False, time.perf_counter()
        if scope["method"] == "HEAD":  # answered like GET; the web server leaves the body out
            scope = {**scope, "method": "GET"}

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                spent_ms = (time.perf_counter() - begun) * 1000
                log.debug(
                    "%s %s %s %.1f ms %s",
                    scope["method"],
                    scope["path"],
                    message["status"],
                    spent_ms,
                    request_id,
                )
            await send(message)

        try:
            await self._guarded(scope, receive, send_guarded)
        except Exception:
            log.exception("%s %s failed, request id %s", scope["method"], scope["path"], request_id)
            if started:
                raise
            await problems.unexpected(scope)(scope, receive, send_guarded)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and scope["method"] not in SAFE_METHODS:
            limit = self.max_task if scope["path"].startswith(TASKS) else self.max_body
            body = await _read_body(headers, receive, limit)
            if body is None:
                refusal = problems.from_error(scope, _too_large(limit))
            elif body and not _is_utf8(body):
                refusal = problems.problem_response(
                    scope,
                    type="not-utf-8",
                    title="The request body is not UTF-8",
                    status=400,
                    detail="The request body holds bytes that are not UTF-8. Send JSON encoded as UTF-8.",
                )
            else:
                receive = _replay(body, receive)
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return problems.problem_response(
                scope,
                type="unknown-host",
                title="This server does not answer to that name",
                status=400,
                detail=f"The request was sent to the host name {host[:100]!r}, which this server does not "
                "know. Open it as http://127.0.0.1, or add the name to HEADWATER_ALLOWED_HOSTS.",
            )
        if scope["method"] not in SAFE_METHODS and _is_cross_site(headers, host):
            return problems.problem_response(
                scope,
                type="cross-site",
                title="Another site may not do this",
                status=403,
                detail="A page of another site tried to change something here. Use Headwater's own page, "
                "or a client that sends no Origin header.",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and (name in self.hosts or name.endswith(".localhost") or "*" in self.hosts)


async def _read_body(headers: Headers, receive: Receive, limit: int) -> bytes | None:
    """The whole body, None when it is over the cap."""
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _is_cross_site(headers: Headers, host: str) -> bool:
    """Browsers say where a request comes from; other clients say nothing and may pass."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != host


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _replay(body: bytes | None, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body or b"", "more_body": False}

    return replay


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than {limit // 1024:,} KiB, the most this server accepts.")
