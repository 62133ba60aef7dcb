"""One server per folder, and what is said when the folder cannot be used."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from headwater.errors import DataFolderInUse, StorageFull, StorageUnavailable
from headwater.settings import Settings
from headwater.store.store import Store


def test_a_second_server_is_told_who_has_the_folder(store: Store, settings: Settings) -> None:
    with pytest.raises(DataFolderInUse, match=f"Process {os.getpid()} already serves") as refused:
        Store.open(settings)

    assert refused.value.extra == {"pid": os.getpid()}
    assert "HEADWATER_DATA" in refused.value.detail


def test_the_lock_of_a_killed_server_is_free(settings: Settings) -> None:
    program = f"""
        import os, signal
        from pathlib import Path
        from headwater.settings import Settings
        from headwater.store.store import Store
        store = Store.open(Settings(data=Path({str(settings.data)!r})))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60)
    assert killed.returncode == -9
    assert (settings.data / "server.lock").exists()

    Store.open(settings).close()


def test_a_data_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageUnavailable, match="cannot be written: Not a directory"):
        Store.open(Settings(data=tmp_path / "file" / "data"))


def test_a_file_that_is_no_database_is_explained(settings: Settings) -> None:
    settings.data.mkdir()
    settings.database.write_text("not a database " * 100)

    with pytest.raises(StorageUnavailable, match="not a database"):
        Store.open(settings)


def test_a_blob_beyond_the_quota_is_a_full_folder(store: Store, settings: Settings) -> None:
    """RLIMIT_FSIZE is a real limit of the operating system, in a process of its own."""
    program = f"""
        import resource, signal
        from pathlib import Path
        from headwater.errors import StorageFull
        from headwater.store.blobs import Blobs
        from headwater.store.folder import storage_errors
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        folder = Path({str(settings.blobs)!r})
        blobs = Blobs(folder)
        kept = blobs.put_if_absent(b"small")
        try:
            with storage_errors(folder):
                blobs.put_if_absent(b"x" * 5000)
        except StorageFull as error:
            print(error.detail)
        assert blobs.get(kept, 5) == b"small"
        assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert "No space is left in the data folder" in done.stdout


def test_full_is_507_and_unusable_is_503() -> None:
    assert (StorageFull.status, StorageUnavailable.status) == (507, 503)
