"""One server per data folder: a lock that the operating system drops when its holder dies."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from headwater.errors import DataFolderInUse, StorageFull, StorageUnavailable

FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns what disks do into what a person can act on; anything else passes through."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        if error.errno in FULL:
            raise _full(folder) from error
        raise _unusable(folder, os.strerror(error.errno)) from error
    except DBAPIError as error:
        reason = str(error.orig)
        if "is full" in reason:
            raise _full(folder) from error
        if any(sign in reason for sign in _UNUSABLE):
            raise _unusable(folder, reason) from error
        raise


_UNUSABLE: Final = (
    "readonly",
    "unable to open",
    "disk I/O error",
    "malformed",
    "not a database",
    "is locked",
)


def _full(folder: Path) -> StorageFull:
    return StorageFull(
        f"No space is left in the data folder {folder}. What is stored stays readable; "
        "free some space (or move the folder and set HEADWATER_DATA) and try again."
    )


def _unusable(folder: Path, reason: str) -> StorageUnavailable:
    return StorageUnavailable(
        f"The data folder {folder} cannot be written: {reason}. Make it a folder this user may write, "
        "or choose another with HEADWATER_DATA (or --data)."
    )


class FolderLock:
    """Held while the process lives; a dead holder's lock is gone with it, so none is ever stale."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise DataFolderInUse(
                f"Process {holder or '(unknown)'} already serves the data folder {folder}. Use that server, "
                f"stop it (kill {holder or 'PID'}), or give this one its own folder with HEADWATER_DATA "
                "(or --data).",
                pid=int(holder) if holder.isdigit() else None,
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._handle)
