"""The two ends of a job's work: what it is given, and what it gives back."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from headwater.jobs.ledger import Lease
from headwater.store.tables import Artifact


class Running(Protocol):
    """A job in a worker's hands."""

    lease: Lease
    request: dict[str, Any]
    cancelled: threading.Event

    def report(self, phase: str, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """`blobs` are stored first; `enter` then writes the rows, in the transaction that ends the job, and gives
    the blobs that are not needed any more."""

    enter: Callable[[Session, list[Artifact]], Sequence[str]]
    blobs: tuple[bytes, ...] = ()
    media_type: str = ""
