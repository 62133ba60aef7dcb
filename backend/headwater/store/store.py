"""The data folder, opened: lock, database at its newest schema, blobs."""

from dataclasses import dataclass
from typing import Self

from headwater.settings import Settings
from headwater.store.blobs import Blobs
from headwater.store.database import Database
from headwater.store.folder import FolderLock, storage_errors


@dataclass(frozen=True)
class Store:
    database: Database
    blobs: Blobs
    lock: FolderLock | None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """For the server: one at a time, schema brought up to date."""
        with storage_errors(settings.data):
            settings.blobs.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(settings.data)
        try:
            database = Database(settings.database)
            database.migrate()
        except BaseException:
            lock.release()
            raise
        return cls(database, Blobs(settings.blobs), lock)

    @classmethod
    def join(cls, settings: Settings) -> Self:
        """For the server's worker: the folder is already open and locked by the parent."""
        return cls(Database(settings.database), Blobs(settings.blobs), None)

    def close(self) -> None:
        self.database.close()
        if self.lock:
            self.lock.release()
