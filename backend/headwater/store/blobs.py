"""Large immutable bytes as files named by their SHA-256.

Written as temporary file, fsync, rename, fsync of the folder: a name that exists is
complete even after a power cut. Every read checks the hash; a file that does not match is set aside,
so that the next computation writes it again.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from headwater.errors import StorageUnavailable


class Blobs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def put_if_absent(self, data: bytes) -> str:
        """The bytes' SHA-256, once they are safely on disk."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not self.has(sha256, len(data)):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, data)
        return sha256

    def has(self, sha256: str, size: int) -> bool:
        try:
            return self.path(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def get(self, sha256: str, size: int) -> bytes:
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError:
            data = b""
        if len(data) != size:
            raise _damaged(self.path(sha256), f"{len(data):,} bytes long instead of {size:,}")
        if hashlib.sha256(data).hexdigest() != sha256:
            self._set_aside(sha256)
            raise _damaged(self.path(sha256), "altered: its content does not match its name")
        return data

    def remove(self, sha256: str) -> None:
        """For blobs that no row names any more."""
        with contextlib.suppress(OSError):
            self.path(sha256).unlink()

    def _set_aside(self, sha256: str) -> None:
        """Kept for whoever looks into it, but no longer under its name."""
        path = self.path(sha256)
        with contextlib.suppress(OSError):
            path.replace(path.with_name(f".damaged-{sha256}"))

    def list(self) -> Iterator[str]:
        return (path.name for path in self.folder.glob("??/*") if len(path.name) == 64)


def _write_whole(path: Path, data: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(file.name)
            raise
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(path: Path, how: str) -> StorageUnavailable:
    return StorageUnavailable(
        f"The stored file {path.name} is {how}. Ask for the result again to replace "
        "it, and check the disk if this repeats."
    )
