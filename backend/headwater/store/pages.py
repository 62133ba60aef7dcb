"""Cursor pages, newest first: stable while rows are added, unlike offsets."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, TypeVar

from headwater.errors import InvalidSetting

MAX_LIMIT: Final = 200
Row = TypeVar("Row")


class Cursor(NamedTuple):
    """The last row of the page before."""

    created_at: datetime
    id: str

    def encode(self) -> str:
        return encode_cursor([self.created_at.isoformat(), self.id])

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        try:
            created_at, id_ = decode_cursor(text)
            str(id_).encode()  # half a character can be in JSON, and in no database
            return cls(datetime.fromisoformat(created_at), str(id_))
        except (ValueError, TypeError):
            raise bad_cursor(text) from None


class Page(NamedTuple, Generic[Row]):
    items: Sequence[Row]
    next: str | None


def encode_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise bad_cursor(text) from None


def bad_cursor(text: str) -> InvalidSetting:
    return InvalidSetting(
        f"The cursor {text[:40]!r} is not one this server gave. Start again without a cursor."
    )
