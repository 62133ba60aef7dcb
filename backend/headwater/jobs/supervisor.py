"""Keeps one worker process alive and talks to it, from inside the server (no torch here).

The worker is a fresh interpreter with one socket to us. It dies with us (the socket
closes) and is started again when it dies, its jobs back in the queue at once.
"""

import contextlib
import itertools
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Final, Literal

from pydantic import BaseModel

from headwater.errors import HeadwaterError, WorkerUnavailable
from headwater.jobs import ledger
from headwater.jobs.pipe import Frame, Pipe
from headwater.settings import Settings
from headwater.store.database import Database

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.1, 1.0, 3.0, 10.0, 30.0)
MAX_CALLS: Final = 16
"""Callers that wait at once. Each holds one of the server's threads, which other answers need too."""

STEADY_S: Final = 60
"""A worker that lived this long has earned a quick restart."""


class WorkerStatus(BaseModel):
    """`starting` until the default model is warm. `detail` says why it is not ready, or what it lacks."""

    state: Literal["starting", "ready", "down"]
    pid: int | None
    models: list[str]
    restarts: int
    detail: str


class RemoteProblem(HeadwaterError):
    """A failure that the worker reported, with the class attributes it had there."""

    def __init__(self, document: dict[str, Any]) -> None:
        extra = {key: value for key, value in document.items() if key not in _PROBLEM_FIELDS}
        super().__init__(document["detail"], **extra)
        self.status = document["status"]  # type: ignore[misc]  # per instance here, on purpose
        self.type = document["type"].removeprefix("/problems/")  # type: ignore[misc]  # likewise
        self.title = document["title"]  # type: ignore[misc]  # likewise


_PROBLEM_FIELDS: Final = ("type", "title", "status", "detail", "instance", "request_id")


class Supervisor:
    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.on_change: Callable[[str], None] = lambda job_id: None
        self._status = WorkerStatus(
            state="down", pid=None, models=[], restarts=0, detail="The worker was not started."
        )
        self._changed = threading.Condition()
        self._pipe: Pipe | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._calls: dict[int, Future[Any]] = {}
        self._places = threading.Semaphore(MAX_CALLS)
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> WorkerStatus:
        return self._status

    def start(self) -> None:
        self._set(state="starting", detail="The worker is starting and loading its model.")
        self._thread = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._kill(grace_s=2 if self._status.state == "ready" else 0)
        if self._thread:
            self._thread.join(timeout=10)
        self._set(state="down", pid=None, models=[], detail="The server is stopping.")

    def wake(self) -> None:
        """A job is waiting."""
        self._send({"type": "wake"})

    def cancel(self, job_id: str) -> None:
        """Asks at once; a worker that does not listen within the grace is replaced."""
        self._send({"type": "cancel", "job": job_id})
        timer = threading.Timer(self.settings.cancel_grace_s, self._cancel_hard, [job_id])
        timer.daemon = True
        timer.start()

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Asks the worker and waits. For short questions a person is looking at."""
        if not self._places.acquire(blocking=False):
            raise WorkerUnavailable(
                f"{MAX_CALLS} questions wait for the model worker already. Try again in a few seconds.",
                retry_after=2,
            )
        try:
            return self._ask(name, arguments)
        finally:
            self._places.release()

    def _ask(self, name: str, arguments: dict[str, Any]) -> Any:
        deadline = time.monotonic() + self.settings.call_timeout_s
        self._wait_until_ready(deadline)
        answer: Future[Any] = Future()
        number = next(self._numbers)
        with self._changed:  # a worker that dies from here on answers this call when it is buried
            self._check_ready()
            self._calls[number] = answer
        self._send({"type": "call", "number": number, "name": name, "arguments": arguments})
        try:
            return answer.result(timeout=max(0.0, deadline - time.monotonic()))
        except FutureTimeout:
            raise WorkerUnavailable(
                f"The model worker did not answer within {self.settings.call_timeout_s:g} s, probably "
                "because a large trace is running. Try again when it is done.",
                retry_after=5,
            ) from None
        finally:
            self._calls.pop(number, None)

    def _wait_until_ready(self, deadline: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._status.state == "ready" or self._never_ready(), deadline - time.monotonic()
            )
            self._check_ready()

    def _check_ready(self) -> None:
        if self._status.state != "ready":
            raise WorkerUnavailable(f"{self._status.detail} Try again in a few seconds.", retry_after=5)

    def _never_ready(self) -> bool:
        return self._stopping.is_set() or self._thread is None

    def _keep_alive(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            born = time.monotonic()
            try:
                self._run_worker()
            except Exception:
                log.exception("the worker could not be started")
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - born > STEADY_S else failures + 1
            delay = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1] if failures else 0.0
            self._stopping.wait(delay)
            self._set(restarts=self._status.restarts + 1)

    def _run_worker(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  # our own program, no shell
                [sys.executable, "-m", "headwater.jobs.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(self.settings),
            )
        pipe = Pipe(ours)
        self._pipe, self._process = pipe, process
        if self._stopping.is_set():
            process.kill()
        detail = "The worker is starting and loading its model."
        self._set(state="starting", pid=process.pid, models=[], detail=detail)
        try:
            pipe.send({"type": "hello", "settings": self.settings.model_dump(mode="json")})
            while (frame := pipe.receive()) is not None:
                self._handle(frame)
        finally:
            pipe.close()
            self._bury(process)

    def _handle(self, frame: Frame) -> None:
        match frame["type"]:
            case "changed":
                self.on_change(frame["job"])
            case "ready":
                self._set(state="ready", models=frame["models"], detail=frame["detail"])
            case "models":
                self._set(models=frame["models"])
            case "answer" | "problem":
                self._settle(frame)

    def _settle(self, frame: Frame) -> None:
        answer = self._calls.pop(frame["number"], None)
        if answer is None:  # the caller stopped waiting
            return
        if frame["type"] == "answer":
            answer.set_result(frame["result"])
        else:
            answer.set_exception(RemoteProblem(frame["problem"]))

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """Whatever the dead worker held is given back: its jobs to the queue, its callers an answer."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        process.kill()
        code = process.wait()
        self._set(
            state="down", pid=None, models=[], detail=f"The worker stopped ({_how(code)}); it is restarted."
        )
        for number in list(self._calls):
            if answer := self._calls.pop(number, None):
                answer.set_exception(
                    WorkerUnavailable(
                        f"The model worker stopped ({_how(code)}) before it answered. It is being restarted: "
                        "try again in a few seconds.",
                        retry_after=5,
                    )
                )
        if not self._stopping.is_set():
            log.warning("the worker stopped (%s); restarting", _how(code))
        try:
            with self.database.writing() as session:
                released = ledger.release_owner(session, owner_name(process.pid))
        except HeadwaterError as error:  # a full disk: the lease takes care of it later
            log.error("jobs of the dead worker wait for their lease: %s", error)
            return
        for job_id in released:
            self.on_change(job_id)

    def _cancel_hard(self, job_id: str) -> None:
        with self.database.reading() as session:
            job = ledger.get_job(session, job_id)
            stuck = job.state == "running" and job.owner == owner_name(self._status.pid)
        if stuck:
            log.warning("job %s did not stop within %g s", job_id, self.settings.cancel_grace_s)
            self._kill(grace_s=0)

    def _kill(self, grace_s: float) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._send({"type": "stop"})
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=grace_s)
            return
        process.kill()

    def _send(self, frame: Frame) -> None:
        """To nobody when the worker is down: a new one looks for work by itself."""
        if self._pipe:
            with contextlib.suppress(OSError):
                self._pipe.send(frame)

    def _set(self, **changes: Any) -> None:
        with self._changed:
            self._status = self._status.model_copy(update=changes)
            self._changed.notify_all()


def owner_name(pid: int | None) -> str:
    return f"{socket.gethostname()}:{pid}"


def _environment(settings: Settings) -> dict[str, str]:
    threads = str(settings.worker_threads)
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "WANDB_MODE": "disabled",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
    }


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit status {code}"
