"""Tells waiting event streams that a job changed. In memory: whoever misses it reads the ledger."""

import asyncio
from collections import defaultdict


class Changes:
    """Written from any thread, awaited on the server's event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def tell(self, job_id: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, job_id)

    def _wake(self, job_id: str) -> None:
        for event in self._waiting.get(job_id, ()):
            event.set()

    def listen(self, job_id: str) -> "Listener":
        return Listener(self._waiting, job_id)


class Listener:
    """`async with changes.listen(job) as listener: await listener.wait(timeout)`"""

    def __init__(self, waiting: defaultdict[str, set[asyncio.Event]], job_id: str) -> None:
        self._waiting, self._job_id, self._event = waiting, job_id, asyncio.Event()

    async def __aenter__(self) -> "Listener":
        self._waiting[self._job_id].add(self._event)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._waiting[self._job_id].discard(self._event)
        if not self._waiting[self._job_id]:
            del self._waiting[self._job_id]

    async def wait(self, timeout_s: float) -> None:
        """Until something changed since the last wait, or the time is up."""
        try:
            await asyncio.wait_for(self._event.wait(), timeout_s)
        except TimeoutError:
            return
        self._event.clear()
