"""Large immutable answers: strong ETags, 304, and the content coding the client understands."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from typing import Final, Literal

from fastapi import Request, Response

from headwater import __version__
from headwater.api.views import compress, decompress

Coding = Literal["zstd", "gzip", "identity"]
PREFERRED: Final[tuple[Coding, ...]] = ("zstd", "gzip", "identity")


def choose_coding(accepted: str) -> Coding:
    """The best of ours that the Accept-Encoding header allows."""
    weights = dict(_weight(part) for part in accepted.lower().split(",") if part.strip())
    for coding in PREFERRED[:-1]:
        if weights.get(coding, weights.get("*", 0.0)) > 0:
            return coding
    return "identity"


def _weight(part: str) -> tuple[str, float]:
    name, _, parameters = part.partition(";")
    _, _, q = parameters.strip().partition("q=")
    try:
        return name.strip(), float(q) if q else 1.0
    except ValueError:
        return name.strip(), 0.0


def immutable_response(
    request: Request,
    identity: str,
    media_type: str,
    zstd: Callable[[], bytes],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`identity` names the content for good; `zstd` gives its compressed bytes and is only called when
    the client does not have them. Sent as they are where possible, recoded to gzip where not."""
    coding = choose_coding(request.headers.get("accept-encoding", ""))
    etag = f'"{hashlib.sha256(f"{__version__} {identity}".encode()).hexdigest()[:40]}-{coding}"'
    own = {"etag": etag, "vary": "Accept-Encoding", "cache-control": "private, no-cache", **(headers or {})}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=own)
    if coding != "identity":
        own["content-encoding"] = coding
    return Response(_recode(zstd(), coding), headers=own, media_type=media_type)


def _matches(asked: str, etag: str) -> bool:
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in asked.split(","))


def _recode(data: bytes, coding: Coding) -> bytes:
    match coding:
        case "zstd":
            return data
        case "gzip":
            return gzip.compress(decompress(data), compresslevel=5, mtime=0)
        case "identity":
            return decompress(data)


__all__ = ["choose_coding", "compress", "immutable_response"]
