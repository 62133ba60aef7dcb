"""The worker process: one warm model, one job at a time, short questions answered in between.

    python -m headwater.jobs.worker FD      (started by `supervisor.py`, never by hand)

Four threads: the main one runs jobs; `pipe` reads what the server says; `calls` answers
interactive questions; `ledger` keeps the lease and writes progress. Forward passes take
turns on the model's own lock. When the server dies the pipe closes and so do we.
"""

import contextlib
import logging
import os
import queue
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from headwater.errors import HeadwaterError, InvalidModelFiles, JobCancelled, JobFailed, NotEnoughMemory
from headwater.jobs import ledger
from headwater.jobs.ledger import Lease, LeaseLost
from headwater.jobs.pipe import Frame, Pipe
from headwater.jobs.supervisor import owner_name
from headwater.settings import Settings
from headwater.store.folder import storage_errors
from headwater.store.store import Store
from headwater.store.tables import Artifact, StoredJob

if TYPE_CHECKING:
    from headwater.jobs.outcome import Outcome

log = logging.getLogger(__name__)

PROGRESS_EVERY_S: Final = 0.1
_NOT_NUMBERS: Final = ledger.problem(
    InvalidModelFiles(
        "The model's numbers overflowed on this text (NaN or infinity): its weights are damaged."
    )
)


class Worker:
    """Listens from the start, so that it goes with its server even while torch is being imported."""

    def __init__(self, settings: Settings, pipe: Pipe) -> None:
        self.settings = settings
        self.pipe = pipe
        self.store = Store.join(settings)
        self.owner = owner_name(os.getpid())
        self.wake = threading.Event()
        self.calls: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.running: RunningJob | None = None
        threading.Thread(target=self._listen, name="pipe", daemon=True).start()

    def serve(self) -> None:
        import torch

        from headwater.jobs.tasks import WarmModels

        torch.set_num_threads(self.settings.worker_threads)
        self.models = WarmModels(self.settings)
        detail = self._preload()
        threading.Thread(target=self._answer_calls, name="calls", daemon=True).start()
        self.pipe.send({"type": "ready", "models": self.models.names, "detail": detail})
        while True:
            self.wake.clear()
            if not self._run_next():
                self.wake.wait(
                    self.settings.lease_s
                )  # a wake-up comes over the pipe; this is for lost leases

    def _preload(self) -> str:
        """A model that cannot be loaded is reported and does not keep others from being used."""
        from headwater.jobs.tasks import warm_up

        name = self.settings.default_model
        try:
            warm_up(self.models, name)
        except Exception as error:
            return f"The default model {name} is not loaded: {_as_problem(error).detail}"
        return ""

    def _listen(self) -> None:
        while (frame := self.pipe.receive()) is not None and frame["type"] != "stop":
            match frame["type"]:
                case "wake":
                    self.wake.set()
                case "call":
                    self.calls.put(frame)
                case "cancel":
                    if self.running and self.running.lease.job_id == frame["job"]:
                        self.running.cancelled.set()
        os._exit(0)  # the server is gone or wants us gone; a lease protects what was under way

    def _answer_calls(self) -> None:
        while True:
            frame = self.calls.get()
            try:
                result = self._call(frame["name"], frame["arguments"])
                answer: Frame = {"type": "answer", "number": frame["number"], "result": result}
            except Exception as error:
                answer = {
                    "type": "problem",
                    "number": frame["number"],
                    "problem": ledger.problem(_as_problem(error)),
                }
            try:
                self.pipe.send(answer)
            except ValueError:  # NaN is not JSON, and one such answer must not end all others
                self.pipe.send({**answer, "type": "problem", "result": None, "problem": _NOT_NUMBERS})

    def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        from headwater.jobs import tasks
        from headwater.jobs.accuracy import measure_accuracy

        known: dict[str, Callable[..., Any]] = {
            "next_tokens": tasks.next_tokens,
            "intervene": tasks.run_intervention,
            "accuracy": measure_accuracy,
        }
        return known[name](self.models, **arguments)

    def _run_next(self) -> bool:
        """Claims a job and brings it to its end. False when there is none."""
        try:
            with self.store.database.writing() as session:
                ledger.release_expired(session)
                job = ledger.claim(session, self.owner, self.settings.lease_s)
        except HeadwaterError as error:
            log.error("no job can be claimed: %s", error)
            return False
        if job is None:
            return False
        self.running = RunningJob(self, job)
        with self.running:
            self._finish(self.running)
        self.running = None
        return True

    def _finish(self, running: "RunningJob") -> None:
        from headwater.jobs.kinds import KINDS

        try:
            self._store(running, KINDS[running.kind](self.models, self.store, running))
        except LeaseLost:
            log.warning("job %s is no longer ours; its result is dropped", running.lease.job_id)
        except JobCancelled:
            self._end(running, "cancelled", None)
        except Exception as error:
            self._end(running, "failed", _as_problem(error))

    def _store(self, running: "RunningJob", outcome: "Outcome") -> None:
        """Blobs first, then one transaction: the result, and the end of the job."""
        blobs = self.store.blobs
        with storage_errors(self.settings.data):
            artifacts = [
                Artifact(sha256=blobs.put_if_absent(data), size=len(data), media_type=outcome.media_type)
                for data in outcome.blobs
            ]
        with self.store.database.writing() as session:
            ledger.finish(session, running.lease, "done")
            unneeded = outcome.enter(session, artifacts)
        for sha256 in unneeded:
            blobs.remove(sha256)
        self._tell(running)

    def _end(self, running: "RunningJob", state: ledger.State, error: HeadwaterError | None) -> None:
        try:
            with self.store.database.writing() as session:
                ledger.finish(session, running.lease, state, error)
        except (LeaseLost, HeadwaterError) as lost:  # a full disk: the lease will run out
            log.error("the end of job %s is not recorded: %s", running.lease.job_id, lost)
        self._tell(running)

    def _tell(self, running: "RunningJob") -> None:
        self.pipe.send({"type": "changed", "job": running.lease.job_id})
        self.pipe.send({"type": "models", "models": self.models.names})


class RunningJob:
    """A job in our hands: the `ledger` thread keeps its lease and writes what `report` says."""

    def __init__(self, worker: Worker, job: StoredJob) -> None:
        self.worker = worker
        self.lease = Lease(job.id, job.attempt)
        self.kind = job.kind
        self.request = job.request
        self.cancelled = threading.Event()
        self._progress = ("starting", 0, 0)
        self._news = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="ledger", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._news.set()
        self._thread.join()

    def report(self, phase: str, done: int, total: int) -> None:
        self._progress = (phase, done, total)
        self._news.set()

    def _keep(self) -> None:
        database, pipe = self.worker.store.database, self.worker.pipe
        lease_s, told, extended = self.worker.settings.lease_s, self._progress, time.monotonic()
        while not self._over.is_set():
            self._news.wait(lease_s / 4)
            self._news.clear()
            news = self._progress
            due = time.monotonic() - extended > lease_s / 4
            if self._over.is_set() or (news == told and not due):
                continue
            try:
                with database.writing() as session:
                    if ledger.extend(session, self.lease, lease_s):
                        self.cancelled.set()
                    if news != told:
                        ledger.report(session, self.lease, *news)
            except LeaseLost:
                if not self._over.is_set():
                    self.cancelled.set()
                return
            except HeadwaterError as error:
                log.warning("progress is not recorded: %s", error)
            told, extended = news, time.monotonic()
            pipe.send({"type": "changed", "job": self.lease.job_id})
            self._over.wait(PROGRESS_EVERY_S)


def _as_problem(error: Exception) -> HeadwaterError:
    """A bug is logged with its traceback here and shown as one sentence there."""
    if isinstance(error, HeadwaterError):
        return error
    if isinstance(error, MemoryError) or "alloc" in str(error).lower():
        return NotEnoughMemory(
            "The worker ran out of memory. Use a shorter prompt, shorter examples or a smaller max_features, "
            "then ask again."
        )
    log.error("the worker failed", exc_info=error)
    return JobFailed(
        f"The worker failed with an unexpected {type(error).__name__}. This is a fault in Headwater: "
        "the server's log has the details; please report it with them."
    )


def _yield_to_the_server(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then stops us
    with contextlib.suppress(OSError):
        os.nice(settings.worker_nice)
    if settings.worker_memory_mib:
        limit = settings.worker_memory_mib * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def main() -> None:
    pipe = Pipe(socket.socket(fileno=int(sys.argv[1])))
    hello = pipe.receive()
    if hello is None:
        return
    settings = Settings(**hello["settings"])
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s worker: %(message)s")
    _yield_to_the_server(settings)
    Worker(settings, pipe).serve()


if __name__ == "__main__":
    main()
